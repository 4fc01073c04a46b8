package dev.mailmill.template;

import dev.mailmill.template.Report.Finding;
import dev.mailmill.template.Report.Level;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;

/** What of a finished mail its readers would stumble over. */
final class Lint {
    /** Gmail cuts what is longer, and hides the rest behind a link. */
    private static final int CLIPPED = 102 * 1024;
    /** Telephones show so much of it. */
    private static final int SUBJECT_MAX = 78;
    private static final double CONTRAST_MIN = 3.0;
    private static final double DARK_CONTRAST_MIN = 2.0;
    private static final int ELEMENTS_MAX = 5_000;
    private static final Set<String> SCHEMES = Set.of("http", "https", "mailto", "tel", "sms");
    private static final Pattern UNSUBSCRIBE = Pattern.compile("unsubscribe|opt.?out|abmelden|"
            + "abbestellen|désabonn|désinscri|darse de baja|cancelar|disiscri|afmelden|avregistr|"
            + "wypisz|отпис|preferences|einstellungen", Pattern.CASE_INSENSITIVE
            | Pattern.UNICODE_CASE);
    /** A number and a place, in either order: as much as can be told of an address of any land. */
    private static final Pattern POSTAL = Pattern.compile("\\b\\d{4,6}(-\\d{3,4})?\\b|"
            + "\\b[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[A-Z]{2}\\b");

    private final boolean bulk;
    private final String check;
    private final String locale;
    private final List<Finding> findings = new ArrayList<>();

    private Lint(boolean bulk, String check, String locale) {
        this.bulk = bulk;
        this.check = check;
        this.locale = locale;
    }

    /** @param bulk whether it has to offer a way out and say who sends it */
    static List<Finding> of(Rendered mail, boolean bulk, String check, String locale) {
        Lint lint = new Lint(bulk, check, locale);
        lint.look(mail);
        return lint.findings;
    }

    private void add(Level level, String rule, String words) {
        Finding finding = new Finding(level, check, locale, rule, words);
        if (!findings.contains(finding)) {
            findings.add(finding);
        }
    }

    private void look(Rendered mail) {
        if (mail.subject().isBlank()) {
            add(Level.ERROR, "subject", "the subject is empty");
        } else if (mail.subject().length() > SUBJECT_MAX) {
            add(Level.WARNING, "subject", "the subject has " + mail.subject().length()
                    + " characters; most readers see no more than the first 40 to " + SUBJECT_MAX);
        }
        if (mail.html().isEmpty()) {
            way(mail.text(), mail.text());
            return;
        }
        int octets = mail.html().getBytes(StandardCharsets.UTF_8).length;
        if (octets > CLIPPED) {
            add(Level.ERROR, "size", "the HTML has " + octets / 1024 + " KB; Gmail hides what is"
                    + " after the first 102 KB");
        }
        if (mail.text().isBlank()) {
            add(Level.WARNING, "text", "there is no text part, which some readers and filters"
                    + " look for");
        }
        Document html = Jsoup.parse(mail.html());
        links(html);
        images(html);
        colours(html);
        leftovers(html, mail);
        way(html.text() + " " + html.select("a[href]").eachAttr("href"), html.text());
    }

    private void links(Document html) {
        for (Element a : html.select("a[href]")) {
            String href = a.attr("href").strip();
            if (href.startsWith("#") && href.length() > 1) {
                continue;
            }
            fault(href, SCHEMES).ifPresent(fault -> add(Level.ERROR, "links", "the link \""
                    + cut(a.text().isBlank() ? "(image)" : a.text()) + "\" leads to \"" + cut(href)
                    + "\", which " + fault));
        }
        if (!html.select("script, form, iframe, object, embed").isEmpty()) {
            add(Level.WARNING, "elements", "mail programs drop "
                    + html.select("script, form, iframe, object, embed").first().normalName()
                    + " and may take the mail for dangerous");
        }
    }

    private static Optional<String> fault(String href, Set<String> schemes) {
        if (href.isEmpty() || href.equals("#")) {
            return Optional.of("is no address");
        }
        try {
            URI uri = new URI(href.replace(" ", "%20"));
            String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
            if (uri.getScheme() == null) {
                return Optional.of("is not a whole address: begin it with https://");
            }
            if (!schemes.contains(scheme)) {
                return Optional.of("begins with " + scheme + ": and is opened by no mail program");
            }
            boolean web = scheme.startsWith("http");
            if (web && (uri.getHost() == null || uri.getHost().indexOf('.') < 0)) {
                return Optional.of("names no host that others reach");
            }
            return Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.of("can't be read: " + e.getReason());
        }
    }

    private void images(Document html) {
        for (Element img : html.select("img")) {
            String src = img.attr("src").strip();
            if (!img.hasAttr("alt")) {
                add(Level.ERROR, "alt", "the image \"" + cut(src) + "\" has no alt text; write"
                        + " alt=\"\" where it only decorates");
            }
            if (!src.startsWith("cid:") && !src.startsWith("data:image/")) {
                fault(src, Set.of("http", "https")).ifPresent(fault -> add(Level.ERROR, "images",
                        "an image is at \"" + cut(src) + "\", which " + fault));
            }
        }
    }

    /** Text on what is behind it, as far as it is said in the elements. */
    private void colours(Document html) {
        boolean dark = !html.select("meta[name=color-scheme][content*=dark],"
                + " meta[name=supported-color-schemes][content*=dark]").isEmpty();
        int looked = 0;
        for (Element e : html.body().select("[style*=color], font[color]")) {
            if (++looked > ELEMENTS_MAX || e.ownText().isBlank()) {
                continue;
            }
            Optional<Colour> text = Colour.of(e, false);
            if (text.isEmpty()) {
                continue;
            }
            Optional<Colour> behind = Colour.behind(e);
            double contrast = text.get().contrast(behind.orElse(Colour.WHITE));
            if (contrast < CONTRAST_MIN) {
                add(Level.WARNING, "contrast", "\"" + cut(e.ownText()) + "\" is hard to read: "
                        + text.get() + " on " + behind.orElse(Colour.WHITE));
            } else if (dark && behind.isEmpty() && e.className().isEmpty()
                    && text.get().contrast(Colour.DARK) < DARK_CONTRAST_MIN) {
                add(Level.WARNING, "dark-contrast", "\"" + cut(e.ownText()) + "\" is " + text.get()
                        + " on no colour of its own, so it is hard to read where the background is"
                        + " dark");
            }
        }
    }

    private void leftovers(Document html, Rendered mail) {
        String all = html.text() + mail.subject();
        if (all.contains("{{") || all.contains("}}")) {
            add(Level.WARNING, "braces", "{{ or }} is in the finished mail");
        }
    }

    /** RFC 8058 puts it into the header; people look for it in the mail (CAN-SPAM §5(a)(5)). */
    private void way(String all, String text) {
        if (bulk && !UNSUBSCRIBE.matcher(all).find()) {
            add(Level.ERROR, "unsubscribe", "there is no link to unsubscribe, which bulk mail has"
                    + " to show");
        }
        if (bulk && !POSTAL.matcher(text).find()) {
            add(Level.ERROR, "address", "there is no postal address, which bulk mail has to show");
        }
    }

    private static String cut(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }
}
