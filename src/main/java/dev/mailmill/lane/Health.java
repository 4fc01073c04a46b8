package dev.mailmill.lane;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.Dns;
import dev.mailmill.dns.Mx;
import dev.mailmill.mail.Routine;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the world can see of our sources and domains, looked at every hour: the names of addresses
 * both ways, block lists, the way out on port 25. Only tells; what must not go out over IPv6 is
 * asked of it by {@link #six}.
 */
public final class Health implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Health.class);
    private static final Duration EVERY = Duration.ofHours(1);
    private static final Duration FIRST = Duration.ofSeconds(20);
    private static final int CONNECT_MILLIS = 10_000;
    private static final String ZEN = "zen.spamhaus.org";
    private static final String DBL = "dbl.spamhaus.org";
    private static final String ZEN_TEST = "2.0.0.127." + ZEN;
    private static final String DBL_TEST = "dbltest.com." + DBL;
    /** Anybody's mail server that is always there. */
    private static final String SOMEBODY = "gmail.com";
    private static final int DOMAINS_MAX = 500;

    /** What one look told. */
    public enum State {
        GOOD, WARN, BAD, UNKNOWN;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One finding.
     *
     * @param about a source's address, or a domain
     * @param check {@code names}, {@code zen}, {@code dbl}, {@code port_25} or {@code ip6}
     * @param words with the cure
     */
    public record Finding(String source, String about, String check, State state, String words,
            Instant at) {
    }

    /**
     * What is looked at besides the sources that are set up.
     *
     * @param hostname the name of the machine's own address
     * @param own      the machine's own addresses, when no source is set up
     * @param hosts    domains that sign, and hosts of links
     * @param port     of mail servers
     */
    public record Surroundings(String hostname, Supplier<List<InetAddress>> own,
            Supplier<List<String>> hosts, int port) {
    }

    private final Dns dns;
    private final Supplier<List<Source>> sources;
    private final Surroundings surroundings;
    private final Consumer<Collection<Finding>> teller;
    private final InstantSource clock;
    private final Routine routine = Routine.every("source-health",
            "our addresses can't be looked at now", FIRST, EVERY, this::look);
    private volatile Map<String, Finding> findings = Map.of();
    /** What the teller knows. */
    private final Map<String, State> told = new HashMap<>();

    /**
     * @param lanes    whose sources they are
     * @param byItself every hour; else only when somebody says so
     */
    public Health(Lanes lanes, Dns dns, Surroundings surroundings, InstantSource clock,
            boolean byItself) {
        this(lanes::sources, dns, surroundings, lanes.notices()::found, clock, byItself);
    }

    /** @param teller of what is not as it was before, or as it was left before a restart */
    Health(Supplier<List<Source>> sources, Dns dns, Surroundings surroundings,
            Consumer<Collection<Finding>> teller, InstantSource clock, boolean byItself) {
        this.dns = dns;
        this.teller = teller;
        this.sources = sources;
        this.surroundings = surroundings;
        this.clock = clock;
        if (byItself) {
            routine.start();
        }
    }

    /** The last look's findings, the worst first. */
    public List<Finding> findings() {
        return findings.values().stream().sorted((a, b) -> rank(a) - rank(b)).toList();
    }

    private static int rank(Finding f) {
        return switch (f.state()) {
            case BAD -> 0;
            case WARN -> 1;
            case UNKNOWN -> 2;
            case GOOD -> 3;
        };
    }

    /** Whether a source may use IPv6: its address has a name both ways, and that name SPF. */
    public boolean six(Source source) {
        return source.ip6().isPresent() && Optional.ofNullable(findings.get(
                key(source.name(), text(source.ip6().get()), "ip6")))
                .filter(f -> f.state() == State.GOOD).isPresent();
    }

    /** Looks now. */
    public synchronized void look() {
        Map<String, Finding> now = new TreeMap<>();
        List<Source> all = sources.get();
        if (all.isEmpty()) {
            for (InetAddress a : surroundings.own().get()) {
                address("", a, surroundings.hostname(), now);
            }
            wayOut("", Optional.empty(), now);
        }
        for (Source s : all) {
            String name = s.ehlo().isEmpty() ? surroundings.hostname() : s.ehlo();
            s.ip4().ifPresent(a -> address(s.name(), a, name, now));
            s.ip6().ifPresent(a -> address(s.name(), a, name, now));
            if (s.proxy().isEmpty()) {
                wayOut(s.name(), s.ip4(), now);
            }
        }
        surroundings.hosts().get().stream().distinct().limit(DOMAINS_MAX)
                .forEach(h -> domain(h, now));
        tell(findings, now);
        findings = Map.copyOf(now);
        notice(now);
    }

    /** What can't be told now is told after the next look. */
    private void notice(Map<String, Finding> now) {
        Map<String, Finding> news = new TreeMap<>(now);
        news.entrySet().removeIf(e -> e.getValue().state() == State.UNKNOWN
                || e.getValue().state() == told.get(e.getKey()));
        if (news.isEmpty()) {
            return;
        }
        try {
            teller.accept(news.values());
            news.forEach((key, f) -> told.put(key, f.state()));
        } catch (RuntimeException e) {
            log.warn("What has changed of our addresses could not be noted: {}", e.getMessage());
        }
    }

    private void tell(Map<String, Finding> before, Map<String, Finding> now) {
        now.forEach((key, f) -> {
            Finding old = before.get(key);
            boolean worse = f.state() == State.BAD || f.state() == State.WARN;
            if (old == null ? worse : old.state() != f.state()) {
                log.warn("{} {} is {}: {}", f.about(), f.check(), f.state().word(), f.words());
            }
        });
    }

    private static String key(String source, String about, String check) {
        return source + " " + about + " " + check;
    }

    private void add(Map<String, Finding> to, String source, String about, String check,
            State state, String words) {
        to.put(key(source, about, check), new Finding(source, about, check, state, words,
                clock.instant()));
    }

    private void address(String source, InetAddress address, String name,
            Map<String, Finding> to) {
        String about = text(address);
        boolean named = names(source, address, name, to);
        listed(source, about, "zen", reversed(address), ZEN, "this address", to);
        if (!(address instanceof Inet4Address)) {
            boolean spf = dns.txt(name).records().stream()
                    .anyMatch(t -> t.toLowerCase(Locale.ROOT).startsWith("v=spf1"));
            add(to, source, about, "ip6", named && spf ? State.GOOD : State.WARN, named && spf
                    ? "IPv6 is used" : "IPv6 is not used: it takes a name both ways and an SPF row"
                            + " of " + name + ", or large receivers refuse it");
        }
    }

    /** RFC 1912 §2.1: the address has a name, and the name has the address. */
    private boolean names(String source, InetAddress address, String name,
            Map<String, Finding> to) {
        String about = text(address);
        Answer<String> names = dns.ptr(address);
        if (names instanceof Answer.Unknown<String>(String why)) {
            add(to, source, about, "names", State.UNKNOWN, why);
            return false;
        }
        List<String> both = names.records().stream().filter(n -> (address instanceof Inet4Address
                ? dns.a(n) : dns.aaaa(n)).records().contains(address)).toList();
        if (names.records().isEmpty()) {
            add(to, source, about, "names", State.BAD, "it has no name: ask who runs the network"
                    + " for a PTR row with " + name);
        } else if (both.isEmpty()) {
            add(to, source, about, "names", State.BAD, "its name " + names.records().getFirst()
                    + " does not lead back to it: give that name an address row with " + about);
        } else if (!both.contains(name)) {
            add(to, source, about, "names", State.WARN, "it is called " + both.getFirst()
                    + ", but says " + name + " in EHLO: let both be the same");
        } else {
            add(to, source, about, "names", State.GOOD, name + ", both ways");
        }
        return both.contains(name);
    }

    /** 127.0.0.x is a listing; 127.255.255.x says that the question itself was refused. */
    private void listed(String source, String about, String check, String question, String list,
            String what, Map<String, Finding> to) {
        Answer<InetAddress> answer = dns.a(question + "." + list);
        if (answer instanceof Answer.Unknown<InetAddress>(String why)) {
            add(to, source, about, check, State.UNKNOWN, why);
            return;
        }
        List<String> codes = answer.records().stream().map(InetAddress::getHostAddress).toList();
        if (codes.isEmpty() && dns.a(list.equals(ZEN) ? ZEN_TEST : DBL_TEST).records().isEmpty()) {
            // RFC 5782 §5: where not even this is listed, the resolver does not reach the list
            add(to, source, about, check, State.UNKNOWN, "the list's own test entry is not found"
                    + " either: this resolver does not reach " + list);
        } else if (codes.isEmpty()) {
            add(to, source, about, check, State.GOOD, "not listed");
        } else if (codes.stream().anyMatch(c -> c.startsWith("127.255.255."))) {
            add(to, source, about, check, State.UNKNOWN, "the list does not answer this resolver ("
                    + codes.getFirst() + "): it wants one of your own, or a key");
        } else if (codes.stream().allMatch(c -> c.startsWith("127."))) {
            add(to, source, about, check, State.BAD, "Spamhaus lists " + what + " ("
                    + String.join(", ", codes) + "): find the cause, then ask for removal at"
                    + " check.spamhaus.org");
        } else {
            add(to, source, about, check, State.UNKNOWN, "the list's answer makes no sense ("
                    + codes.getFirst() + "): the resolver changes answers");
        }
    }

    private void domain(String host, Map<String, Finding> to) {
        listed("", host, "dbl", host, DBL, "this domain", to);
    }

    private void wayOut(String source, Optional<InetAddress> from, Map<String, Finding> to) {
        Answer<Mx> mx = dns.mx(SOMEBODY);
        List<InetAddress> doors = new ArrayList<>();
        mx.records().stream().limit(2).forEach(m -> doors.addAll(dns.a(m.host()).records()));
        String about = from.map(Health::text).orElse("this machine");
        if (doors.isEmpty()) {
            add(to, source, about, "port_25", State.UNKNOWN, "no mail server of " + SOMEBODY
                    + " was found to try");
            return;
        }
        String trouble = "";
        for (InetAddress door : doors.subList(0, Math.min(2, doors.size()))) {
            try (Socket socket = new Socket()) {
                if (from.isPresent()) {
                    socket.bind(new InetSocketAddress(from.get(), 0));
                }
                socket.connect(new InetSocketAddress(door, surroundings.port()), CONNECT_MILLIS);
                add(to, source, about, "port_25", State.GOOD, "mail servers are reached");
                return;
            } catch (IOException e) {
                trouble = e.getMessage();
            }
        }
        add(to, source, about, "port_25", State.BAD, "no mail server is reached on port "
                + surroundings.port() + " (" + trouble + "): ask who runs the network to open the"
                + " way out, or set a smart host");
    }

    private static String text(InetAddress address) {
        return address.getHostAddress();
    }

    /** RFC 5782 §2.1 and §2.4. */
    static String reversed(InetAddress address) {
        byte[] octets = address.getAddress();
        StringBuilder name = new StringBuilder();
        for (int i = octets.length - 1; i >= 0; i--) {
            if (octets.length == 4) {
                name.append(name.isEmpty() ? "" : ".").append(octets[i] & 255);
            } else {
                name.append(name.isEmpty() ? "" : ".").append(Character.forDigit(octets[i] & 15,
                        16)).append('.').append(Character.forDigit(octets[i] >> 4 & 15, 16));
            }
        }
        return name.toString();
    }

    @Override
    public void close() {
        routine.close();
    }
}
