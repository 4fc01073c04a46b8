package dev.mailmill.template;

/**
 * What a template says in one language, as its author wrote it. All may be empty; {@code html} and
 * {@code mjml} are never both there.
 */
public record Wording(String subject, String preheader, String html, String mjml, String text) {
    static final Wording EMPTY = new Wording("", "", "", "", "");

    long chars() {
        return (long) subject.length() + preheader.length() + html.length() + mjml.length()
                + text.length();
    }

    /** What is marked up, in either language. */
    public String markup() {
        return mjml.isEmpty() ? html : mjml;
    }
}
