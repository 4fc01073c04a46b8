package dev.mailmill.alert;

import dev.mailmill.alert.Course.What;
import dev.mailmill.alert.Rule.Unit;
import dev.mailmill.mime.HeaderWriter;
import dev.mailmill.mime.Malformed;
import dev.mailmill.smtp.LogText;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a route is told, in the shapes that routes take. Pure.
 *
 * @param id   the same whenever it is tried again
 * @param base of links
 */
record Letter(String id, What what, Alert alert, Instant at, URI base) {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT);

    /** As the API shows it, with what has come to pass. */
    ObjectNode json() {
        ObjectNode node = JSON.objectNode().put("id", id).put("type", "alert." + what.word())
                .put("at", at.toString());
        node.set("alert", AlertJson.of(alert, Optional.empty()));
        return node.put("url", url());
    }

    String url() {
        return base.resolve("alerts").toString();
    }

    /** One line. */
    String title() {
        String name = Defaults.of(alert.rule()).title() + (alert.about().isEmpty() ? ""
                : ": " + alert.about());
        return switch (what) {
            case FIRING -> Defaults.of(alert.rule()).critical() ? "[critical] " + name
                    : "[warning] " + name;
            case REMINDER -> "[still] " + name;
            case RESOLVED -> "[resolved] " + name;
            case TEST -> "[test] Mailmill can reach you here";
        };
    }

    String text() {
        if (what == What.TEST) {
            return "Nothing is wrong. Somebody has tried this route.\n" + url();
        }
        String since = "Since " + MINUTE.format(alert.since().atOffset(ZoneOffset.UTC))
                + (what == What.RESOLVED ? ", over after "
                + span(Duration.between(alert.since(), at)) : "") + ".";
        String measured = alert.rule().unit() == Unit.STATE ? "" : "\n" + value(alert.rule(),
                alert.value()) + "; the line is " + value(alert.rule(), alert.line()) + ".";
        return alert.words() + measured + "\n" + since + (what == What.RESOLVED ? ""
                : "\nWhat to do: " + Defaults.of(alert.rule()).cure()) + "\n" + url();
    }

    static String span(Duration d) {
        return d.toDays() > 1 ? d.toDays() + " d " + d.toHoursPart() + " h"
                : d.toHours() > 0 ? d.toHours() + " h " + d.toMinutesPart() + " min"
                : d.toMinutes() + " min";
    }

    /** With its unit. */
    static String value(Rule rule, double value) {
        return switch (rule.unit()) {
            case SHARE -> String.format(Locale.ROOT, "%.2f %%", value * 100);
            case SECONDS -> value < 120 ? String.format(Locale.ROOT, "%.1f s", value)
                    : span(Duration.ofSeconds((long) value));
            case DAYS -> String.format(Locale.ROOT, "%.1f days", value);
            case MEGABYTES -> String.format(Locale.ROOT, "%,.0f MB", value);
            case COUNT -> String.format(Locale.ROOT, "%,.0f", value);
            case STATE -> "";
        };
    }

    /** A Slack-compatible incoming webhook; its three control characters are escaped. */
    byte[] slack() {
        String plain = "*" + title() + "*\n" + text();
        return octets(JSON.objectNode().put("text", plain.replace("&", "&amp;")
                .replace("<", "&lt;").replace(">", "&gt;")));
    }

    /** Nobody is mentioned, whatever a stranger's words hold. */
    byte[] discord() {
        ObjectNode node = JSON.objectNode().put("content", Reading.cut("**" + title() + "**\n"
                + text(), 1_900));
        node.putObject("allowed_mentions").putArray("parse");
        return octets(node);
    }

    /** An adaptive card, as Teams' workflows take it. */
    byte[] teams() {
        ObjectNode node = JSON.objectNode().put("type", "message");
        ObjectNode card = node.putArray("attachments").addObject()
                .put("contentType", "application/vnd.microsoft.card.adaptive")
                .putObject("content").put("type", "AdaptiveCard").put("version", "1.4");
        card.putArray("body").add(block(title()).put("weight", "Bolder"))
                .add(block(text().replace("\n", "\n\n")));
        return octets(node);
    }

    private static ObjectNode block(String text) {
        return JSON.objectNode().put("type", "TextBlock").put("text", text).put("wrap", true);
    }

    static byte[] octets(ObjectNode node) {
        return node.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** RFC 5322, with {@code Auto-Submitted} (RFC 3834 §5): nobody's machine answers it. */
    byte[] head(String from, String to) {
        String domain = from.substring(from.lastIndexOf('@') + 1);
        String subject = Reading.cut(title(), 150);
        try {
            return new HeaderWriter().raw("From", "Mailmill <" + from + ">")
                    .raw("To", "<" + to + ">")
                    .text("Subject", HeaderWriter.unclean(subject).isEmpty() ? subject
                            : LogText.clean(subject))
                    .raw("Date", HeaderWriter.date(at))
                    .raw("Message-ID", "<" + id + "@" + domain + ">")
                    .raw("Auto-Submitted", "auto-generated").raw("MIME-Version", "1.0")
                    .raw("Content-Type", "text/plain; charset=utf-8")
                    .raw("Content-Transfer-Encoding", "base64").toBytes();
        } catch (Malformed e) {
            throw new IllegalStateException("an address of an alert has " + e.getMessage(), e);
        }
    }

    byte[] body() {
        return (Base64.getMimeEncoder().encodeToString(
                (text() + "\n").getBytes(StandardCharsets.UTF_8)) + "\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }
}
