package dev.mailmill.feedback;

import dev.mailmill.account.Tenant;
import dev.mailmill.domain.Domains;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.sql.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;

/**
 * Where receivers tell of complaints: to whom it was said that we want to hear, and from whom we
 * have heard. Registering is a person's work at the receiver's site; here it is only noted.
 */
public final class Loops {
    /** Older than this, a report does not show that reports still come. */
    static final Duration RECENT = Duration.ofDays(30);
    /** Microsoft takes access back where nobody looks for months. */
    static final Duration LOOK_AGAIN = Duration.ofDays(180);
    private static final int DOMAINS_MAX = 200;

    /** A receiver's programme. */
    public enum Programme {
        /** Complaint feedback by DKIM domain. */
        YAHOO("Yahoo complaint feedback loop", "DKIM domain",
                "https://senders.yahooinc.com/complaint-feedback-loop/",
                "Sign in at Yahoo Sender Hub, add the domain, prove it by the code that Yahoo"
                + " mails to postmaster@ or by DNS, and choose where reports go. It covers all"
                + " mail that is signed with the domain, also at AOL.", true),
        /** SNDS and JMRP are one account and go by address. */
        MICROSOFT("Microsoft SNDS and JMRP", "address",
                "https://sendersupport.olc.protection.outlook.com/snds/",
                "Sign in with a Microsoft account, ask for access to the address, and add a feed"
                + " under Junk Email Reporting. Reports hold headers only and not who complained."
                + " Access ends by itself when nobody looks: look again twice a year.", true),
        /** Tells a rate at its site, and sends no complaints. */
        GMAIL("Gmail Postmaster Tools", "domain", "https://postmaster.google.com/",
                "Sign in with a Google account, add the domain and publish the TXT row that it"
                + " asks for. It shows the spam rate there and mails no complaints; heard of here"
                + " are Google's DMARC reports, which show that it sees the domain.", false);

        private final String title;
        private final String per;
        private final String url;
        private final String words;
        private final boolean proves;

        Programme(String title, String per, String url, String words, boolean proves) {
            this.title = title;
            this.per = per;
            this.url = url;
            this.words = words;
            this.proves = proves;
        }

        /** As stored and as in the API. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        public String title() {
            return title;
        }

        /** What is registered there. */
        public String per() {
            return per;
        }

        public String url() {
            return url;
        }

        /** How to register. */
        public String words() {
            return words;
        }

        public static Optional<Programme> of(String word) {
            for (Programme p : values()) {
                if (p.word().equals(word)) {
                    return Optional.of(p);
                }
            }
            return Optional.empty();
        }
    }

    /** How one stands. */
    public enum State {
        UNREGISTERED, WAITING, RECEIVING;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One subject in one programme.
     *
     * @param registered when somebody said that it is
     * @param heard      the last report that came
     * @param lookAgain  registered so long ago that access may have ended
     */
    public record Entry(Programme programme, String subject, State state,
            Optional<Instant> registered, Optional<Instant> heard, boolean lookAgain) {
    }

    private record Key(String loop, String subject) {
    }

    private record Marks(long registered, long heard) {
        private static final Marks NONE = new Marks(0, 0);
    }

    private final Database database;
    private final Domains domains;
    private final Supplier<List<String>> addresses;
    private final InstantSource clock;

    /** @param addresses ours, from which mail goes out, as the world sees them */
    public Loops(Database database, Domains domains, Supplier<List<String>> addresses,
            InstantSource clock) {
        this.database = database;
        this.domains = domains;
        // no receiver knows a unique local address (RFC 4193)
        this.addresses = () -> addresses.get().stream().map(Networks::canonical)
                .filter(a -> !a.isEmpty() && !a.matches("f[cd][0-9a-f]{2}:.*")).distinct()
                .sorted().toList();
        this.clock = clock;
    }

    /** Of the tenant's own domains; addresses are the operator's, who is the first tenant. */
    public List<Entry> of(long tenant) {
        Map<Key, Marks> marks = marks(tenant);
        List<Entry> entries = new ArrayList<>();
        for (Programme programme : Programme.values()) {
            for (String subject : subjects(tenant, programme)) {
                entries.add(entry(programme, subject,
                        marks.getOrDefault(new Key(programme.word(), subject), Marks.NONE)));
            }
        }
        return entries;
    }

    private List<String> subjects(long tenant, Programme programme) {
        return switch (programme) {
            case YAHOO, GMAIL -> domains.list(tenant, "", DOMAINS_MAX).stream()
                    .filter(SendingDomain::owned).map(SendingDomain::name).toList();
            case MICROSOFT -> tenant == Tenant.FIRST ? addresses.get() : List.of();
        };
    }

    private Entry entry(Programme programme, String subject, Marks marks) {
        Instant now = clock.instant();
        boolean registered = marks.registered() > 0;
        boolean recent = marks.heard() > now.minus(RECENT).toEpochMilli();
        State state = recent && (registered || programme.proves) ? State.RECEIVING
                : registered ? State.WAITING : State.UNREGISTERED;
        boolean lookAgain = programme == Programme.MICROSOFT && registered && !recent
                && marks.registered() < now.minus(LOOK_AGAIN).toEpochMilli();
        return new Entry(programme, subject, state, time(marks.registered()),
                time(marks.heard()), lookAgain);
    }

    private static Optional<Instant> time(long millis) {
        return millis == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }

    private Map<Key, Marks> marks(long tenant) {
        return database.read(handle -> {
            Map<Key, Marks> marks = new HashMap<>();
            handle.createQuery("""
                    SELECT loop, subject, registered, heard FROM feedback_loop
                    WHERE tenant = ?""").bind(0, tenant)
                    .map((row, _) -> Map.entry(new Key(row.getString(1), row.getString(2)),
                            new Marks(row.getLong(3), row.getLong(4))))
                    .forEach(e -> marks.put(e.getKey(), e.getValue()));
            return marks;
        });
    }

    /**
     * Notes that it is registered, or is no more. To say it again says that somebody has looked.
     *
     * @return empty when the tenant has no such subject
     */
    public Optional<Entry> mark(long tenant, Programme programme, String subject,
            boolean registered) {
        if (!subjects(tenant, programme).contains(subject)) {
            return Optional.empty();
        }
        long at = registered ? clock.millis() : 0;
        database.write(handle -> handle.execute("""
                INSERT INTO feedback_loop (tenant, loop, subject, registered, heard)
                VALUES (?, ?, ?, ?, 0)
                ON CONFLICT (tenant, loop, subject) DO UPDATE SET registered = ?""",
                tenant, programme.word(), subject, at, at));
        return Optional.of(entry(programme, subject,
                marks(tenant).getOrDefault(new Key(programme.word(), subject), Marks.NONE)));
    }

    /** Notes that a receiver has told of a complaint. */
    void heard(Complaint complaint) {
        String agent = complaint.agent().toLowerCase(Locale.ROOT);
        if (agent.startsWith("yahoo!-mail-feedback") || within(complaint, "yahoo.com")
                || within(complaint, "yahooinc.com") || within(complaint, "aol.net")) {
            List<String> names = new ArrayList<>(complaint.original().signers());
            names.addAll(complaint.domains());
            names.stream().map(domains::over).flatMap(Optional::stream).findFirst().ifPresent(d ->
                    database.write(h -> note(h, d.tenant(), Programme.YAHOO, d.name())));
        } else if (within(complaint, "hotmail.com") || within(complaint, "outlook.com")
                || within(complaint, "microsoft.com")) {
            addresses.get().stream().filter(complaint.source()::equals).findFirst().ifPresent(a ->
                    database.write(h -> note(h, Tenant.FIRST, Programme.MICROSOFT, a)));
        }
    }

    private static boolean within(Complaint complaint, String domain) {
        return complaint.reporter().equals(domain)
                || complaint.reporter().endsWith("." + domain);
    }

    /** In the unit that keeps the report. */
    int heard(Handle handle, DmarcReport report, SendingDomain domain) {
        return report.reporter().equals("google.com")
                ? note(handle, domain.tenant(), Programme.GMAIL, domain.name()) : 0;
    }

    private int note(Handle handle, long tenant, Programme programme, String subject) {
        long now = clock.millis();
        return handle.execute("""
                INSERT INTO feedback_loop (tenant, loop, subject, registered, heard)
                VALUES (?, ?, ?, 0, ?)
                ON CONFLICT (tenant, loop, subject) DO UPDATE SET heard = ?""",
                tenant, programme.word(), subject, now, now);
    }
}
