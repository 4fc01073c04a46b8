package dev.mailmill.template;

/** What a template made of some data. @param html empty where the template has none */
public record Rendered(String subject, String html, String text) {
}
