package dev.mailmill.tracking;

import java.util.Locale;

/** The page that a person sees on the way out of a list, in the language that they read. */
enum UnsubscribeWords {
    ENGLISH("en", "Unsubscribe", "Do you want no more of these messages?",
            "Also no other marketing messages from this sender", "Unsubscribe",
            "You are unsubscribed", "No more of these messages will be sent to you.",
            "This sender will send you no more marketing messages.",
            "You may close this page."),
    GERMAN("de", "Abmelden", "Möchten Sie diese Nachrichten nicht mehr erhalten?",
            "Auch keine andere Werbung dieses Absenders mehr", "Abmelden",
            "Sie sind abgemeldet", "Diese Nachrichten werden Ihnen nicht mehr geschickt.",
            "Dieser Absender schickt Ihnen keine Werbung mehr.",
            "Sie können diese Seite schließen.");

    private static final String STYLE = """
            :root{color-scheme:light dark}
            body{font:1.125rem/1.5 system-ui,sans-serif;max-width:32rem;margin:8vh auto;\
            overflow-wrap:anywhere;\
            padding:0 1.25rem}
            h1{font-size:1.5rem}
            label{display:flex;gap:.75rem;align-items:start;margin:1.5rem 0}
            input{width:1.25rem;height:1.25rem;margin:.2rem 0;flex:none}
            .pause{flex-direction:column;gap:.25rem}
            select{font:inherit;padding:.5rem;min-width:0;max-width:100%}
            h2{font-size:1.25rem}
            hr{margin:2.5rem 0;border:0;border-top:1px solid #8888}
            small{opacity:.85}
            button{font:inherit;font-weight:600;padding:.75rem 1.5rem;border:0;\
            border-radius:.5rem;background:#1d4ed8;color:#fff;cursor:pointer}
            button:focus-visible,input:focus-visible,select:focus-visible{\
            outline:3px solid #f59e0b;outline-offset:2px}
            """;

    private final String language;
    private final String title;
    private final String question;
    private final String all;
    private final String button;
    private final String doneTitle;
    private final String doneList;
    private final String doneAll;
    private final String close;

    UnsubscribeWords(String language, String title, String question, String all, String button,
            String doneTitle, String doneList, String doneAll, String close) {
        this.language = language;
        this.title = title;
        this.question = question;
        this.all = all;
        this.button = button;
        this.doneTitle = doneTitle;
        this.doneList = doneList;
        this.doneAll = doneAll;
        this.close = close;
    }

    /** The one that is wanted most (RFC 9110 §12.5.4); English where that can't be read. */
    static UnsubscribeWords of(String acceptLanguage) {
        UnsubscribeWords best = ENGLISH;
        double most = 0;
        for (String range : acceptLanguage.split(",")) {
            String[] parts = range.strip().toLowerCase(Locale.ROOT).split(";");
            double weight = 1;
            for (int i = 1; i < parts.length; i++) {
                String p = parts[i].strip();
                if (p.startsWith("q=")) {
                    weight = p.matches("q=[01](\\.\\d{0,3})?") ? Double.parseDouble(
                            p.substring(2)) : 0;
                }
            }
            for (UnsubscribeWords words : values()) {
                boolean fits = parts[0].equals(words.language)
                        || parts[0].startsWith(words.language + "-");
                if (fits && weight > most) {
                    best = words;
                    most = weight;
                }
            }
        }
        return best;
    }

    String language() {
        return language;
    }

    String title() {
        return title;
    }

    String doneTitle() {
        return doneTitle;
    }

    String doneText(boolean ofAll) {
        return (ofAll ? doneAll : doneList) + " " + close;
    }

    /** Its form has no address: it goes where the page came from. */
    String askForm() {
        return "<p>" + question + "</p>\n<form method=\"post\">\n"
                + "<label><input type=\"checkbox\" name=\"" + UnsubscribeRoutes.ALL
                + "\" value=\"yes\"> <span>" + all + "</span></label>\n"
                + "<button name=\"" + UnsubscribeRoutes.LEAVE + "\" value=\"yes\">" + button
                + "</button>\n</form>\n";
    }

    String page(String heading, String main) {
        return "<!doctype html>\n<html lang=\"" + language + "\">\n<head>\n"
                + "<meta charset=\"utf-8\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                + "<meta name=\"robots\" content=\"noindex\">\n"
                + "<title>" + heading + "</title>\n<style>\n" + STYLE + "</style>\n</head>\n"
                + "<body>\n<main>\n<h1>" + heading + "</h1>\n" + main + "</main>\n</body>\n"
                + "</html>\n";
    }
}
