package dev.mailmill.dashboard;

import dev.mailmill.account.Person;
import dev.mailmill.account.Right;
import java.util.List;
import java.util.Locale;

/**
 * What is around every page.
 *
 * @param place  the entry of the navigation that is open; empty on pages without one
 * @param person who looks; null where nobody has logged in
 * @param csrf   for each form; empty without a session
 * @param theme  {@code light}, {@code dark}, or empty for the system's
 */
record Frame(String title, String place, Person person, String csrf, String theme, Assets assets,
        boolean capture) {

    /** One entry of the navigation. */
    record Entry(String place, String path, String label) {
    }

    private static final List<Entry> WATCH = List.of(
            new Entry("now", "/", "Now"),
            new Entry("messages", "/messages", "Messages"),
            new Entry("deliverability", "/deliverability", "Deliverability"),
            new Entry("queue", "/queue", "Queue"),
            new Entry("alerts", "/alerts", "Alerts"),
            new Entry("suppressions", "/suppressions", "Suppressions"));
    private static final List<Entry> SEND = List.of(
            new Entry("templates", "/templates", "Templates"));
    private static final List<Entry> SET_UP = List.of(
            new Entry("domains", "/domains", "Domains"),
            new Entry("sources", "/sources", "Sources"),
            new Entry("exits", "/exits", "Exits"),
            new Entry("loops", "/feedback-loops", "Feedback loops"),
            new Entry("credentials", "/credentials", "Credentials"),
            new Entry("connect", "/connect", "Connect"),
            new Entry("webhooks", "/webhooks", "Webhooks"),
            new Entry("api", "/docs/api", "API reference"),
            new Entry("settings", "/settings", "Settings"));

    /** Entries under a heading. */
    record Group(String label, List<Entry> entries) {
    }

    static final List<Group> GROUPS = List.of(new Group("Watch", WATCH),
            new Group("Send", SEND), new Group("Set up", SET_UP));

    List<Group> groups() {
        return GROUPS;
    }

    /** Of the page's words. */
    String language() {
        return Texts.language().getLanguage();
    }

    /** What the page can be read in. */
    List<Locale> languages() {
        return Texts.SPOKEN;
    }

    boolean known() {
        return person != null;
    }

    boolean may(Right right) {
        return known() && right.test(person);
    }
}
