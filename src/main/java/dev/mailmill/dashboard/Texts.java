package dev.mailmill.dashboard;

import gg.jte.Content;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What pages say, in the language of who looks. A text is known by its English words, as gettext
 * does it: {@code texts/de.tsv} has each of them with its translation, and one that is
 * missing there is shown in English. The language is the request's, bound by {@link Gatekeeper}.
 */
final class Texts {
    static final Locale ENGLISH = Locale.ENGLISH;
    /** The first is what is spoken where nobody asked for anything. */
    static final List<Locale> SPOKEN = List.of(ENGLISH, Locale.GERMAN);
    private static final ScopedValue<Locale> LANGUAGE = ScopedValue.newInstance();
    /** Heads a block of sentences that other packages build. */
    private static final String TOLD = "# told";
    private static final int TOLD_MAX = 500;
    private static final Pattern HOLE = Pattern.compile("\\{(\\d)}");
    /**
     * {@code `code`}, {@code **strong**}, {@code [label](/path)}: all the markup a text has. In
     * templates code is {@code |code|}, since a backtick ends jte's content block.
     */
    private static final Pattern MARKUP = Pattern.compile(
            "[`|]([^`|]+)[`|]|\\*\\*([^*]+)\\*\\*|\\[([^]]+)]\\(([^)\\s]+)\\)");

    private static final Map<Locale, Bundle> BUNDLES = bundles();

    private Texts() {
    }

    /** @param forms those whose English other packages build, tried in their order */
    private record Bundle(Map<String, String> words, List<Form> forms) {
        static final Bundle NONE = new Bundle(Map.of(), List.of());
    }

    private record Form(Pattern english, List<Integer> holes, String words) {
        static Form of(String english, String words) {
            List<Integer> holes = new ArrayList<>();
            StringBuilder all = new StringBuilder();
            Matcher m = HOLE.matcher(english);
            int at = 0;
            while (m.find()) {
                all.append(Pattern.quote(english.substring(at, m.start()))).append("(.{1,500}?)");
                holes.add(Integer.valueOf(m.group(1)));
                at = m.end();
            }
            return new Form(Pattern.compile(all + Pattern.quote(english.substring(at)),
                    Pattern.DOTALL), holes, words);
        }

        Optional<String> of(String sentence) {
            Matcher m = english.matcher(sentence);
            if (!m.matches()) {
                return Optional.empty();
            }
            Map<String, String> put = new HashMap<>();
            for (int i = 0; i < holes.size(); i++) {
                put.put("{" + holes.get(i) + "}", told(m.group(i + 1)));
            }
            return Optional.of(filled(words, put, text -> text));
        }
    }

    private static Map<Locale, Bundle> bundles() {
        Map<Locale, Bundle> all = new HashMap<>();
        for (Locale language : SPOKEN.subList(1, SPOKEN.size())) {
            all.put(language, read(language));
        }
        return Map.copyOf(all);
    }

    private static Bundle read(Locale language) {
        String name = "/dashboard/texts/" + language.getLanguage() + ".tsv";
        try (InputStream in = Texts.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the class path lacks " + name);
            }
            Map<String, String> all = new HashMap<>();
            List<Form> forms = new ArrayList<>();
            boolean told = false;
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                int tab = line.indexOf('\t');
                if (line.startsWith("#")) {
                    told = line.startsWith(TOLD);
                } else if (tab > 0) {
                    String english = line.substring(0, tab);
                    all.put(english, line.substring(tab + 1));
                    if (told && english.contains("{")) {
                        forms.add(Form.of(english, line.substring(tab + 1)));
                    }
                }
            }
            return new Bundle(Map.copyOf(all), List.copyOf(forms));
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
        String words = BUNDLES.getOrDefault(language, Bundle.NONE).words()
                .getOrDefault(english, english);
        return values.length == 0 ? words
                : new MessageFormat(words.replace("'", "''"), language).format(values);
    }

    /**
     * What another package has put into English words, for programs too: by the text itself or by
     * the forms of the blocks {@code # told}, sentence by sentence, and as it is where none fits.
     */
    static String told(String english) {
        Bundle bundle = BUNDLES.getOrDefault(language(), Bundle.NONE);
        if (bundle.words().containsKey(english)) {
            return bundle.words().get(english);
        }
        String[] sentences = english.split("(?<=\\.) ");
        List<String> told = Arrays.stream(sentences)
                .map(s -> known(bundle, s).orElse(s)).toList();
        // a form takes what it can get: of two sentences each is looked at first
        boolean all = IntStream.range(0, sentences.length)
                .noneMatch(i -> told.get(i).equals(sentences[i]));
        return all ? String.join(" ", told)
                : known(bundle, english).orElseGet(() -> String.join(" ", told));
    }

    /** {@code en} for such words where {@link #told} leaves them so on another page; else null. */
    static String foreign(String english) {
        return language().equals(ENGLISH) || !told(english).equals(english) ? null
                : ENGLISH.getLanguage();
    }

    private static Optional<String> known(Bundle bundle, String english) {
        String known = bundle.words().get(english);
        // what a remote has said may be in it: nobody waits for a long one to fit
        return known != null ? Optional.of(known) : english.length() > TOLD_MAX ? Optional.empty()
                : bundle.forms().stream().flatMap(f -> f.of(english).stream()).findFirst();
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
        return filled(words, put, Texts::escaped);
    }

    private static String filled(String words, Map<String, String> put,
            UnaryOperator<String> as) {
        StringBuilder out = new StringBuilder();
        Matcher m = HOLE.matcher(words);
        int at = 0;
        while (m.find()) {
            out.append(as.apply(words.substring(at, m.start())))
                    .append(as.apply(put.getOrDefault(m.group(), m.group())));
            at = m.end();
        }
        return out.append(as.apply(words.substring(at))).toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** All that has a translation, for tests. */
    static Map<String, String> bundle(Locale language) {
        return BUNDLES.getOrDefault(language, Bundle.NONE).words();
    }
}
