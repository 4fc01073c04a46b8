package dev.mailmill.dashboard;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Right;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Stream;
import dev.mailmill.mime.Malformed;
import dev.mailmill.suppression.Cause;
import dev.mailmill.suppression.Entry;
import dev.mailmill.suppression.Reason;
import dev.mailmill.suppression.Scope;
import dev.mailmill.suppression.Suppressions;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Who is not mailed and why; one may be put on the list, and taken off it with a reason. */
final class SuppressionPages implements Routes {
    private static final Right CHANGES = Right.SUPPRESSIONS;
    private static final int ROWS = 50;
    private static final int TEXT_MAX = 300;
    private static final int ADDRESS_MAX = 320;

    private final Gatekeeper gate;
    private final Suppressions suppressions;
    private final Accounts accounts;
    private final InstantSource clock;

    SuppressionPages(Gatekeeper gate, Suppressions suppressions, Accounts accounts,
            InstantSource clock) {
        this.gate = gate;
        this.suppressions = suppressions;
        this.accounts = accounts;
        this.clock = clock;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/suppressions", v -> shown(v, ""));
        gate.post(router, "/suppressions/add", CHANGES, this::add);
        gate.post(router, "/suppressions/remove", CHANGES, this::remove);
        gate.post(router, "/suppressions/erase", CHANGES, this::erase);
    }

    /**
     * One entry as a person reads it.
     *
     * @param path of all entries of its address
     * @param gone why it holds no more; empty while it does
     */
    record Row(String address, String path, String stops, String reason, String tone,
            String why, String said, String author, String since, String until, String gone) {
    }

    /**
     * What the page shows.
     *
     * @param one       whether all of one address is shown
     * @param removable whether something of that address may be taken off
     * @param complaint whether that needs the recipient's own word
     */
    record Model(String address, String reason, List<String> reasons, List<String> streams,
            List<Row> rows, String older, boolean one, boolean removable, boolean complaint,
            boolean mayChange, String wrong) {
        boolean none() {
            return rows.isEmpty();
        }

        String with(String other) {
            return other.isEmpty() ? "/suppressions" : "/suppressions?reason=" + other;
        }
    }

    private Answer shown(Visit visit, String wrong) {
        return gate.page(wrong.isEmpty() ? 200 : 422, visit, "suppressions",
                Texts.t("Suppressions"),
                "suppressions", model(visit, wrong));
    }

    private Model model(Visit visit, String said) {
        String wrong = said;
        // after a form that was refused, the address is the form's
        String address = said.isEmpty() ? visit.query("address") : visit.field("address");
        String reason = Reason.of(visit.query("reason")).map(Reason::word).orElse("");
        List<Entry> found = List.of();
        boolean more = false;
        if (address.isEmpty()) {
            List<Entry> page = suppressions.list(visit.tenant(), Reason.of(reason), 0,
                    before(visit), ROWS + 1);
            more = page.size() > ROWS;
            found = page.stream().limit(ROWS).toList();
        } else {
            try {
                found = suppressions.find(visit.tenant(), address);
            } catch (Malformed e) {
                wrong = wrong.isEmpty()
                        ? Texts.t("That is no address: {0}.", Texts.t(e.getMessage())) : wrong;
            }
        }
        Instant now = clock.instant();
        List<Entry> mine = found.stream().filter(e -> e.tenant() == visit.tenant()
                && e.removed().isEmpty()).toList();
        return new Model(address, reason, Arrays.stream(Reason.values())
                .filter(r -> r != Reason.OPERATOR).map(Reason::word).toList(),
                accounts.streams(visit.tenant()).stream().map(Stream::name).toList(),
                found.stream().map(e -> row(e, now)).toList(),
                more ? "/suppressions?before=" + found.getLast().seq()
                        + (reason.isEmpty() ? "" : "&reason=" + reason) : "",
                !address.isEmpty(), !address.isEmpty() && !mine.isEmpty(),
                mine.stream().anyMatch(e -> e.reason() == Reason.COMPLAINT),
                CHANGES.test(visit.person()), wrong);
    }

    private static long before(Visit visit) {
        String said = visit.query("before");
        return said.matches("\\d{1,18}") ? Long.parseLong(said) : 0;
    }

    private Row row(Entry e, Instant now) {
        boolean others = e.tenant() == 0;
        String gone = e.removed().isPresent() ? Texts.t("removed {0} by {1}",
                Times.day(e.removed().get()), e.removedBy())
                        + (e.why().isEmpty() ? "" : ": " + e.why())
                : e.holds(now) ? "" : Texts.t("over");
        String words = e.words();
        return new Row(e.address(), path(e.address()), whole(stops(e)), e.reason().word(),
                !gone.isEmpty() ? "quiet" : e.reason() == Reason.COMPLAINT ? "bad" : "warn",
                Texts.t(words.substring(words.indexOf(": ") + 2, words.lastIndexOf(", since"))),
                others ? "" : e.said(), others ? "" : by(e.author()),
                whole(Times.day(e.created())),
                whole(e.expires().map(Times::day).orElse(Texts.t("for good"))), gone);
    }

    /** On one line. */
    private static String whole(String words) {
        return words.replace(' ', '\u00a0');
    }

    private static String by(String author) {
        return author.equals("in session") || author.contains(" by ") ? Texts.t(author)
                : Texts.t("by {0}", author);
    }

    private String stops(Entry e) {
        return switch (e.scope()) {
            case ALL -> Texts.t("all mail");
            case BULK -> Texts.t("all bulk");
            case STREAM -> Texts.t("stream {0}", accounts.of(e.stream()).name());
        };
    }

    private Answer add(Visit visit) {
        String address = visit.field("address");
        String note = visit.field("note");
        String what = visit.field("what");
        Optional<Stream> stream = accounts.named(visit.tenant(), what);
        if (address.length() > ADDRESS_MAX || note.length() > TEXT_MAX) {
            return shown(visit, Texts.t("Say it in at most {0} characters.", TEXT_MAX));
        }
        Scope scope = what.equals("bulk mail") ? Scope.BULK
                : stream.isPresent() ? Scope.STREAM : Scope.ALL;
        try {
            suppressions.add(List.of(new Suppressions.Word(visit.tenant(), address, scope,
                    stream.filter(_ -> scope == Scope.STREAM).map(Stream::id).orElse(0L),
                    Reason.MANUAL, Cause.ASKED, note, visit.person().email(), clock.instant(),
                    Optional.empty(), Optional.empty())));
        } catch (Malformed e) {
            return shown(visit, Texts.t("That is no address: {0}.", Texts.t(e.getMessage())));
        }
        return to(address);
    }

    private static Answer to(String address) {
        return Answer.seeOther(path(address));
    }

    private static String path(String address) {
        return "/suppressions?address=" + URLEncoder.encode(address, StandardCharsets.UTF_8);
    }

    private Answer remove(Visit visit) {
        String address = visit.field("address");
        String why = visit.field("why");
        String consent = visit.field("consent");
        if (why.isEmpty() || why.length() > TEXT_MAX || consent.length() > TEXT_MAX) {
            return shown(visit, Texts.t("Say why, in at most {0} characters: it is kept with"
                    + " the entry.", TEXT_MAX));
        }
        List<Entry> mine;
        try {
            mine = suppressions.find(visit.tenant(), address).stream()
                    .filter(e -> e.tenant() == visit.tenant() && e.removed().isEmpty()).toList();
        } catch (Malformed e) {
            return shown(visit, Texts.t("That is no address: {0}.", Texts.t(e.getMessage())));
        }
        if (consent.isEmpty() && mine.stream().anyMatch(e -> e.reason() == Reason.COMPLAINT)) {
            return shown(visit, Texts.t(
                    "The recipient complained, and only the recipient can take that"
                    + " back: say how and when they asked for mail again."));
        }
        suppressions.remove(mine, visit.person().email(),
                why + (consent.isEmpty() ? "" : "; consent: " + consent));
        return to(address);
    }

    private Answer erase(Visit visit) {
        String address = visit.field("address");
        if (!visit.field("again").strip().equalsIgnoreCase(address)) {
            return shown(visit, Texts.t("What is erased does not come back: write {0}"
                    + " once more to have it erased. Nothing was changed.", address));
        }
        try {
            suppressions.erase(visit.tenant(), address);
        } catch (Malformed e) {
            return shown(visit, Texts.t("That is no address: {0}.", Texts.t(e.getMessage())));
        }
        return Answer.seeOther("/suppressions");
    }
}
