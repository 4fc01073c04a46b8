package dev.mailmill.suppression;

import dev.mailmill.http.CsvCell;
import dev.mailmill.mail.Reply;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.Malformed;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Takes another provider's list in: nothing that is here gets shorter or goes. */
final class ListImport implements ListReader.Rows {
    /** Rows of one transaction. */
    private static final int PART = 500;
    /** Told apart; of the others only how many. */
    private static final int TOLD_MAX = 100;

    private final Suppressions suppressions;
    private final long tenant;
    private final long stream;
    private final Function<String, Optional<Long>> streams;
    private final String author;
    private final Instant now;
    private final List<Suppressions.Word> part = new ArrayList<>();
    private final List<Told> wrong = new ArrayList<>();
    private final List<Told> skipped = new ArrayList<>();
    private ListFormat format = ListFormat.PLAIN;
    private long rows;
    private long taken;
    private long added;
    private long wrongRows;
    private long skippedRows;
    private long change;

    /** A row and what is said of it. */
    record Told(long line, String why) {
    }

    /** What became of a list. */
    record Result(ListFormat format, long rows, long added, long already, long skipped, long wrong,
            List<Told> skippedRows, List<Told> wrongRows) {
    }

    /**
     * @param stream  that unsubscribes from one list are of; 0: all marketing
     * @param streams ids by name
     */
    ListImport(Suppressions suppressions, long tenant, long stream,
            Function<String, Optional<Long>> streams, String author, Instant now) {
        this.suppressions = suppressions;
        this.tenant = tenant;
        this.stream = stream;
        this.streams = streams;
        this.author = author;
        this.now = now;
    }

    Result run(InputStream in, Optional<ListFormat> said) throws ListReader.Unknown {
        ListReader.read(in, said, this);
        flush();
        suppressions.settled(change);
        return new Result(format, rows, added, taken - added, skippedRows, wrongRows, skipped,
                wrong);
    }

    @Override
    public void format(ListFormat is) {
        format = is;
    }

    @Override
    public void wrong(long line, String why) {
        rows++;
        tell(wrong, line, why);
        wrongRows++;
    }

    private static void tell(List<Told> list, long line, String why) {
        if (list.size() < TOLD_MAX) {
            list.add(new Told(line, why));
        }
    }

    private void skip(ListReader.Row row, String why) {
        tell(skipped, row.line(), why);
        skippedRows++;
    }

    @Override
    public void row(ListReader.Row row) {
        rows++;
        String text = row.cell("email");
        if (format == ListFormat.MAILMILL) {
            text = CsvCell.plain(text);
        }
        String address;
        try {
            Address parsed = Address.ofPath(text);
            address = parsed.spec();
        } catch (Malformed e) {
            tell(wrong, row.line(), text.isEmpty() ? "there is no address" : e.getMessage());
            wrongRows++;
            return;
        }
        switch (format) {
            case MAILMILL -> ours(row, address);
            case POSTMARK, SES -> theirs(row, address, cause(row.cell("suppressionreason")
                    + row.cell("reason")));
            case LISTMONK -> {
                if (row.cell("status").equalsIgnoreCase("blocklisted")) {
                    theirs(row, address, Cause.UNSUBSCRIBE_ALL);
                } else {
                    skip(row, "the subscriber is not on the blocklist");
                }
            }
            case SENDGRID_BOUNCES, SENDGRID_BLOCKS, SENDGRID_SPAM, SENDGRID_INVALID,
                    SENDGRID_GROUP, SENDGRID_GLOBAL, MAILGUN_BOUNCES, MAILGUN_UNSUBSCRIBES,
                    MAILGUN_COMPLAINTS, PLAIN ->
                    theirs(row, address, refined(row, format.cause().orElse(Cause.ASKED)));
        }
    }

    /** Postmark's and Amazon's words. */
    private static Cause cause(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "hardbounce", "bounce" -> Cause.MAILBOX_UNKNOWN;
            case "spamcomplaint", "complaint" -> Cause.COMPLAINT;
            default -> Cause.UNSUBSCRIBE_ALL;
        };
    }

    /** Where a bounce's row has its status, the status says more than the list's name. */
    private static Cause refined(ListReader.Row row, Cause cause) {
        if (cause != Cause.MAILBOX_UNKNOWN) {
            return cause;
        }
        String status = row.cell("status");
        if (status.startsWith("5.7.")) {
            return Cause.NOT_THE_PERSON;
        }
        Cause by = BounceReader.cause(new Reply(550, status, "", ""));
        return by == Cause.NOT_THE_PERSON ? Cause.MAILBOX_UNKNOWN : by;
    }

    private void theirs(ListReader.Row row, String address, Cause said) {
        Cause cause = said == Cause.UNSUBSCRIBE && stream == 0 ? Cause.UNSUBSCRIBE_ALL : said;
        Optional<Rule> rule = Rule.of(cause);
        if (rule.isEmpty()) {
            skip(row, "it was blocked, which is a server's word on mail and not on the person");
            return;
        }
        Instant at = created(row);
        Optional<Instant> expires = rule.get().lasts().map(at::plus);
        if (expires.filter(e -> !e.isAfter(now)).isPresent()) {
            skip(row, "it is over by now: " + cause.words());
            return;
        }
        Scope scope = cause == Cause.UNSUBSCRIBE ? Scope.STREAM : rule.get().scopes().getFirst();
        Reason reason = cause == Cause.ASKED ? Reason.IMPORT : cause.reason();
        String why = row.cell("reason") + row.cell("error");
        take(new Suppressions.Word(tenant, address, scope, scope == Scope.STREAM ? stream : 0,
                reason, cause, why, author, at, expires, rule.get().probe().map(now::plus)));
    }

    private Instant created(ListReader.Row row) {
        for (String name : List.of("created", "createdat", "date", "lastupdatetime",
                "updatedat")) {
            Optional<Instant> at = ListReader.time(row.cell(name));
            if (at.isPresent()) {
                return at.get().isAfter(now) ? now : at.get();
            }
        }
        return now;
    }

    private void ours(ListReader.Row row, String address) {
        Optional<Scope> scope = Scope.of(row.cell("scope"));
        Optional<Reason> reason = Reason.of(row.cell("reason"));
        Optional<Long> named = streams.apply(row.cell("stream"));
        if (scope.isEmpty() || reason.isEmpty()) {
            tell(wrong, row.line(), "its scope or reason is none of ours");
            wrongRows++;
            return;
        }
        if (scope.get() == Scope.STREAM && named.isEmpty()) {
            tell(wrong, row.line(), "it is of a stream that this account does not have: "
                    + row.cell("stream"));
            wrongRows++;
            return;
        }
        Optional<Instant> expires = ListReader.time(row.cell("expiresat"));
        if (expires.filter(e -> !e.isAfter(now)).isPresent()) {
            skip(row, "it is over by now");
            return;
        }
        Cause cause = Cause.of(row.cell("cause"));
        // the operator's word is the operator's alone
        Reason kept = reason.get() == Reason.OPERATOR && tenant > 0 ? Reason.IMPORT
                : reason.get();
        take(new Suppressions.Word(tenant, address, scope.get(),
                scope.get() == Scope.STREAM ? named.get() : 0, kept, cause,
                CsvCell.plain(row.cell("said")), author, created(row), expires,
                Rule.of(cause).flatMap(Rule::probe).map(now::plus)));
    }

    private void take(Suppressions.Word word) {
        taken++;
        part.add(word);
        if (part.size() == PART) {
            flush();
        }
    }

    private void flush() {
        try {
            Suppressions.Added done = suppressions.put(List.copyOf(part));
            added += done.count();
            change = Math.max(change, done.change());
        } catch (Malformed e) {
            throw new IllegalStateException("it was read before", e);
        }
        part.clear();
    }
}
