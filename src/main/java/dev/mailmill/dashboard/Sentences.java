package dev.mailmill.dashboard;

import dev.mailmill.bounce.BounceClass;
import dev.mailmill.bounce.Classifier;
import dev.mailmill.lane.Sweeper;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Reply;
import java.time.Duration;
import java.time.Instant;

/**
 * A fact in plain words, under the remote's own: what it means, what happens next, what to do.
 * Pure: the same fact always reads the same.
 */
final class Sentences {
    private static final String NOTHING = "Nothing to do.";
    private static final String NOT_AGAIN = "It is not tried again.";

    private Sentences() {
    }

    /**
     * @param means what happened
     * @param next  what Mailmill does now; empty when it is all over
     * @param todo  what a person does; "Nothing to do." is an answer
     */
    record Plain(String means, String next, String todo) {
    }

    /** @param at when the fact was written: waits are told from there */
    static Plain of(Fact fact, Instant at) {
        return switch (fact) {
            case Fact.Accepted f -> new Plain("It came in by " + (f.door() == Door.API
                    ? "the API" : "SMTP") + " and is on disk.", "", "");
            case Fact.Scheduled f -> new Plain("It waits for the time that was asked for.",
                    "It is sent at " + Times.minute(f.until()) + " UTC.", NOTHING);
            case Fact.Held f -> new Plain("It is kept back: " + ended(f.reason()),
                    "It waits until somebody lets it go.", "Look at the reason, then decide.");
            case Fact.Suppressed f -> new Plain("It was not sent: " + ended(f.reason()), NOT_AGAIN,
                    NOTHING);
            case Fact.Deferred f -> {
                BounceClass cause = cause(f.reply());
                yield new Plain(cause.means(), "It is tried again in "
                        + Times.span(Duration.between(at, f.until())) + ", at "
                        + Times.second(f.until()) + " UTC.", "Nothing to do yet." + later(cause));
            }
            case Fact.Delivered _ -> new Plain("The recipient's own server has taken it. Which "
                    + "folder it goes to is that server's choice.", "", NOTHING);
            case Fact.Relayed _ -> new Plain("The relay has taken it and delivers it from here on.",
                    "", "Nothing to do; the relay's own log knows the rest.");
            case Fact.Captured _ -> new Plain("It was kept and shown here, and not sent to "
                    + "anybody: this server captures mail.", "",
                    "To send for real, set MAILMILL_DELIVERY=direct.");
            case Fact.Bounced f when f.reply().code() == 0
                    && f.reply().text().startsWith(Sweeper.ENDED) -> new Plain(
                            ended(f.reply().text()), NOT_AGAIN, NOTHING);
            case Fact.Bounced f -> {
                BounceClass cause = cause(f.reply());
                yield new Plain(cause.means() + (f.late() ? " It had said yes at first." : ""),
                        NOT_AGAIN, cause.cure());
            }
            case Fact.Expired f -> {
                BounceClass cause = cause(f.last());
                yield new Plain("Its time was over before a server took it. At the last try: "
                        + lower(cause.means()), NOT_AGAIN, cause.cure());
            }
            case Fact.Cancelled _ -> new Plain("The sender took it back before it was sent.", "",
                    NOTHING);
            case Fact.Failed _ -> new Plain("Mailmill could not make this message ready to be "
                    + "sent.", NOT_AGAIN, "The words say what was wrong with it; correct that and "
                    + "send it again.");
            case Fact.Ambiguous _ -> new Plain("The line broke after the message was sent and "
                    + "before the server said whether it has it.",
                    "The next line says what the stream chose: to send again, or to hold.",
                    "Ask the recipient, if a second copy would do harm.");
            case Fact.Complained f -> new Plain("The recipient called it spam"
                    + (f.by().isEmpty() ? "." : ", as " + f.by() + " tells."),
                    "They get no more bulk mail of yours.",
                    "Ask where the address came from, and whether they wanted this.");
            case Fact.Unsubscribed f -> new Plain("The recipient asked for no more of it.",
                    f.all() ? "They get no more marketing." : "They get no more of this stream.",
                    NOTHING);
            case Fact.Opened _ -> new Plain("Its pictures were fetched: by a person, or by a"
                    + " program that fetches all.", "", NOTHING);
            case Fact.Clicked f -> new Plain("A link was followed, by a person or a program: "
                    + f.link(), "", NOTHING);
            case Fact.Scanned f -> new Plain(f.how().equals(Fact.Scanned.HONEYPOT)
                    ? "A link was followed that nobody can see: a program goes through its links."
                    : "Only the head of a link was asked for: a program looks where it leads.", "",
                    NOTHING);
            case Fact.Verdict f -> new Plain(judged(f), "", NOTHING);
            case Fact.Received f -> new Plain(f.kind().equals("auto_reply")
                    ? "An automatic answer came back, such as a note of absence."
                    : f.kind().equals("reply") ? "The recipient has answered." : "Mail came in.",
                    "", NOTHING);
        };
    }

    private static String judged(Fact.Verdict f) {
        Fact.Evidence e = f.evidence();
        String since = e.sinceMillis() < 0 ? "" : ", " + Times.span(Duration.ofMillis(
                e.sinceMillis())) + " after delivery";
        String why = switch (f.why()) {
            case "sweep" -> (e.links() > 1 ? e.links() + " links were" : "picture and link were")
                    + " fetched in " + String.format(java.util.Locale.ROOT, "%.1f s",
                    e.spanMillis() / 1e3) + since + ": a scanner";
            case "honeypot" -> "the same network followed a link that nobody can see" + since;
            case "head" -> "the same network asked for heads of links" + since;
            case "near_sweep" -> "something else in its network swept the links" + since;
            case "privacy_proxy" -> "Apple and others fetch pictures whether they are looked at or"
                    + " not";
            case "too_soon" -> "too soon to tell" + since;
            case "no_evidence" -> "it was written when nothing more was kept";
            case "unknown_agent" -> "it calls itself what is not known: " + e.agent();
            case "no_agent" -> "it does not say what it is";
            case "image_proxy" -> "a mailbox provider fetches it when it is shown" + since;
            case "browser", "mail_program" -> f.why().replace('_', ' ')
                    + ", with nothing against it" + since;
            default -> "it calls itself a " + f.why();
        };
        return (f.click() ? f.link() + " was clicked by " : "It was opened by ")
                + switch (f.by()) {
                    case "person" -> "a person";
                    case "machine" -> "a machine";
                    default -> "nobody knows whom";
                } + ": " + why + ".";
    }

    /** What a reply tells. */
    static BounceClass cause(Reply reply) {
        return Classifier.of(reply).reason();
    }

    /** The cause matters while it is tried again too, but not as an order. */
    private static String later(BounceClass cause) {
        return switch (cause) {
            case GREYLISTED, SERVER_FAULT, SYSTEM_FULL, UNKNOWN -> "";
            default -> " If it stays so: " + lower(cause.cure());
        };
    }

    private static String lower(String sentence) {
        return sentence.substring(0, 1).toLowerCase(java.util.Locale.ROOT) + sentence.substring(1);
    }

    private static String ended(String reason) {
        return reason.isEmpty() || reason.endsWith(".") ? reason : reason + ".";
    }

    /** What the remote said; empty where the fact has no remote. */
    static java.util.Optional<Reply> reply(Fact fact) {
        return switch (fact) {
            case Fact.Deferred f -> java.util.Optional.of(f.reply());
            case Fact.Delivered f -> java.util.Optional.of(f.reply());
            case Fact.Relayed f -> java.util.Optional.of(f.reply());
            case Fact.Bounced f -> java.util.Optional.of(f.reply());
            case Fact.Expired f -> java.util.Optional.of(f.last());
            case Fact.Failed f -> java.util.Optional.of(f.reply());
            case Fact.Ambiguous f -> java.util.Optional.of(f.reply());
            case Fact.Accepted _, Fact.Scheduled _, Fact.Held _, Fact.Suppressed _,
                    Fact.Captured _, Fact.Cancelled _, Fact.Complained _, Fact.Unsubscribed _,
                    Fact.Received _, Fact.Opened _, Fact.Clicked _, Fact.Scanned _,
                    Fact.Verdict _ -> java.util.Optional.empty();
        };
    }
}
