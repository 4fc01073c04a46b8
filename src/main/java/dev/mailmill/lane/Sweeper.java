package dev.mailmill.lane;

import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Desk;
import dev.mailmill.mail.Dispatcher;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.Sweeps;
import dev.mailmill.mail.Transport;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A person's word on all mail of a kind, for the API and the pages alike: who is concerned, in
 * memory and in the store, and how many that would be.
 */
public final class Sweeper {
    /** Of one call: as many as fit into an answer's time. */
    public static final int SWEEP_MAX = 20_000;
    /** How the reply of what a person bounced begins: no server said it. */
    public static final String ENDED = "Ended by the operator: ";
    /** What was sent again within this is not sent again by another requeue. */
    private static final Duration FRESH = Duration.ofHours(1);
    /** Whose receivers are found out for a sweep by site or provider. */
    private static final int FLOWS_ASKED = 5_000;
    private static final int PAGE = 500;
    private static final int PAGES_MAX = 200;
    private static final int REQUEUE_MAX = 2_000;
    /** What is put out of memory for a sweep is not taken back before it is done. */
    private static final Duration ASIDE = Duration.ofMinutes(1);
    private static final Duration REQUEUE_WITHIN = Duration.ofHours(72);

    private final Lanes lanes;
    private final Dispatcher dispatcher;
    private final Spool spool;
    private final Sweeps sweeps;
    private final Journal journal;
    private final Desk desk;
    private final InstantSource clock;

    public Sweeper(Lanes lanes, Dispatcher dispatcher, Spool spool, Sweeps sweeps,
            Journal journal, Desk desk, InstantSource clock) {
        this.lanes = lanes;
        this.dispatcher = dispatcher;
        this.spool = spool;
        this.sweeps = sweeps;
        this.journal = journal;
        this.desk = desk;
        this.clock = clock;
    }

    /**
     * Whose mail. All that is said has to fit; 0 or an empty text says nothing.
     *
     * @param domain   of recipients, in lower case
     * @param site     as lanes show it
     * @param provider as the rules name it
     */
    public record Kind(long tenant, long stream, String domain, String site, String provider,
            Optional<State> state) {
        private boolean site(Transport.Site s) {
            return (site.isEmpty() || site.equals(s.name()))
                    && (provider.isEmpty() || provider.equals(s.provider()));
        }

        private boolean anywhere() {
            return site.isEmpty() && provider.isEmpty();
        }
    }

    /** Flows that wait in the store for their time: the first of them, each counted to a bound. */
    public List<Sweeps.Waiting> waiting(int most) {
        return sweeps.waiting(most);
    }

    /** How many an act would concern now, counted as far as {@code most}. */
    public int count(Sweeps.Act act, Kind kind, int most) {
        return sweeps.count(act, which(kind), most);
    }

    /**
     * @return how many there were; {@link #SWEEP_MAX}: there may be more
     */
    public int sweep(Sweeps.Act act, Kind kind) {
        Sweeps.Which which = which(kind);
        switch (act) {
            case Sweeps.Act.Flush _ -> { }
            case Sweeps.Act.Cancel _, Sweeps.Act.Bounce _ ->
                    dispatcher.putBack(d -> holds(kind, d), clock.instant().plus(ASIDE));
        }
        return sweeps.sweep(act, which, SWEEP_MAX);
    }

    /**
     * Lanes that rest are tried again at once: everybody's, so only the operator's word. Who names
     * a domain means its servers' lanes, and those of routes and exits, which it may take.
     */
    public void reopen(Kind kind) {
        String site = kind.domain().isEmpty() ? ""
                : lanes.sites().known(kind.domain())
                        .orElseGet(() -> lanes.sites().find(kind.domain())).name();
        lanes.shaper().reopen(s -> kind.site(s)
                && (site.isEmpty() || s.provider().isEmpty() || site.equals(s.name())));
        dispatcher.lookAgain();
    }

    /** Without the network: this is asked with a lane locked, or in the middle of a read. */
    private boolean domain(Kind kind, String domain) {
        return (kind.domain().isEmpty() || kind.domain().equals(domain))
                && (kind.anywhere() || lanes.sites().last(domain).filter(kind::site).isPresent());
    }

    private boolean holds(Kind kind, Delivery d) {
        return (kind.tenant() == 0 || kind.tenant() == d.tenant())
                && (kind.stream() == 0 || kind.stream() == d.stream())
                && kind.state().filter(s -> s != d.state()).isEmpty()
                && domain(kind, d.domain());
    }

    private Sweeps.Which which(Kind kind) {
        if (!kind.anywhere()) {
            sweeps.waiting(FLOWS_ASKED).stream().map(Sweeps.Waiting::domain).distinct()
                    .filter(d -> kind.domain().isEmpty() || kind.domain().equals(d))
                    .filter(d -> lanes.sites().known(d).isEmpty())
                    .forEach(lanes.sites()::find);
        }
        return new Sweeps.Which(kind.tenant(), kind.stream(), kind.state(),
                d -> domain(kind, d));
    }

    /**
     * How far a requeue has come.
     *
     * @param done sent again, now
     * @param gone could not be: their content is not kept any more, or they were not taken
     * @param next where to go on; empty when there is no more
     */
    public record Requeued(int done, int gone, Optional<Journal.Position> next) {
    }

    /**
     * Policy refusals only, once each, within 72 hours: the missing record is there now. Each is
     * sent again as a message of its own, since a final state is final.
     *
     * @param from       the end of the call before; empty for the beginning
     * @param credential who asks
     */
    public Requeued requeue(Kind kind, Optional<Journal.Position> from, String credential) {
        int[] sum = new int[2];
        Optional<Journal.Position> next = walk(kind, from.orElseGet(this::begin), e -> {
            switch (again(e, credential)) {
                case SENT -> sum[0]++;
                case BEFORE -> { }
                case NOT -> sum[1]++;
            }
            return sum[0] < REQUEUE_MAX;
        });
        return new Requeued(sum[0], sum[1], next);
    }

    /** How many refusals are looked at, those that were sent again before among them. */
    public int refused(Kind kind, int most) {
        int[] count = new int[1];
        walk(kind, begin(), _ -> ++count[0] < most);
        return count[0];
    }

    private Journal.Position begin() {
        return new Journal.Position((int) Math.floorDiv(
                clock.instant().minus(REQUEUE_WITHIN).getEpochSecond(), 86_400L), 0, 0);
    }

    /** @param goOn false to stop behind the page of the entry */
    private Optional<Journal.Position> walk(Kind kind, Journal.Position from,
            Predicate<Journal.Entry> goOn) {
        Journal.Position at = from;
        boolean on = true;
        for (int looked = 0; on && looked < PAGES_MAX; looked++) {
            Journal.Page page = journal.read(kind.tenant(), at, PAGE);
            if (page.entries().isEmpty()) {
                return Optional.empty();
            }
            at = page.next();
            for (Journal.Entry e : page.entries()) {
                on &= !policy(kind, e) || goOn.test(e);
            }
        }
        return Optional.of(at);
    }

    private boolean policy(Kind kind, Journal.Entry e) {
        return e.fact() instanceof Fact.Bounced(Reply r, _, boolean late) && !late
                && r.enhanced().startsWith("5.7.")
                && e.at().isAfter(clock.instant().minus(REQUEUE_WITHIN))
                && (kind.tenant() == 0 || kind.tenant() == e.tenant())
                && (kind.stream() == 0 || kind.stream() == e.stream())
                && found(kind, e.address().substring(e.address().lastIndexOf('@') + 1)
                        .toLowerCase(Locale.ROOT));
    }

    /** What has ended long ago may be of a site that is not remembered. */
    private boolean found(Kind kind, String domain) {
        return (kind.domain().isEmpty() || kind.domain().equals(domain))
                && (kind.anywhere() || kind.site(lanes.sites().known(domain)
                        .orElseGet(() -> lanes.sites().find(domain))));
    }

    private enum Again {
        SENT, BEFORE, NOT
    }

    private Again again(Journal.Entry e, String credential) {
        Optional<Spool.Sight> sight = spool.find(e.tenant(), e.message());
        List<Delivery> whom = sight.map(s -> s.deliveries().stream()
                .filter(d -> d.id() == e.delivery() && d.state() == State.BOUNCED).toList())
                .orElse(List.of());
        if (whom.isEmpty()) {
            return Again.NOT;
        }
        // what this requeue has just sent would be met again behind it, refused, without end
        boolean fresh = sight.get().message().options().resentFrom() != 0
                && sight.get().message().accepted().isAfter(clock.instant().minus(FRESH));
        if (fresh) {
            return Again.BEFORE;
        }
        // the key makes it once, whoever asks and however often
        String key = "requeue " + Ids.text("dlv_", e.delivery());
        Desk.Again asked = desk.again(sight.get().message(), whom, new Submission.Who(e.tenant(),
                credential, Door.API, ""), false, Optional.of(new Submission.Idempotency(key,
                key.getBytes(StandardCharsets.UTF_8))));
        return switch (asked) {
            case Desk.Again.Asked(Admission.Accepted accepted) ->
                    accepted.replayed() ? Again.BEFORE : Again.SENT;
            case Desk.Again.Asked(Admission.Refused _), Desk.Again.NotNow _,
                    Desk.Again.Gone _ -> Again.NOT;
        };
    }
}
