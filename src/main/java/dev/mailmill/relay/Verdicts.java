package dev.mailmill.relay;

import dev.mailmill.mail.Line;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Outcome.Fault;
import dev.mailmill.mail.Reply;
import dev.mailmill.smtp.SmtpClientAnswer;
import dev.mailmill.smtp.SmtpClientException;
import dev.mailmill.smtp.SmtpClientReply;
import dev.mailmill.smtp.SmtpClientStage;
import dev.mailmill.smtp.SmtpClientTarget;
import dev.mailmill.smtp.SmtpClientTarget.Tls;

/** What a reply or a trouble says about the delivery. Pure. */
final class Verdicts {
    /** "No mail here, ever" (RFC 7504 §3). */
    private static final int NO_MAIL_HERE = 521;

    private Verdicts() {
    }

    /** Of the final dot. */
    static Outcome ofDot(SmtpClientReply reply, String host) {
        return reply.positive() ? new Outcome.Delivered(said(reply, host))
                : refused(SmtpClientStage.DOT, reply, host);
    }

    /** Of a transaction that was refused before its content. */
    static Outcome ofRefusal(SmtpClientAnswer answer, String host) {
        return refused(answer.stage(), answer.reply(), host);
    }

    private static Outcome refused(SmtpClientStage stage, SmtpClientReply reply, String host) {
        Reply said = said(reply, host);
        if (reply.temporary()) {
            return new Outcome.Deferred(said, fault(stage, reply));
        }
        if (stage == SmtpClientStage.RCPT && tooMany(reply)) {
            return new Outcome.Deferred(said, Fault.RECIPIENT);
        }
        return new Outcome.Bounced(said);
    }

    /** RFC 5321 §4.5.3.1.10: 552 to RCPT may mean "enough recipients"; 5.2.2 says otherwise. */
    private static boolean tooMany(SmtpClientReply reply) {
        return reply.code() == 552
                && (reply.enhanced().isEmpty() || reply.enhanced().equals("5.5.3"));
    }

    /**
     * 421 is about the line, wherever it comes. A 4.7.x up to MAIL is about us; from RCPT on it
     * speaks of this recipient or this message (a greylist, mostly), and must not stop the others.
     */
    private static Fault fault(SmtpClientStage stage, SmtpClientReply reply) {
        boolean ours = reply.enhanced().startsWith("4.7.")
                && stage.compareTo(SmtpClientStage.MAIL) <= 0;
        return reply.closing() || ours ? Fault.LANE : Fault.RECIPIENT;
    }

    /**
     * Of a conversation that broke. Before MAIL nothing was said about this delivery, so the lane
     * is at fault; from MAIL to the dot this message may be the reason, so it spends an attempt.
     */
    static Outcome ofTrouble(SmtpClientException e, SmtpClientTarget target) {
        String host = target.host();
        if (e.kind() == SmtpClientException.Kind.CONTENT) {
            return new Outcome.Failed(new Reply(0, "5.6.0", e.getMessage(), ""));
        }
        boolean transaction = e.stage().compareTo(SmtpClientStage.MAIL) >= 0;
        if (!transaction && target.tls() == Tls.DEMANDED && aboutTls(e)) {
            // by the policy of one domain, or for one message: the lane's other mail may go, and a
            // "never" that was said in clear could be anybody's
            String text = e.reply().map(SmtpClientReply::toString).orElse(e.getMessage());
            return new Outcome.Deferred(new Reply(0, "4.7.5", text, host), Fault.RECIPIENT);
        }
        if (e.reply().isPresent()) {
            SmtpClientReply reply = e.reply().get();
            return transaction ? refused(e.stage(), reply, host) : ofOpening(reply, host);
        }
        if (e.stage().afterDot()) {
            return new Outcome.Ambiguous(new Reply(0, "4.4.2", e.getMessage(), host));
        }
        return new Outcome.Deferred(new Reply(0, code(e), e.getMessage(), host),
                transaction ? Fault.RECIPIENT : Fault.LANE);
    }

    /**
     * A 5xx at the greeting, EHLO or AUTH is about us, or about the host, never about the
     * recipient: mail that waits is better than a campaign bounced over one block list. Only 521
     * is final.
     */
    private static Outcome ofOpening(SmtpClientReply reply, String host) {
        return reply.code() == NO_MAIL_HERE ? new Outcome.Bounced(said(reply, host))
                : new Outcome.Deferred(said(reply, host), Fault.LANE);
    }

    private static boolean aboutTls(SmtpClientException e) {
        return e.stage() == SmtpClientStage.STARTTLS || e.stage() == SmtpClientStage.TLS;
    }

    /** The same outcome, whose reply came over that line. */
    static Outcome over(Outcome outcome, Line line) {
        return switch (outcome) {
            case Outcome.Delivered(Reply r) -> new Outcome.Delivered(r.over(line));
            case Outcome.Relayed(Reply r) -> new Outcome.Relayed(r.over(line));
            case Outcome.Deferred(Reply r, Fault f) -> new Outcome.Deferred(r.over(line), f);
            case Outcome.Bounced(Reply r) -> new Outcome.Bounced(r.over(line));
            case Outcome.Failed(Reply r) -> new Outcome.Failed(r.over(line));
            case Outcome.Ambiguous(Reply r) -> new Outcome.Ambiguous(r.over(line));
            case Outcome.Captured _, Outcome.Held _ -> outcome;
        };
    }

    private static String code(SmtpClientException e) {
        return switch (e.kind()) {
            case UNREACHABLE -> "4.4.1";
            case TIMEOUT, LOST -> "4.4.2";
            case PROTOCOL, REFUSED -> "4.5.0";
            case TLS -> "4.7.5";
            case CONTENT -> "5.6.0";
        };
    }

    private static Reply said(SmtpClientReply reply, String host) {
        return new Reply(reply.code(), reply.enhanced(), reply.text(), host);
    }
}
