package dev.mailmill.containment;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.ChangeWatch;
import dev.mailmill.account.Credential;
import dev.mailmill.containment.CredentialStore.Mark;
import dev.mailmill.containment.CredentialStore.State;
import dev.mailmill.feedback.Loops;
import dev.mailmill.http.Authenticator;
import dev.mailmill.http.Caller;
import dev.mailmill.lane.Lanes;
import dev.mailmill.mail.Allowance;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Desk;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Gate;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.News;
import dev.mailmill.mail.Routine;
import dev.mailmill.mail.Routine.Found;
import dev.mailmill.mail.Routine.Pace;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.Stream;
import dev.mailmill.sql.AcceptedMail;
import dev.mailmill.sql.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The room's parts, wired: what is counted, what follows, and a person's word. Thread-safe. */
public final class Containment implements AutoCloseable {
    /** Who lets a stream wait, in the list of pauses. */
    public static final String AUTHOR = "containment";
    /** How the reason begins for which a held credential's mail is held. */
    public static final String HELD = "the credential ";

    private static final int PAGE = 500;
    private static final Pace PACE = new Pace(10, 25, 500);
    /** Of one call; the rest is gone on with in the background. */
    private static final int ACTS_MAX = 20_000;
    private static final int ACTS_AT_ONCE = 64;
    /** So long what could not be reached at once is looked for again. */
    private static final Duration GO_ON = Duration.ofHours(1);
    private static final Duration GO_ON_EVERY = Duration.ofMinutes(1);

    /**
     * @param watches   whether rates and surges are followed: mail goes out from here
     * @param perHour   recipients of a new credential; 0 for any number
     * @param perDay    the same in 24 hours
     * @param simulated domains whose answers are played
     * @param provider  who receives for a domain, as far as it is known
     */
    public record Settings(boolean watches, long perHour, long perDay,
            Predicate<String> simulated, Function<String, Optional<String>> provider) {
    }

    /** Where mail is found and acted on. */
    public record Mail(Spool spool, Journal journal, AcceptedMail accepted) {
    }

    private final Accounts accounts;
    private final Mail mail;
    private final CredentialWatch credentials;
    private final StreamWatch streams;
    private final boolean watches;
    private final InstantSource clock;
    private Optional<Routine> routine = Optional.empty();
    /** The following thread's own. */
    private Instant goesOn = Instant.EPOCH;
    private Journal.Position at = Journal.Position.START;

    /** @param quotas asked after new credentials' own limits */
    public Containment(Settings settings, Accounts accounts, Allowance quotas, Mail mail,
            Database database, ChangeWatch watch, Lanes lanes, Loops loops,
            InstantSource clock) {
        this.accounts = accounts;
        this.mail = mail;
        this.watches = settings.watches();
        this.clock = clock;
        this.credentials = new CredentialWatch(accounts, quotas, mail.accepted(), database,
                watch, lanes, new CredentialWatch.Newcomers(settings.perHour(),
                        settings.perDay()), settings.watches(), clock);
        this.streams = new StreamWatch(database, accounts, lanes, loops, settings.provider(),
                settings.simulated(), clock);
    }

    /** From which shares of hard bounces a bulk stream is warned of, slowed and stopped. */
    public static List<Double> bounceLines() {
        return Arrays.stream(Policy.HARD).boxed().toList();
    }

    /** The same of complaints. */
    public static List<Double> complaintLines() {
        return Arrays.stream(Policy.COMPLAINED).boxed().toList();
    }

    /** Holds what held credentials have handed in. */
    public Gate gate() {
        return credentials;
    }

    /** Counts what each credential hands in, and keeps new ones to a number. */
    public Allowance allowance() {
        return credentials;
    }

    // ---- followed

    /**
     * Follows facts until this is closed.
     *
     * @param desk what acts on mail
     */
    public void follow(News news, Desk desk) {
        at = streams.begin(mail.journal().head());
        routine = Optional.of(Routine.follow("containment", "containment has to wait", news, PACE,
                () -> step(desk)).start());
    }

    private Found step(Desk desk) {
        Journal.Page page = mail.journal().read(0, at, PAGE);
        boolean some = !page.entries().isEmpty();
        if (some && watches && !streams.count(at, page)) {
            at = streams.begin(at); // another node was quicker
        } else if (some) {
            at = page.next();
        }
        tick(desk);
        return some ? Found.SOME : Found.NOTHING;
    }

    private void tick(Desk desk) {
        if (watches) {
            streams.settle();
            credentials.turn();
        }
        Instant now = clock.instant();
        if (now.isBefore(goesOn)) {
            return;
        }
        goesOn = now.plus(GO_ON_EVERY);
        Instant since = now.minus(GO_ON);
        for (Mark m : credentials.marks().values()) {
            if (m.at().isAfter(since)) {
                switch (m.state()) {
                    case HELD -> { }
                    case CONTAINED -> cancel(m.credential(), desk);
                    case RELEASED -> letGo(m.credential(), desk);
                }
            }
        }
    }

    // ---- a person's word on a credential

    /** What an act has done. @param deliveries that it reached; there may be more to come */
    public record Done(String credential, int deliveries) {
    }

    /**
     * Revokes it and cancels all that it has queued or held: one act against a thief.
     *
     * @return empty when the tenant has no such credential
     */
    public Optional<Done> contain(long tenant, Credential.Kind kind, String id, String by,
            Desk desk) {
        if (!accounts.revoke(tenant, kind, id)) {
            return Optional.empty();
        }
        String why = Optional.ofNullable(credentials.marks().get(id)).map(m -> "; before: "
                + m.words()).orElse("");
        credentials.put(new Mark(id, tenant, State.CONTAINED, clock.instant(),
                "revoked by " + by + ", and its queue is cancelled" + why));
        return Optional.of(new Done(id, cancel(id, desk)));
    }

    /**
     * Lets what is held go on; for a day its pace is not judged, and is its past from then on.
     *
     * @return empty when the tenant has none of this name that is held
     */
    public Optional<Done> release(long tenant, String id, String by, Desk desk) {
        Mark mark = credentials.marks().get(id);
        if (mark == null || mark.tenant() != tenant || mark.state() != State.HELD) {
            return Optional.empty();
        }
        credentials.put(new Mark(id, tenant, State.RELEASED, clock.instant(),
                "let go by " + by + "; before: " + mark.words()));
        return Optional.of(new Done(id, letGo(id, desk)));
    }

    /**
     * Keys as the API's door knows them: one that is held is a thief's, for all we know, and makes
     * itself no other, nor lets go what is held.
     */
    public Authenticator guarded(Authenticator keys) {
        return key -> keys.caller(key).map(c -> !holds(c.credential()) ? c
                : new Caller(c.tenant(), c.credential(), c.scopes().stream()
                        .filter(s -> !s.equals("admin")).collect(Collectors.toSet()), c.stream(),
                        c.test()));
    }

    /** Whether what it hands in waits. */
    boolean holds(String credential) {
        Mark mark = credentials.marks().get(credential);
        return mark != null && mark.holds();
    }

    private int cancel(String credential, Desk desk) {
        return all(credential, credentials.store().mail()::open, some ->
                (int) reached(desk.cancel(some, Optional.empty())));
    }

    /** Only what is held for this reason: what a person held is not ours to let go. */
    private int letGo(String credential, Desk desk) {
        return all(credential, credentials.store().mail()::held, some -> {
            Delivery first = some.getFirst();
            Map<Long, String> why = new HashMap<>();
            mail.journal().of(first.tenant(), first.message()).forEach(e -> {
                if (e.fact() instanceof Fact.Held(String reason)) {
                    why.put(e.delivery(), reason);
                }
            });
            List<Delivery> ours = some.stream().filter(d -> why.getOrDefault(d.id(), "")
                    .startsWith(CredentialWatch.HELD)).toList();
            return ours.isEmpty() ? 0 : mail.spool().find(first.tenant(), first.message())
                    .map(s -> (int) reached(desk.letGo(s.message(), ours, Optional.empty())))
                    .orElse(0);
        });
    }

    private static long reached(Spool.Acted acted) {
        return acted instanceof Spool.Acted.Done done
                ? done.standings().stream().filter(Spool.Standing::changed).count() : 0;
    }

    /** What of a credential is of a kind, after an id. */
    @FunctionalInterface
    private interface Source {
        List<Delivery> some(String credential, long after, int most);
    }

    /** Message by message, many at once, so that they share their commits. */
    private static int all(String credential, Source source,
            Function<List<Delivery>, Integer> act) {
        int done = 0;
        long after = 0;
        for (int seen = 0; seen < ACTS_MAX;) {
            List<Delivery> page = source.some(credential, after, PAGE);
            if (page.isEmpty()) {
                break;
            }
            after = page.getLast().id();
            seen += page.size();
            done += together(page, act);
        }
        return done;
    }

    private static int together(List<Delivery> page, Function<List<Delivery>, Integer> act) {
        Map<Long, List<Delivery>> messages = new LinkedHashMap<>();
        page.forEach(d -> messages.computeIfAbsent(d.message(), _ -> new ArrayList<>()).add(d));
        int done = 0;
        try (ExecutorService several = Executors.newFixedThreadPool(ACTS_AT_ONCE,
                Thread.ofVirtual().factory())) {
            for (Future<Integer> one : messages.values().stream()
                    .map(m -> several.submit(() -> act.apply(m))).toList()) {
                done += one.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException known ? known
                    : new IllegalStateException(e.getCause());
        }
        return done;
    }

    // ---- a person's word on a stream, and what is known

    /** Lets it go on, and counts anew; false when nothing kept it. */
    public boolean resume(Stream stream, String by) {
        return streams.resume(stream, by);
    }

    /**
     * A credential of which something has become.
     *
     * @param state {@code held}, {@code contained} or {@code released}
     */
    public record Kept(String credential, String state, Instant since, String evidence) {
        /** Whether its mail waits for a person's word. */
        public boolean held() {
            return state.equals(State.HELD.word());
        }

        /** Whether a person has ended it, and its queue. */
        public boolean contained() {
            return state.equals(State.CONTAINED.word());
        }
    }

    /** The latest first. */
    public List<Kept> kept(long tenant) {
        return credentials(tenant).stream().map(m -> new Kept(m.credential(), m.state().word(),
                m.at(), m.words())).toList();
    }

    /**
     * A bulk stream that does harm.
     *
     * @param state {@code warned}, {@code slowed} or {@code stopped}
     */
    public record Harm(Stream stream, String state, Instant since, String evidence) {
    }

    /** The latest first. */
    public List<Harm> harms(long tenant) {
        return streams.marks().stream().filter(m -> m.tenant() == tenant)
                .map(m -> new Harm(accounts.of(m.stream()), m.level().did(), m.at(), m.words()))
                .sorted((a, b) -> b.since().compareTo(a.since())).toList();
    }

    StreamWatch streams() {
        return streams;
    }

    List<Mark> credentials(long tenant) {
        return credentials.marks().values().stream().filter(m -> m.tenant() == tenant)
                .sorted((a, b) -> b.at().compareTo(a.at())).toList();
    }

    @Override
    public void close() {
        routine.ifPresent(Routine::close);
    }
}
