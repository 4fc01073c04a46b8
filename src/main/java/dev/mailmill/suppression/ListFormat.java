package dev.mailmill.suppression;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Lists of other providers, known by the names of their columns. */
enum ListFormat {
    /** Our own export. */
    MAILMILL("mailmill", Set.of("address", "scope", "reason", "cause"), Optional.empty()),
    /** {@code status,reason,email,created}, and blocks look the same: the kind must be said. */
    SENDGRID_BOUNCES("sendgrid-bounces", Set.of("email", "reason", "status"),
            Optional.of(Cause.MAILBOX_UNKNOWN)),
    SENDGRID_BLOCKS("sendgrid-blocks", Set.of("email", "reason", "status"),
            Optional.of(Cause.NOT_THE_PERSON)),
    SENDGRID_SPAM("sendgrid-spam-reports", Set.of("email", "ip"), Optional.of(Cause.COMPLAINT)),
    SENDGRID_INVALID("sendgrid-invalid-emails", Set.of("email", "reason"), Set.of("status"),
            Optional.of(Cause.MAILBOX_UNKNOWN)),
    SENDGRID_GROUP("sendgrid-group-unsubscribes", Set.of("email", "groupid"),
            Optional.of(Cause.UNSUBSCRIBE)),
    SENDGRID_GLOBAL("sendgrid-global-unsubscribes", Set.of("email", "created"),
            Set.of("reason", "ip", "groupid", "status", "uuid"),
            Optional.of(Cause.UNSUBSCRIBE_ALL)),
    MAILGUN_BOUNCES("mailgun-bounces", Set.of("address", "code", "error"),
            Optional.of(Cause.MAILBOX_UNKNOWN)),
    MAILGUN_UNSUBSCRIBES("mailgun-unsubscribes", Set.of("address", "tags"),
            Optional.of(Cause.UNSUBSCRIBE_ALL)),
    MAILGUN_COMPLAINTS("mailgun-complaints", Set.of("address", "createdat"),
            Set.of("tags", "code", "scope"),
            Optional.of(Cause.COMPLAINT)),
    /** The reason is in each row. */
    POSTMARK("postmark", Set.of("emailaddress", "suppressionreason"), Optional.empty()),
    SES("ses", Set.of("emailaddress", "reason"), Optional.empty()),
    /** Its subscribers, of whom the blocklisted count. */
    LISTMONK("listmonk", Set.of("uuid", "email", "status"), Optional.of(Cause.UNSUBSCRIBE_ALL)),
    /** Addresses and nothing else. */
    PLAIN("plain", Set.of("email"), Optional.of(Cause.ASKED));

    /** Names that stand for the same column. */
    private static final Map<String, String> SAME = Map.ofEntries(
            Map.entry("emailaddress", "email"), Map.entry("address", "email"),
            Map.entry("recipient", "email"), Map.entry("mail", "email"));

    private final String word;
    private final Set<String> columns;
    private final Set<String> without;
    private final Optional<Cause> cause;

    ListFormat(String word, Set<String> columns, Optional<Cause> cause) {
        this(word, columns, Set.of(), cause);
    }

    /** @param without columns that another list has and this has not */
    ListFormat(String word, Set<String> columns, Set<String> without, Optional<Cause> cause) {
        this.word = word;
        this.columns = columns;
        this.without = without;
        this.cause = cause;
    }

    String word() {
        return word;
    }

    /** What a row means; empty where each row says it itself. */
    Optional<Cause> cause() {
        return cause;
    }

    static Optional<ListFormat> of(String word) {
        for (ListFormat f : values()) {
            if (f.word.equals(word)) {
                return Optional.of(f);
            }
        }
        return Optional.empty();
    }

    static List<String> words() {
        return List.of(values()).stream().map(ListFormat::word).toList();
    }

    /** A column's name without what differs between exports of the same list. */
    static String name(String header) {
        return header.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    /** The column's name, whatever it is called for an address. */
    static String field(String name) {
        return SAME.getOrDefault(name, name);
    }

    /**
     * The formats that a header may be of: those with the most columns in it. More than one where
     * providers export different lists with the same columns.
     */
    static List<ListFormat> sniff(Set<String> names) {
        List<ListFormat> best = new ArrayList<>();
        int most = 0;
        for (ListFormat f : values()) {
            if (!names.containsAll(f.columns) || f.columns.size() < most
                    || names.stream().anyMatch(f.without::contains)) {
                continue;
            }
            if (f.columns.size() > most) {
                best.clear();
                most = f.columns.size();
            }
            best.add(f);
        }
        // an address column under any name is a plain list
        return best.isEmpty() && names.stream().anyMatch(n -> field(n).equals("email"))
                ? List.of(PLAIN) : best;
    }
}
