package dev.mailmill.analytics;

import dev.mailmill.bounce.Classifier;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Reply;
import java.util.Set;
import java.util.regex.Pattern;

/** The reason that a fact is counted under: a word out of few, whatever the remote wrote. Pure. */
final class Why {
    /** Put off by a rule of ours, before anything was tried. */
    static final String WITHHELD = "withheld";
    private static final String OTHER = "other";
    private static final Set<String> SUPPRESSED = Set.of("bounce", "complaint", "unsubscribe",
            "manual", "import", "operator");
    /** RFC 5965 §7.3, RFC 6430, and what is in use. */
    private static final Set<String> COMPLAINTS = Set.of("abuse", "fraud", "virus", "other",
            "opt-out", "not-spam", "auth-failure");
    private static final Set<String> UNSUBSCRIBED = Set.of("one_click", "mail", "page", "report",
            "api");
    private static final Pattern ADDRESS = Pattern.compile(
            "[^\\s<>()\\[\\]\"',;:@=]{1,64}+@");
    private static final Pattern OF_ONE_MAIL = Pattern.compile(
            "(?<![a-z0-9])(?=[a-z_.-]{0,40}[0-9])[a-z0-9_.-]{3,}+");
    private static final int GIST_MAX = 160;

    private Why() {
    }

    /** Empty where there is none. */
    static String of(Fact fact) {
        return switch (fact) {
            case Fact.Bounced f -> said(f.reply());
            case Fact.Deferred f -> withheld(f) ? WITHHELD : said(f.reply());
            case Fact.Expired f -> said(f.last());
            case Fact.Failed f -> said(f.reply());
            case Fact.Ambiguous f -> said(f.reply());
            case Fact.Suppressed f -> first(f.reason());
            case Fact.Complained f -> known(f.kind(), COMPLAINTS);
            case Fact.Unsubscribed f -> known(f.by(), UNSUBSCRIBED);
            case Fact.Accepted _, Fact.Scheduled _, Fact.Held _, Fact.Delivered _, Fact.Relayed _,
                    Fact.Captured _, Fact.Cancelled _, Fact.Received _, Fact.Opened _,
                    Fact.Clicked _, Fact.Scanned _, Fact.Verdict _ -> "";
        };
    }

    /** A gate did not let it go: nothing was tried. */
    static boolean withheld(Fact.Deferred f) {
        return f.reply().code() == 0 && f.reply().host().isEmpty()
                && f.reply().enhanced().equals("4.7.1");
    }

    private static String said(Reply reply) {
        return Classifier.of(reply).reason().word();
    }

    /** As {@code bounce: there is no such mailbox, since 2026-11-23}. */
    private static String first(String reason) {
        int end = reason.indexOf(':');
        return known(end < 0 ? reason : reason.substring(0, end), SUPPRESSED);
    }

    private static String known(String word, Set<String> all) {
        return all.contains(word) ? word : OTHER;
    }

    /** Without whose mailbox it was: these words are kept longer than addresses may be. */
    static String unnamed(String text) {
        return ADDRESS.matcher(text).replaceAll("…@");
    }

    /** What replies have in common that say the same of different mail. */
    static String gist(Reply reply) {
        String text = reply.text().length() > 2 * GIST_MAX
                ? reply.text().substring(0, 2 * GIST_MAX) : reply.text();
        String plain = OF_ONE_MAIL.matcher(ADDRESS.matcher(text).replaceAll("@")
                .toLowerCase(java.util.Locale.ROOT)).replaceAll("#");
        return reply.code() + " " + (plain.length() > GIST_MAX ? plain.substring(0, GIST_MAX)
                : plain);
    }
}
