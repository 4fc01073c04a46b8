package dev.mailmill.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * A {@link Dns} that remembers. Answers live as long as their records say, within bounds; that a
 * name has nothing is kept for minutes at most, since its owner may be mending it; that nobody
 * could say is kept for seconds (RFC 9520).
 */
public final class CachedDns implements Dns {
    /**
     * @param entriesMax  answers kept
     * @param found       bounds of a record's own time to live
     * @param nothing     bounds of the zone's time for "nothing here"
     * @param unknownFor  how long a failure stands
     * @param deadline    of one look-up, all servers and aliases together
     */
    public record Settings(int entriesMax, Span found, Span nothing, Duration unknownFor,
            Duration deadline) {
        public static final Settings DEFAULT = new Settings(50_000,
                new Span(Duration.ofSeconds(10), Duration.ofHours(6)),
                new Span(Duration.ofSeconds(10), Duration.ofMinutes(5)),
                Duration.ofSeconds(5), Duration.ofSeconds(15));
    }

    /** At least, at most. */
    public record Span(Duration min, Duration max) {
        long clampMillis(long seconds) {
            return Math.clamp(seconds * 1000, min.toMillis(), max.toMillis());
        }
    }

    private record Kept(Secured<?> answer, long untilMillis) {
    }

    private final DnsQuestions questions;
    private final Settings settings;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Kept> cache = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Kept> eldest) {
            return size() > settings.entriesMax();
        }
    };

    private CachedDns(DnsQuestions questions, Settings settings, InstantSource clock) {
        this.questions = questions;
        this.settings = settings;
        this.clock = clock;
    }

    /** Asks these servers, in this order, and takes no answer for proven. */
    public static CachedDns of(List<InetSocketAddress> servers, Settings settings,
            InstantSource clock) {
        return new CachedDns(new DnsQuestions(servers, settings.deadline()), settings, clock);
    }

    /**
     * The same with answers that are proven.
     *
     * @param anchors the keys that are believed, in a zone file's DS or DNSKEY records
     */
    public static CachedDns of(List<InetSocketAddress> servers, Dnssec dnssec, String anchors,
            Settings settings, InstantSource clock) {
        return new CachedDns(new DnsQuestions(servers, settings.deadline(), dnssec, anchors),
                settings, clock);
    }

    /**
     * Asks the servers that the setting names ({@code host:port}, comma-separated, by address), or
     * the system's when it is empty.
     *
     * @throws IllegalArgumentException when it names none, with the reason
     */
    public static CachedDns of(String setting, Settings settings, InstantSource clock) {
        return of(DnsQuestions.servers(setting), settings, clock);
    }

    /** The same with answers that are proven from the root's keys on. */
    public static CachedDns of(String setting, Dnssec dnssec, Settings settings,
            InstantSource clock) {
        return of(DnsQuestions.servers(setting), dnssec, Validation.rootKeys(), settings, clock);
    }

    @Override
    public Answer<Mx> mx(String domain) {
        return mxSecured(domain).answer();
    }

    @Override
    public Secured<Mx> mxSecured(String domain) {
        return cached("MX ", domain, () -> questions.mx(domain));
    }

    @Override
    public Answer<InetAddress> a(String host) {
        return aSecured(host).answer();
    }

    @Override
    public Secured<InetAddress> aSecured(String host) {
        return cached("A ", host, () -> questions.a(host));
    }

    @Override
    public Answer<InetAddress> aaaa(String host) {
        return aaaaSecured(host).answer();
    }

    @Override
    public Secured<InetAddress> aaaaSecured(String host) {
        return cached("AAAA ", host, () -> questions.aaaa(host));
    }

    @Override
    public Secured<Tlsa> tlsa(String name) {
        return cached("TLSA ", name, () -> questions.tlsa(name));
    }

    @Override
    public Answer<String> txt(String name) {
        return cached("TXT ", name, () -> questions.txt(name)).answer();
    }

    @Override
    public Answer<String> ptr(InetAddress address) {
        return cached("PTR ", address.getHostAddress(), () -> questions.ptr(address))
                .answer();
    }

    @Override
    public Answer<String> ns(String name) {
        return cached("NS ", name, () -> questions.ns(name)).answer();
    }

    @Override
    public Answer<String> cname(String name) {
        return cached("CNAME ", name, () -> questions.cname(name)).answer();
    }

    /** Answers kept now. */
    public int size() {
        lock.lock();
        try {
            return cache.size();
        } finally {
            lock.unlock();
        }
    }

    /** No lock is held while a question is out; two callers may ask the same one. */
    private <T> Secured<T> cached(String type, String name, Supplier<DnsQuestions.Timed<T>> ask) {
        String key = type + name.toLowerCase(java.util.Locale.ROOT);
        long now = clock.millis();
        lock.lock();
        try {
            Kept kept = cache.get(key);
            if (kept != null && now < kept.untilMillis()) {
                @SuppressWarnings("unchecked") // the key begins with the type
                Secured<T> answer = (Secured<T>) kept.answer();
                return answer;
            }
        } finally {
            lock.unlock();
        }
        DnsQuestions.Timed<T> fresh = ask.get();
        long keep = switch (fresh.answer().answer()) {
            case Answer.Found<T> f -> settings.found().clampMillis(fresh.ttlSeconds());
            case Answer.NoDomain<T> n -> settings.nothing().clampMillis(fresh.ttlSeconds());
            case Answer.NoData<T> n -> settings.nothing().clampMillis(fresh.ttlSeconds());
            case Answer.Unknown<T> u -> settings.unknownFor().toMillis();
        };
        lock.lock();
        try {
            cache.put(key, new Kept(fresh.answer(), clock.millis() + keep));
        } finally {
            lock.unlock();
        }
        return fresh.answer();
    }
}
