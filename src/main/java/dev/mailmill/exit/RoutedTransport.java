package dev.mailmill.exit;

import dev.mailmill.dns.Dns;
import dev.mailmill.exit.ApiSender.Tried;
import dev.mailmill.mail.Composer;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Outcome.Fault;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Streams;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.Transport;
import dev.mailmill.relay.Courier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Gives each delivery to the exit that its route says. When an exit itself fails, and nothing was
 * taken, the next of the route may have it; after a recipient's verdict or a doubt nobody else
 * does. Without a route everything goes as it always did.
 */
public final class RoutedTransport implements Transport, AutoCloseable {
    private static final String SITE = "exit:";
    private static final int ATTEMPTS_MAX = 20;
    /** A failed exit is passed over for so long where another can take its mail. */
    private static final Duration REST = Duration.ofSeconds(60);
    private static final Duration REST_MAX = Duration.ofHours(1);
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration TOTAL = Duration.ofSeconds(60);

    private final Ways ways;
    private final Exits exits;
    private final Parties parties;
    private final Predicate<Delivery> doubtful;
    private final HttpLine line;
    private final ApiSender sender;
    private final Map<Exits.Opened, Resting> resting = new ConcurrentHashMap<>();

    /**
     * What is there without an exit.
     *
     * @param own     as configured: what routes call {@code own}
     * @param mx      to the recipients' own servers
     * @param courier carries what goes over SMTP
     */
    public record Ways(Transport own, Transport mx, Courier courier, Dns dns) {
    }

    /**
     * Whose mail it is, and where it goes.
     *
     * @param tenant   the name of a tenant
     * @param known  the provider of a recipient domain, where that is known without asking; it is
     *               an empty text where it is none's
     * @param found  the same, found out
     */
    public record Parties(Streams streams, LongFunction<String> tenant,
            Function<String, Optional<String>> known, UnaryOperator<String> found) {
    }

    /** @param failed else it only asked for a slower pace, which is no reason to go elsewhere */
    private record Resting(long until, Reply why, boolean failed) {
        boolean over() {
            return System.nanoTime() - until >= 0;
        }
    }

    /** @param doubtful whether an attempt of it may have been taken */
    public RoutedTransport(Ways ways, Exits exits, Parties parties,
            Predicate<Delivery> doubtful) {
        this(ways, exits, parties, doubtful, CONNECT, TOTAL);
    }

    RoutedTransport(Ways ways, Exits exits, Parties parties, Predicate<Delivery> doubtful,
            Duration connect, Duration total) {
        this.ways = ways;
        this.exits = exits;
        this.parties = parties;
        this.doubtful = doubtful;
        this.line = new HttpLine(connect, total);
        this.sender = new ApiSender(line, exits.store(), exits.clock());
    }

    /**
     * Where a sender's domain decides, the delivery alone does not tell: then it waits with its
     * site's others, and a fault of the exit is not taken for one of that site.
     */
    @Override
    public Optional<Site> site(Delivery delivery) {
        Exits.Known known = exits.known();
        Optional<String> provider = known.asksProvider()
                ? parties.known().apply(delivery.domain()) : Optional.of("");
        return provider.flatMap(p -> {
            String name = guess(known, delivery, p);
            return direct(known, name).map(t -> t.site(delivery))
                    .orElseGet(() -> Optional.of(at(name)));
        });
    }

    @Override
    public Site find(Delivery delivery) {
        Exits.Known known = exits.known();
        return place(known, guess(known, delivery, provider(known, delivery)), delivery);
    }

    private Site place(Exits.Known known, String name, Delivery delivery) {
        return direct(known, name).map(t -> t.find(delivery)).orElseGet(() -> at(name));
    }

    /** The transport that knows the places itself; empty for somebody's relay or API. */
    private Optional<Transport> direct(Exits.Known known, String name) {
        if (name.equals(Exit.OWN)) {
            return Optional.of(ways.own());
        }
        return Optional.ofNullable(known.byName().get(name))
                .filter(o -> o.exit().kind() == Exit.Kind.MX).map(_ -> ways.mx());
    }

    private static Site at(String name) {
        return Site.own(SITE + name, ATTEMPTS_MAX);
    }

    private String provider(Exits.Known known, Delivery delivery) {
        return known.asksProvider() ? parties.found().apply(delivery.domain()) : "";
    }

    private String guess(Exits.Known known, Delivery delivery, String provider) {
        if (known.routes().isEmpty()) {
            return Exit.OWN;
        }
        Optional<Route> route = route(known, mail(delivery, Optional.empty(), provider));
        return route.filter(r -> r.match().sender().isEmpty())
                .map(r -> r.shares().of(delivery.address())).orElse(Exit.OWN);
    }

    private static Optional<Route> route(Exits.Known known, Route.Mail mail) {
        return known.routes().stream().filter(r -> r.match().holds(mail)).findFirst();
    }

    private Route.Mail mail(Delivery d, Optional<String> sender, String provider) {
        return new Route.Mail(parties.tenant().apply(d.tenant()),
                parties.streams().of(d.stream()).name(), d.domain(), sender, provider);
    }

    @Override
    public Outcome attempt(Attempt attempt) {
        Exits.Known known = exits.known();
        Delivery d = attempt.delivery();
        boolean fresh = d.attempts() == 0 && d.state() == State.QUEUED;
        if (known.byName().isEmpty() && known.routes().isEmpty()) {
            return ways.own().attempt(attempt);
        }
        String domain = authorDomain(attempt.message());
        String provider = provider(known, d);
        Optional<Route> route = route(known, mail(d, Optional.of(domain), provider));
        if (route.isEmpty() && fresh) {
            return ways.own().attempt(attempt);
        }
        List<String> candidates;
        if (d.attempts() > 0 && doubtful.test(d)) {
            // whoever may have it already is the only one that may get it again
            candidates = List.of(exits.store().pinned(d.id()).orElse(Exit.OWN));
        } else {
            candidates = candidates(route, d);
        }
        List<String> verified = candidates.stream().filter(name -> name.equals(Exit.OWN)
                || exits.named(name).filter(o -> o.exit().verified(domain)).isPresent()).toList();
        if (verified.isEmpty()) {
            return new Outcome.Deferred(Reply.local("4.7.1", "The domain " + domain
                    + " is verified at none of its exits (" + String.join(", ", candidates)
                    + "); verify it there, then: mailmill exit set NAME --domain " + domain),
                    Fault.RECIPIENT);
        }
        return first(verified, guess(known, d, provider), attempt);
    }

    private static List<String> candidates(Optional<Route> route, Delivery d) {
        if (route.isEmpty()) {
            return List.of(Exit.OWN);
        }
        LinkedHashSet<String> names = new LinkedHashSet<>();
        names.add(route.get().shares().of(d.address()));
        names.addAll(route.get().failover());
        return new ArrayList<>(names);
    }

    private static String authorDomain(Message message) {
        String author = message.letter().authors().getFirst();
        return author.substring(author.lastIndexOf('@') + 1).toLowerCase(Locale.ROOT);
    }

    /**
     * The first that does not fail; where all do, what the first of them said.
     *
     * @param waits the exit in whose lane the delivery waits: a fault of another one must not shut
     *              it, and spends an attempt instead
     */
    private Outcome first(List<String> names, String waits, Attempt attempt) {
        Outcome worst = null;
        for (String name : names) {
            Optional<Exits.Opened> opened = exits.named(name);
            Optional<Resting> rests = opened.flatMap(this::rests);
            Tried tried = rests.map(r -> new Tried(new Outcome.Deferred(r.why(), Fault.LANE),
                    r.failed(), Duration.ZERO)).orElseGet(() -> by(name, opened, attempt));
            Outcome outcome = tried.outcome() instanceof Outcome.Deferred(Reply reply, Fault _)
                    && !name.equals(waits) ? new Outcome.Deferred(reply, Fault.RECIPIENT)
                    : tried.outcome();
            if (rests.isEmpty()) {
                opened.ifPresent(o -> rest(o, tried));
            }
            if (!tried.failed()) {
                return outcome;
            }
            worst = worst == null ? outcome : worst;
        }
        return worst;
    }

    private Optional<Resting> rests(Exits.Opened opened) {
        resting.values().removeIf(Resting::over);
        return Optional.ofNullable(resting.get(opened));
    }

    private void rest(Exits.Opened opened, Tried tried) {
        Duration rest = tried.failed() && tried.rest().isZero() ? REST : tried.rest();
        if (!rest.isZero() && tried.outcome() instanceof Outcome.Deferred(Reply why, Fault _)) {
            Duration atMost = rest.compareTo(REST_MAX) > 0 ? REST_MAX : rest;
            resting.put(opened, new Resting(System.nanoTime() + atMost.toNanos(), why,
                    tried.failed()));
            tell(opened.exit(), tried, atMost);
        } else {
            tell(opened.exit(), tried, Duration.ZERO);
        }
    }

    private Tried by(String name, Optional<Exits.Opened> opened, Attempt attempt) {
        Pinning pinning = new Pinning(name, attempt);
        if (opened.isEmpty()) {
            // its faults are the recipients' servers' own, and no reason to go around them
            return Tried.ended(ways.own().attempt(pinning));
        }
        Exits.Opened one = opened.get();
        return switch (one.exit().kind()) {
            case MX -> Tried.ended(ways.mx().attempt(pinning));
            case SMTP -> overSmtp(one, pinning);
            case SENDGRID, POSTMARK, MAILGUN, SES, RESEND ->
                    sender.attempt(one, pinning).map(t -> noted(one, pinning, t))
                            .orElseGet(() -> raw(one, pinning));
        };
    }

    private Tried noted(Exits.Opened one, Attempt attempt, Tried tried) {
        sender.note(one.exit(), tried.remote(), attempt.delivery());
        return tried;
    }

    /** Through this exit and no other, whatever routes say; it works or fails for all then. */
    Tried probe(Exits.Opened one, Attempt attempt) {
        Tried tried = switch (one.exit().kind()) {
            case MX -> Tried.ended(ways.mx().attempt(attempt));
            case SMTP -> Tried.ended(smtp(one, attempt));
            case SENDGRID, POSTMARK, MAILGUN, SES, RESEND -> sender.attempt(one, attempt)
                    .orElseThrow(() -> new IllegalStateException("the probe has parts"));
        };
        tell(one.exit(), tried, Duration.ZERO);
        if (taken(tried.outcome())) {
            resting.remove(one);
        }
        return tried;
    }

    private static boolean taken(Outcome outcome) {
        return outcome instanceof Outcome.Relayed || outcome instanceof Outcome.Delivered;
    }

    /** A recipient's verdict shows that the exit works; what it has for us alone does not. */
    private void tell(Exit exit, Tried tried, Duration rest) {
        switch (tried.outcome()) {
            case Outcome.Delivered _, Outcome.Relayed _, Outcome.Bounced _ ->
                    exits.standings().worked(exit);
            case Outcome.Deferred(Reply why, Fault fault) -> {
                if (tried.failed() || fault == Fault.LANE) {
                    exits.standings().failed(exit, why, rest);
                }
            }
            case Outcome.Ambiguous(Reply why) -> exits.standings().failed(exit, why, rest);
            case Outcome.Failed _, Outcome.Captured _, Outcome.Held _ -> { }
        }
    }

    Site place(Exits.Opened one, Delivery delivery) {
        return one.exit().kind() == Exit.Kind.MX ? ways.mx().find(delivery)
                : at(one.exit().name());
    }

    private Tried raw(Exits.Opened one, Pinning pinning) {
        String kind = one.exit().kind().word();
        return one.keys().smtp().isEmpty() ? Tried.ended(new Outcome.Failed(Reply.local("5.6.1",
                "The exit " + one.exit().name() + " takes no finished message: " + kind
                + "'s API wants parts. Give the exit " + kind + "'s SMTP relay as well"
                + " (mailmill exit set " + one.exit().name() + " --smtp smtp://…), or route"
                + " this mail another way."))) : overSmtp(one, pinning);
    }

    private Outcome smtp(Exits.Opened one, Attempt attempt) {
        return new SmartHostTransport(SmartHost.parse(one.keys().smtp()), ways.courier(),
                ways.dns()).attempt(attempt);
    }

    private Tried overSmtp(Exits.Opened one, Pinning pinning) {
        Outcome outcome = smtp(one, pinning);
        boolean failed = !pinning.granted && outcome instanceof Outcome.Deferred(Reply _,
                Fault fault) && fault == Fault.LANE;
        return new Tried(outcome, failed, Duration.ZERO);
    }

    /** Notes, before the end of a message can leave, where it may be taken. */
    private final class Pinning implements Attempt {
        private final String exit;
        private final Attempt attempt;
        private volatile boolean granted;

        Pinning(String exit, Attempt attempt) {
            this.exit = exit;
            this.attempt = attempt;
        }

        @Override
        public Delivery delivery() {
            return attempt.delivery();
        }

        @Override
        public Message message() {
            return attempt.message();
        }

        /** Connections are kept by place: those of another one must not be taken for its. */
        @Override
        public Traffic.Road road() {
            Traffic.Road given = attempt.road();
            Site place = place(exits.known(), exit, delivery());
            return given.site().equals(place) ? given : new Detour(given, place);
        }

        @Override
        public Composer.Outgoing compose(Composer.PeerCapabilities peer)
                throws Composer.Uncomposable {
            return attempt.compose(peer);
        }

        @Override
        public void askIntent() {
            attempt.askIntent();
        }

        @Override
        public boolean awaitIntent(Duration atMost) {
            exits.store().pin(delivery().id(), exit);
            granted = attempt.awaitIntent(atMost);
            return granted;
        }

        @Override
        public void conversation(String transcript) {
            attempt.conversation(transcript);
        }
    }

    @Override
    public void close() {
        line.close();
    }
}
