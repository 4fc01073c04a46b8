package dev.mailmill.dashboard;

import dev.mailmill.bounce.BounceClass;
import dev.mailmill.bounce.Classifier;
import dev.mailmill.lane.Sweeper;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Reply;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/**
 * A fact in plain words, under the remote's own: what it means, what happens next, what to do.
 * Pure: the same fact always reads the same.
 */
final class Sentences {
    

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
            case Fact.Accepted f -> new Plain(f.door() == Door.API
                    ? Texts.t("It came in by the API and is on disk.")
                    : Texts.t("It came in by SMTP and is on disk."), "", "");
            case Fact.Scheduled f -> new Plain(Texts.t("It waits for the time that was asked for."),
                    Texts.t("It is sent at {0} UTC.", Times.minute(f.until())), nothing());
            case Fact.Held f -> new Plain(Texts.t("It is kept back: {0}", ended(f.reason())),
                    Texts.t("It waits until somebody lets it go."),
                            Texts.t("Look at the reason, then decide."));
            case Fact.Suppressed f ->
                    new Plain(Texts.t("It was not sent: {0}", ended(f.reason())), notAgain(),
                    nothing());
            case Fact.Deferred f -> {
                BounceClass cause = cause(f.reply());
                yield new Plain(means(cause), Texts.t("It is tried again in {0}, at {1} UTC.",
                        Times.span(Duration.between(at, f.until())), Times.second(f.until())),
                        Texts.t("Nothing to do yet.") + later(cause));
            }
            case Fact.Delivered _ ->
                    new Plain(Texts.t("The recipient's own server has taken it. Which "
                    + "folder it goes to is that server's choice."), "", nothing());
            case Fact.Relayed _ ->
                    new Plain(Texts.t("The relay has taken it and delivers it from here on."),
                    "", Texts.t("Nothing to do; the relay's own log knows the rest."));
            case Fact.Captured _ -> new Plain(Texts.t("It was kept and shown here, and not sent to "
                    + "anybody: this server captures mail."), "",
                    Texts.t("To send for real, set MAILMILL_DELIVERY=direct."));
            case Fact.Bounced f when f.reply().code() == 0
                    && f.reply().text().startsWith(Sweeper.ENDED) -> new Plain(
                            ended(f.reply().text()), notAgain(), nothing());
            case Fact.Bounced f -> {
                BounceClass cause = cause(f.reply());
                yield new Plain(means(cause) + (f.late()
                        ? " " + Texts.t("It had said yes at first.") : ""),
                        notAgain(), cure(cause));
            }
            case Fact.Expired f -> {
                BounceClass cause = cause(f.last());
                yield new Plain(Texts.t("Its time was over before a server took it. At the last"
                        + " try: {0}", lower(means(cause))), notAgain(), cure(cause));
            }
            case Fact.Cancelled _ ->
                    new Plain(Texts.t("The sender took it back before it was sent."), "",
                    nothing());
            case Fact.Failed _ ->
                    new Plain(Texts.t("Mailmill could not make this message ready to be "
                    + "sent."), notAgain(),
                            Texts.t("The words say what was wrong with it; correct that and "
                    + "send it again."));
            case Fact.Ambiguous _ ->
                    new Plain(Texts.t("The line broke after the message was sent and "
                    + "before the server said whether it has it."),
                    Texts.t("The next line says what the stream chose: to send again, or to hold."),
                    Texts.t("Ask the recipient, if a second copy would do harm."));
            case Fact.Complained f -> new Plain(f.by().isEmpty()
                    ? Texts.t("The recipient called it spam.")
                    : Texts.t("The recipient called it spam, as {0} tells.", f.by()),
                    Texts.t("They get no more bulk mail of yours."),
                    Texts.t("Ask where the address came from, and whether they wanted this."));
            case Fact.Unsubscribed f -> new Plain(Texts.t("The recipient asked for no more of it."),
                    f.all() ? Texts.t("They get no more marketing.")
                            : Texts.t("They get no more of this stream."),
                    nothing());
            case Fact.Opened _ ->
                    new Plain(Texts.t("Its pictures were fetched: by a person, or by a"
                    + " program that fetches all."), "", nothing());
            case Fact.Clicked f ->
                    new Plain(Texts.t("A link was followed, by a person or a program:"
                    + " {0}", f.link()), "", nothing());
            case Fact.Scanned f -> new Plain(f.how().equals(Fact.Scanned.HONEYPOT)
                    ? Texts.t("A link was followed that nobody can see: a program goes through its"
                            + " links.")
                    : Texts.t("Only the head of a link was asked for: a program looks where it"
                            + " leads."), "", nothing());
            case Fact.Verdict f -> new Plain(judged(f), "", nothing());
            case Fact.Received f -> new Plain(f.kind().equals("auto_reply")
                    ? Texts.t("An automatic answer came back, such as a note of absence.")
                    : f.kind().equals("reply") ? Texts.t("The recipient has answered.")
                    : f.kind().equals(Fact.Received.AGAIN)
                            ? Texts.t("The recipient wants this stream again.")
                    : f.kind().equals(Fact.Received.ALL_AGAIN)
                            ? Texts.t("The recipient wants marketing again.")
                            : Texts.t("Mail came in."),
                    "", nothing());
        };
    }

    private static String judged(Fact.Verdict f) {
        String why = why(f.evidence(), f.why());
        return switch (f.by()) {
            case "person" -> f.click() ? Texts.t("A person clicked {0}: {1}.", f.link(), why)
                    : Texts.t("A person opened it: {0}.", why);
            case "machine" -> f.click() ? Texts.t("A machine followed {0}: {1}.", f.link(), why)
                    : Texts.t("A machine opened it: {0}.", why);
            default -> f.click() ? Texts.t("Nobody knows who followed {0}: {1}.", f.link(), why)
                    : Texts.t("Nobody knows who opened it: {0}.", why);
        };
    }

    private static String why(Fact.Evidence e, String why) {
        String said = switch (why) {
            case "sweep" -> swept(e);
            case "honeypot" -> Texts.t("its network followed a link that nobody can see");
            case "head" -> Texts.t("its network asked only for the heads of links");
            case "near_sweep" -> Texts.t("something else in its network swept the links");
            case "privacy_proxy" -> Texts.t("Apple and others fetch pictures whether they are"
                    + " looked at or not");
            case "too_soon" -> Texts.t("it is too soon to tell");
            case "no_evidence" -> Texts.t("too little of it was kept");
            case "unknown_agent" -> Texts.t("it calls itself what is not known, {0}", e.agent());
            case "no_agent" -> Texts.t("it does not say what it is");
            case "image_proxy" -> Texts.t("its mailbox provider fetches it when it is shown");
            case "browser" -> Texts.t("a browser, and nothing speaks against it");
            case "mail_program" -> Texts.t("a mail program, and nothing speaks against it");
            default -> Texts.t("it says that it is a program");
        };
        return e.sinceMillis() < 0 ? said : Texts.t("{0}, {1} after delivery", said,
                Times.span(Duration.ofMillis(e.sinceMillis())));
    }

    private static String swept(Fact.Evidence e) {
        String seconds = String.format(Locale.ROOT, "%.1f s", e.spanMillis() / 1e3);
        return e.links() > 1 ? Texts.t("a scanner swept {0} links in {1}", (long) e.links(),
                seconds) : Texts.t("a scanner fetched picture and link in {0}", seconds);
    }

    private static String nothing() {
        return Texts.t("Nothing to do.");
    }

    private static String notAgain() {
        return Texts.t("It is not tried again.");
    }

    /** What it means, in the reader's language. */
    static String means(BounceClass cause) {
        return Texts.t(cause.means());
    }

    private static String cure(BounceClass cause) {
        return Texts.t(cause.cure());
    }

    /** What a reply tells. */
    static BounceClass cause(Reply reply) {
        return Classifier.of(reply).reason();
    }

    /** The cause matters while it is tried again too, but not as an order. */
    private static String later(BounceClass cause) {
        return switch (cause) {
            case GREYLISTED, SERVER_FAULT, SYSTEM_FULL, UNKNOWN -> "";
            default -> " " + Texts.t("If it stays so: {0}", lower(cure(cause)));
        };
    }

    /** As it stands within a sentence; German nouns stay as they are. */
    static String lower(String sentence) {
        return Texts.language() != Texts.ENGLISH ? sentence
                : sentence.substring(0, 1).toLowerCase(Locale.ROOT)
 + sentence.substring(1);
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
