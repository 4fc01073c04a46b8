package dev.mailmill.template;

final class TextPart {
    private TextPart() {
    }

    static String of(String html) {
        return org.jsoup.Jsoup.parse(html).wholeText();
    }
}
