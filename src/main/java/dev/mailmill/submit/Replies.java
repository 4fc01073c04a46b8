package dev.mailmill.submit;

import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.StoreException;
import dev.mailmill.smtp.SmtpReply;
import java.util.function.Predicate;

/** What the core says, in SMTP: the one place that knows both. */
final class Replies {
    static final SmtpReply SENDER_OK = new SmtpReply(250, "2.1.0", "Sender taken");
    static final SmtpReply HEADER_TOO_LARGE = new SmtpReply(552, "5.3.4",
            "Message header too large; send fewer or shorter header fields");
    static final SmtpReply NETWORK_GONE = new SmtpReply(530, "5.7.0",
            "This client's network may not submit any more; log in with AUTH");
    /** Behind the id, where programs that look for it stop reading. */
    private static final String CAPTURED = " (captured, not sent)";
    private static final String IN_PART = " (in part captured, not sent)";
    /** The same place, for what an idempotency key found. */
    private static final String AGAIN = " (taken before, not again)";
    private static final int DETAIL_MAX = 800;

    private Replies() {
    }

    static SmtpReply recipient(String address) {
        return new SmtpReply(250, "2.1.5", "Recipient <" + address + "> taken");
    }

    /** @param captures of recipient domains: whose mail goes no further */
    static SmtpReply of(Admission admission, Predicate<String> captures) {
        return switch (admission) {
            case Admission.Accepted accepted -> new SmtpReply(250, "2.0.0", "queued as "
                    + Ids.text("msg_", accepted.receipts().getFirst().message())
                    + (accepted.replayed() ? AGAIN : "") + switch (accepted.share(captures)) {
                        case ALL -> CAPTURED;
                        case SOME -> IN_PART;
                        case NONE -> "";
                    } + accepted.remarks(0).stream().map(r -> "; " + r).findFirst().orElse(""));
            case Admission.Refused refused -> of(refused.refusals().getFirst());
        };
    }

    private static SmtpReply of(Refusal refusal) {
        return switch (refusal.reason()) {
            case BAD_CONTENT -> reply(550, "5.6.0", refusal);
            case LOOP -> reply(550, "5.4.6", refusal);
            case BAD_ADDRESS -> reply(553, "5.1.3", refusal);
            case TOO_LARGE -> reply(552, "5.3.4", refusal);
            case TOO_MANY_RECIPIENTS -> reply(550, "5.5.3", refusal);
            case NOT_YOURS, SUSPENDED -> reply(550, "5.7.1", refusal);
            case OVER_QUOTA -> reply(451, "4.7.1", refusal);
            case KEY_CONFLICT -> reply(554, "5.5.0", refusal);
            case BUSY, STORE_DOWN, MAYBE_KEPT -> reply(451, "4.3.0", refusal);
            case STORE_FULL -> reply(452, "4.3.1", refusal);
        };
    }

    private static SmtpReply reply(int code, String enhanced, Refusal refusal) {
        String detail = refusal.detail();
        String field = field(refusal);
        String what = field.isEmpty() ? detail : field + ": " + detail;
        return new SmtpReply(code, enhanced,
                what.length() > DETAIL_MAX ? what.substring(0, DETAIL_MAX) : what);
    }

    /** As who writes a message knows it. */
    private static String field(Refusal refusal) {
        return switch (refusal.field()) {
            case "send_at" -> Orders.SEND_AT;
            case "" -> refusal.reason() == Refusal.Reason.KEY_CONFLICT ? Orders.KEY : "";
            default -> refusal.field();
        };
    }

    /** The store failed under the body, or under Intake: the client keeps the message. */
    static SmtpReply of(StoreException e) {
        return switch (e.kind()) {
            case FULL -> new SmtpReply(452, "4.3.1",
                    "The server's disk is full, nothing was taken; try again later");
            case BUSY -> new SmtpReply(451, "4.3.0",
                    "The server is busy, nothing was taken; try again soon");
            case UNSURE -> new SmtpReply(451, "4.3.0", "The server's store was lost while it wrote:"
                    + " the message may have been taken, a second try may make a copy");
            case DOWN, BROKEN, REJECTED -> unavailable();
        };
    }

    static SmtpReply unavailable() {
        return new SmtpReply(451, "4.3.0",
                "The server can't store mail now, nothing was taken; try again later");
    }
}
