package dev.mailmill.dashboard;

import gg.jte.Content;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.MessageFormat;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What pages say, in the language of who looks. A text is known by its English words, as gettext
 * does it: {@code texts/de.tsv} has each of them with its translation, and one that is
 * missing there is shown in English. The language is the request's, bound by {@link Gatekeeper}.
 */
final class Texts {
    static final Locale ENGLISH = Locale.ENGLISH;
    /** The first is what is spoken where nobody asked for anything. */
    static final List<Locale> SPOKEN = List.of(ENGLISH, Locale.GERMAN);
    private static final Map<Locale, Map<String, String>> BUNDLES = bundles();
    private static final ScopedValue<Locale> LANGUAGE = ScopedValue.newInstance();
    /** {@code `code`}, {@code **strong**}, {@code [label](/path)}: all the markup a text has. */
    private static final Pattern MARKUP = Pattern.compile(
            "`([^`]+)`|\\*\\*([^*]+)\\*\\*|\\[([^]]+)]\\(([^)\\s]+)\\)");

    private Texts() {
    }

    private static Map<Locale, Map<String, String>> bundles() {
        Map<Locale, Map<String, String>> all = new HashMap<>();
        for (Locale language : SPOKEN.subList(1, SPOKEN.size())) {
            all.put(language, read(language));
        }
        return Map.copyOf(all);
    }

    private static Map<String, String> read(Locale language) {
        String name = "/dashboard/texts/" + language.getLanguage() + ".tsv";
        try (InputStream in = Texts.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the class path lacks " + name);
            }
            Map<String, String> all = new HashMap<>();
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                int tab = line.indexOf('\t');
                if (tab > 0 && !line.startsWith("#")) {
                    all.put(line.substring(0, tab), line.substring(tab + 1));
                }
            }
            return Map.copyOf(all);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** With this language for all that the action says. */
    static <T> T in(Locale language, ScopedValue.CallableOp<T, RuntimeException> action) {
        return ScopedValue.where(LANGUAGE, language).call(action);
    }

    static Locale language() {
        return LANGUAGE.orElse(ENGLISH);
    }

    /**
     * The language of a cookie, or else the first that a browser asks for and we speak (RFC 9110
     * §12.5.4).
     */
    static Locale chosen(String cookie, String accepted) {
        for (Locale language : SPOKEN) {
            if (language.getLanguage().equals(cookie)) {
                return language;
            }
        }
        try {
            Locale found = Locale.lookup(Locale.LanguageRange.parse(accepted), SPOKEN);
            return found == null ? ENGLISH : found;
        } catch (IllegalArgumentException unreadable) {
            return ENGLISH;
        }
    }

    /**
     * One text.
     *
     * @param english the words, with {@code {0}}, {@code {1}} for what is put in, and an
     *                apostrophe as it is
     * @param values  numbers are written as the language does; all else as its text
     */
    static String t(String english, Object... values) {
        Locale language = language();
        String words = BUNDLES.getOrDefault(language, Map.of()).getOrDefault(english, english);
        return values.length == 0 ? words
                : new MessageFormat(words.replace("'", "''"), language).format(values);
    }

    /** By number: {@code plural(n, "{0} message", "{0} messages")}, the number being the first. */
    static String plural(long n, String one, String many, Object... others) {
        Object[] values = new Object[others.length + 1];
        values[0] = n;
        System.arraycopy(others, 0, values, 1, others.length);
        return t(n == 1 ? one : many, values);
    }

    /** A text with markup; what is put in has none, whatever it looks like. */
    static Content rich(String english, Object... values) {
        String words = t(english);
        return out -> {
            Map<String, String> put = new LinkedHashMap<>();
            for (int i = 0; i < values.length; i++) {
                put.put("{" + i + "}", t("{0}", values[i]));
            }
            Matcher m = MARKUP.matcher(words);
            int at = 0;
            while (m.find()) {
                out.writeContent(escaped(words.substring(at, m.start()), put));
                out.writeContent(m.group(1) != null
                        ? "<code>" + escaped(m.group(1), put) + "</code>"
                        : m.group(2) != null ? "<b>" + escaped(m.group(2), put) + "</b>"
                        : "<a href=\"" + escaped(m.group(4), put) + "\">"
                                + escaped(m.group(3), put) + "</a>");
                at = m.end();
            }
            out.writeContent(escaped(words.substring(at), put));
        };
    }

    private static String escaped(String words, Map<String, String> put) {
        StringBuilder out = new StringBuilder();
        Matcher m = Pattern.compile("\\{\\d}").matcher(words);
        int at = 0;
        while (m.find()) {
            out.append(escaped(words.substring(at, m.start())))
                    .append(escaped(put.getOrDefault(m.group(), m.group())));
            at = m.end();
        }
        return out.append(escaped(words.substring(at))).toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** All that has a translation, for tests. */
    static Map<String, String> bundle(Locale language) {
        return BUNDLES.getOrDefault(language, Map.of());
    }
}
