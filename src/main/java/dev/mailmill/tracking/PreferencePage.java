package dev.mailmill.tracking;

import dev.mailmill.tracking.Wishes.Choice;
import dev.mailmill.tracking.Wishes.Topic;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.Locale;
import java.util.Optional;

/**
 * The recipient's page as HTML: forms without script, whose address is the page's own. What it
 * shows of the recipient is masked, since links are passed on.
 */
record PreferencePage(UnsubscribeWords words) {
    private String t(String english, String german) {
        return words == UnsubscribeWords.GERMAN ? german : english;
    }

    String ask(String address, Choice choice) {
        return words.page(words.title(), words.askForm()
                + "<hr>\n<h2>" + t("Or choose what you get", "Oder wählen Sie, was Sie bekommen")
                + "</h2>\n<p>" + t("For ", "Für ") + "<strong>" + escaped(masked(address))
                + "</strong></p>\n" + (choice.complained()
                        ? "<p>" + t("You called mail of this sender spam: you get no more"
                                + " marketing, whatever is chosen here.",
                                "Sie haben Nachrichten dieses Absenders als Spam gemeldet: Sie"
                                + " bekommen keine Werbung mehr, was immer hier gewählt ist.")
                                + "</p>\n" : "")
                + "<form method=\"post\">\n" + topics(choice) + none(choice) + pause(choice)
                + languages() + "<button name=\"save\" value=\"yes\">"
                + t("Save", "Speichern") + "</button>\n</form>\n" + others());
    }

    private String topics(Choice choice) {
        StringBuilder out = new StringBuilder();
        for (Topic topic : choice.topics()) {
            boolean on = choice.wanted().contains(topic.id());
            out.append(hidden("seen", topic.id() + "")).append("<label><input type=\"checkbox\""
                    + " name=\"topic\" value=\"").append(topic.id()).append('"')
                    .append(on ? " checked" : "").append("> <span>")
                    .append(escaped(topic.title()));
            if (!topic.description().isEmpty()) {
                out.append("<br><small>").append(escaped(topic.description()))
                        .append("</small>");
            }
            out.append("</span></label>\n");
        }
        return out.toString();
    }

    private String none(Choice choice) {
        return "<label><input type=\"checkbox\" name=\"none\" value=\"yes\""
                + (choice.none() ? " checked" : "") + "> <span>"
                + t("No marketing from this sender at all", "Gar keine Werbung dieses Absenders")
                + "</span></label>\n";
    }

    private String pause(Choice choice) {
        StringBuilder out = new StringBuilder("<label class=\"pause\">")
                .append(t("Pause", "Pause"))
                .append(" <select name=\"pause\">");
        choice.paused().ifPresent(p -> option(out, "", t("as it is, until ", "wie bisher, bis ")
                + day(p)));
        option(out, "0", t("no pause", "keine Pause"));
        option(out, "30", t("30 days without marketing", "30 Tage ohne Werbung"));
        option(out, "90", t("90 days without marketing", "90 Tage ohne Werbung"));
        return out.append("</select></label>\n").toString();
    }

    private static void option(StringBuilder out, String value, String label) {
        out.append("<option value=\"").append(value).append("\">").append(label)
                .append("</option>");
    }

    private String languages() {
        return hidden("lang", words.language());
    }

    private String others() {
        return "<p><small>" + (words == UnsubscribeWords.GERMAN
                ? "<a href=\"?lang=en\" lang=\"en\" hreflang=\"en\">English</a>"
                : "<a href=\"?lang=de\" lang=\"de\" hreflang=\"de\">Deutsch</a>")
                + "</small></p>\n";
    }

    /** @param before what held, for the way back */
    String saved(Choice now, Choice before) {
        StringBuilder out = new StringBuilder("<div role=\"status\">\n");
        if (now.none()) {
            out.append("<p>").append(t("You get no marketing from this sender.",
                    "Sie bekommen keine Werbung dieses Absenders.")).append("</p>\n");
        } else {
            now.paused().ifPresent(p -> out.append("<p>").append(t(
                    "No marketing is sent to you until ", "Keine Werbung bis ")).append(day(p))
                    .append(".</p>\n<p>").append(t("After that:", "Danach:")).append("</p>\n"));
            out.append("<ul>\n");
            for (Topic topic : now.topics()) {
                out.append("<li>").append(escaped(topic.title())).append(": ")
                        .append(now.wanted().contains(topic.id()) ? t("you get it",
                                "bekommen Sie") : t("you don't get it", "bekommen Sie nicht"))
                        .append("</li>\n");
            }
            out.append("</ul>\n");
        }
        out.append("</div>\n");
        return words.page(t("Your choice is saved", "Ihre Auswahl ist gespeichert"),
                out.append(now.same(before) ? "" : back(before)).append(toPage()).toString());
    }

    /** What one click has done, with the way back. */
    String left(boolean all, Choice before) {
        return words.page(words.doneTitle(), "<p role=\"status\">" + words.doneText(all)
                + "</p>\n" + back(before) + toPage());
    }

    /** The form as it was, behind one button. */
    private String back(Choice before) {
        StringBuilder out = new StringBuilder("<form method=\"post\">\n");
        for (Topic topic : before.topics()) {
            out.append(hidden("seen", topic.id() + ""));
            if (before.wanted().contains(topic.id())) {
                out.append(hidden("topic", topic.id() + ""));
            }
        }
        if (before.none()) {
            out.append(hidden("none", "yes"));
        }
        out.append(hidden("pause", before.paused().map(p -> p.toEpochMilli() + "").orElse("0")))
                .append(hidden("lang", words.language()));
        return out.append("<button name=\"save\" value=\"yes\">")
                .append(t("Undo", "Rückgängig machen")).append("</button>\n</form>\n")
                .toString();
    }

    private String toPage() {
        return "<p><a href=\"?lang=" + words.language() + "\">" + t("Choose what you get",
                "Wählen, was Sie bekommen") + "</a></p>\n";
    }

    private static String hidden(String name, String value) {
        return "<input type=\"hidden\" name=\"" + name + "\" value=\"" + value + "\">\n";
    }

    private String day(Instant at) {
        return DateTimeFormatter.ofLocalizedDate(FormatStyle.LONG)
                .withLocale(Locale.of(words.language())).format(at.atZone(ZoneOffset.UTC));
    }

    /** The first letter and the domain: its owner knows it, and nobody else learns it. */
    static String masked(String address) {
        int at = address.lastIndexOf('@');
        if (at < 1) {
            return "…";
        }
        return address.substring(0, address.offsetByCodePoints(0, 1)) + "…"
                + address.substring(at);
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                .replace("\"", "&quot;").replace("'", "&#39;");
    }

    /** The words that are asked for: by the link, by the address's own choice, by the browser. */
    static PreferencePage of(Optional<String> asked, String chosen, String acceptLanguage) {
        String word = asked.filter(w -> w.equals("de") || w.equals("en")).orElse(chosen);
        return new PreferencePage(UnsubscribeWords.of(word.isEmpty() ? acceptLanguage : word));
    }
}
