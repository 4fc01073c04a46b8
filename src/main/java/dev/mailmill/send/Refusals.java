package dev.mailmill.send;

import dev.mailmill.http.Fields;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.mail.Refusal;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Intake's refusals as a problem: the first one's type, a pointer for each. */
final class Refusals {
    private static final int QUOTA_SECONDS = 60;
    /** A thousand recipients with one mistake each are told of as many as are read. */
    private static final int ERRORS_MAX = 100;
    private static final Set<String> ADDRESS_FIELDS =
            Set.of("from", "to", "cc", "bcc", "reply_to");

    private final List<MessageReader.Read> messages;
    private final List<String> places;

    /** @param places the pointer of each message; empty for the body itself */
    Refusals(List<MessageReader.Read> messages, List<String> places) {
        this.messages = messages;
        this.places = places;
    }

    Problem problem(List<Refusal> refusals) {
        Refusal first = refusals.getFirst();
        ProblemType type = type(first.reason());
        List<Problem.FieldError> errors = refusals.stream()
                .map(r -> new Problem.FieldError(pointer(r), r.detail()))
                .distinct().limit(ERRORS_MAX).toList();
        int seconds = first.lasts().isZero() ? retryAfter(first.reason())
                : (int) first.lasts().plusNanos(999_999_999).toSeconds();
        Map<String, String> headers =
                seconds == 0 ? Map.of() : Map.of("Retry-After", Integer.toString(seconds));
        return new Problem(type.status(), type.slug(), type.title(), first.detail(), errors,
                headers);
    }

    private static ProblemType type(Refusal.Reason reason) {
        return switch (reason) {
            case BAD_CONTENT, LOOP, BAD_ADDRESS -> ProblemType.INVALID;
            case TOO_LARGE -> ProblemType.TOO_LARGE;
            case TOO_MANY_RECIPIENTS -> ProblemType.TOO_MANY_RECIPIENTS;
            case NOT_YOURS -> ProblemType.DOMAIN_NOT_VERIFIED;
            case OVER_QUOTA -> ProblemType.QUOTA_EXCEEDED;
            case SUSPENDED -> ProblemType.SUSPENDED;
            case KEY_CONFLICT -> ProblemType.KEY_CONFLICT;
            case BUSY -> ProblemType.BUSY;
            case STORE_FULL -> ProblemType.STORE_FULL;
            case STORE_DOWN -> ProblemType.STORE_DOWN;
            case MAYBE_KEPT -> ProblemType.MAYBE_KEPT;
        };
    }

    private static int retryAfter(Refusal.Reason reason) {
        return switch (reason) {
            case OVER_QUOTA -> QUOTA_SECONDS;
            case BUSY -> StoreTrouble.SOON_SECONDS;
            case STORE_FULL -> StoreTrouble.ROOM_SECONDS;
            case STORE_DOWN, MAYBE_KEPT -> StoreTrouble.LATER_SECONDS;
            case BAD_CONTENT, LOOP, BAD_ADDRESS, TOO_LARGE, TOO_MANY_RECIPIENTS, NOT_YOURS,
                    SUSPENDED, KEY_CONFLICT -> 0;
        };
    }

    /**
     * The core's path as a pointer into the body. A header's name may have dots and slashes; a
     * recipient is one of the envelope's, which to, cc or bcc named.
     */
    private String pointer(Refusal refusal) {
        if (refusal.reason() == Refusal.Reason.KEY_CONFLICT) {
            return "header/Idempotency-Key";
        }
        String place = places.get(refusal.index());
        String field = refusal.field();
        if (field.isEmpty()) {
            return place;
        }
        if (field.equals("data") || field.startsWith("data/")) {
            String inner = messages.get(refusal.index()).inner();
            return place + (inner.isEmpty() ? "" : "/" + inner) + "/" + field;
        }
        if (field.startsWith("headers/")) {
            return place + "/headers/" + Fields.escape(field.substring("headers/".length()));
        }
        if (field.startsWith("recipients/")) {
            return place + "/" + origin(refusal.index(), field);
        }
        String path = field.replace('.', '/').replace("replyTo", "reply_to");
        if (path.equals("sender") || path.equals("envelope/sender")) {
            return place + "/from";
        }
        return place + "/" + whole(path);
    }

    private String origin(int message, String field) {
        List<String> origins = messages.get(message).origins();
        String digits = field.substring("recipients/".length());
        boolean number = !digits.isEmpty() && digits.length() < 6
                && digits.chars().allMatch(Character::isDigit);
        int index = number ? Integer.parseInt(digits) : origins.size();
        return index < origins.size() ? origins.get(index) : "to";
    }

    /** An address may have been given as one string, which has no name or email inside. */
    private static String whole(String path) {
        int slash = path.indexOf('/');
        String head = slash < 0 ? path : path.substring(0, slash);
        boolean inner = ADDRESS_FIELDS.contains(head)
                && (path.endsWith("/name") || path.endsWith("/address") || path.endsWith("/email"));
        return inner ? path.substring(0, path.lastIndexOf('/')) : path;
    }
}
