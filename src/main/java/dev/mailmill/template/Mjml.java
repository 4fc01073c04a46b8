package dev.mailmill.template;

final class Mjml {
    private Mjml() {
    }

    static String toHtml(String mjml) throws TemplateException {
        throw new TemplateException("no MJML yet");
    }
}
