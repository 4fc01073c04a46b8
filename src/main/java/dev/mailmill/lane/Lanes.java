package dev.mailmill.lane;

import dev.mailmill.account.ChangeWatch;
import dev.mailmill.dns.Dns;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.RetryPolicy;
import dev.mailmill.mail.Streams;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.Transport;
import dev.mailmill.sql.Database;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The room's parts, wired: which sites there are, what each bears, and the rules behind it. */
public final class Lanes implements AutoCloseable {
    private final Notices notices;
    private final RuleBook book;
    private final Sites sites;
    private final Sources sources;
    private final Optional<Warmth> warmth;
    private final Pauses pauses;
    private final Shaper shaper;

    /**
     * @param streams whose pool a delivery's sources are of
     * @param warmUp  whether new sources and domains begin with few a day
     */
    public Lanes(Dns dns, RetryPolicy policy, Database database, ChangeWatch watch,
            Streams streams, boolean warmUp, InstantSource clock) {
        this.notices = new Notices(database);
        this.book = new RuleBook(database, notices, watch, clock);
        this.sites = new Sites(dns, book::current, clock);
        this.sources = new Sources(database, watch);
        this.warmth = warmUp ? Optional.of(new Warmth(database, clock)) : Optional.empty();
        this.pauses = new Pauses(database, watch);
        this.shaper = new Shaper(book::receivers, Optional.of(pauses),
                d -> sources.order(pool(d, streams), d.id()), sources::of, sources::named, warmth,
                policy, clock);
    }

    public Sites sites() {
        return sites;
    }

    public Traffic traffic() {
        return shaper;
    }

    private static String pool(Delivery d, Streams streams) {
        try {
            return streams.of(d.stream()).pool();
        } catch (RuntimeException e) {
            // not known yet, or not any more
            return Source.POOL;
        }
    }

    /** Whom the rules name, in their order. */
    public List<String> providers() {
        return book.current().providers().stream().map(Provider::name)
                .filter(n -> !n.equals(Receivers.OTHER)).toList();
    }

    /** All that are set up. */
    public List<Source> sources() {
        return sources.all();
    }

    /** How far one has come with a receiver today. */
    public record Step(String kind, String name, String provider, long sent, long cap,
            boolean halved) {
    }

    /** How far all have come, those that are warm left out. */
    public List<Step> warmingUp(int most) {
        return warmth.map(w -> w.all().entrySet().stream()
                .filter(e -> e.getValue().cap() < Ladder.WARM)
                .sorted(Comparator.comparing(e -> e.getKey().toString())).limit(most)
                .map(e -> new Step(e.getKey().kind(), e.getKey().name(), e.getKey().provider(),
                        e.getValue().sent(), e.getValue().cap(), e.getValue().bad()))
                .toList()).orElse(List.of());
    }

    /**
     * A complaint came about mail of ours: the warm-up of who signed it, and of the source that it
     * left by, slows down at that receiver.
     *
     * @param recipientDomain whose mail system it is about
     * @param source          the address that it came from, as the report says; may be empty
     */
    public void complained(String recipientDomain, List<String> signers, String source) {
        String provider = sites().known(recipientDomain).map(Transport.Site::provider).orElse("");
        if (warmth.isEmpty() || provider.isEmpty()) {
            return;
        }
        signers.forEach(d -> warmth.get().complained(
                new Warmth.Key(Warmth.DOMAIN, d, provider)));
        String by = sources.all().stream().filter(s -> !source.isEmpty()
                && (s.ip4().equals(source) || s.ip6().equals(source))).map(Source::name)
                .findFirst().orElse("");
        warmth.get().complained(new Warmth.Key("source", by, provider));
    }

    Sources ours() {
        return sources;
    }

    Optional<Warmth> warmth() {
        return warmth;
    }

    /** One of our sources by its name; empty for the machine's own. */
    public Optional<Source> source(String name) {
        return sources.named(name);
    }

    Shaper shaper() {
        return shaper;
    }

    Pauses pauses() {
        return pauses;
    }

    Notices notices() {
        return notices;
    }

    /** What happened to us lately, the newest first. */
    public List<Notice> noticed(int most) {
        return notices.last(most);
    }

    /**
     * Tells the operator, with the change that it tells of.
     *
     * @param about a stream, a credential, a domain: as people name it
     */
    public void note(Handle handle, Instant at, String kind, String about, String words) {
        notices.note(handle, at, kind, about, words);
    }

    /** What people let wait. */
    public List<Pause> paused() {
        return pauses.all();
    }

    /** With a number of its own; empty when there are too many already. */
    public Optional<Pause> pause(Pause pause) {
        return pauses.add(pause);
    }

    /** False when there is none of this number. */
    public boolean resume(long pause) {
        return pauses.remove(pause);
    }

    /** Runs when a person has changed what may go. */
    public void onChange(Runnable listener) {
        pauses.listen(listener);
    }

    RuleBook book() {
        return book;
    }

    /** Sites by the rules that are shipped, without a store. */
    public static Sites sites(Dns dns, InstantSource clock) {
        Rules rules = Rules.shipped();
        return new Sites(dns, () -> rules, clock);
    }

    @Override
    public void close() {
        warmth.ifPresent(Warmth::close);
    }
}
