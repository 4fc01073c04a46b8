package dev.mailmill.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;

/**
 * What the servers of a name's own zone say of it: each is asked for itself, past every cache, over
 * UDP and over TCP where an answer was cut. Where they cannot be found or reached, the resolver has
 * the word, and the answer says so. Thread-safe; blocks, never longer than its deadline.
 */
public final class Authority {
    /** Of one zone; RFC 1912 §2.8 finds more than seven senseless. */
    private static final int SERVERS_MAX = 8;
    private static final int UDP_OCTETS = 1232;
    private static final Duration EACH = Duration.ofSeconds(2);
    private static final int ROUNDS = 2;
    /** Who answers where no server of the zone does. */
    public static final String RESOLVER = "the resolver";

    /** What can be asked for. */
    public enum Type {
        TXT(org.xbill.DNS.Type.TXT),
        /** As in {@code 10 mx.example.com}; the host is empty in a null MX. */
        MX(org.xbill.DNS.Type.MX),
        CNAME(org.xbill.DNS.Type.CNAME),
        A(org.xbill.DNS.Type.A),
        AAAA(org.xbill.DNS.Type.AAAA),
        /** Of a zone: its serial, and for how many seconds "nothing here" is remembered. */
        SOA(org.xbill.DNS.Type.SOA);

        private final int number;

        Type(int number) {
            this.number = number;
        }
    }

    /**
     * One server's word.
     *
     * @param server its name
     * @param answer as the resolver interface gives it: TXT strings joined
     * @param alias  what the name is an alias of; empty when it is none
     */
    public record Word(String server, Answer<String> answer, String alias) {
    }

    /**
     * @param zone   whose servers they are; empty where the resolver was asked
     * @param direct whether the zone's own servers were
     * @param words  at least one
     */
    public record Said(String zone, boolean direct, List<Word> words) {
        public Said {
            words = List.copyOf(words);
        }
    }

    private record Server(String name, InetAddress address) {
    }

    private record Zone(String name, List<Server> servers) {
    }

    private final Dns resolver;
    private final AddressPolicy policy;
    private final int port;

    /**
     * @param resolver finds the zone and its servers, and answers where they do not
     * @param policy   which servers' addresses may be asked
     */
    public Authority(Dns resolver, AddressPolicy policy) {
        this(resolver, policy, 53);
    }

    /** @param port of all servers */
    public Authority(Dns resolver, AddressPolicy policy, int port) {
        this.resolver = resolver;
        this.policy = policy;
        this.port = port;
    }

    /** What all servers of the name's zone say. */
    public Said ask(String name, Type type) {
        Optional<Zone> zone = zone(name);
        if (zone.isPresent()) {
            List<Word> words = words(zone.get(), name, type);
            if (words.stream().anyMatch(w -> !(w.answer() instanceof Answer.Unknown))) {
                return new Said(zone.get().name(), true, words);
            }
        }
        return new Said("", false, List.of(new Word(RESOLVER, resolved(name, type),
                resolver.cname(name).records().stream().findFirst().orElse(""))));
    }

    /** The zone that a name is in; empty when no servers of it are known. */
    public Optional<String> zoneOf(String name) {
        return zone(name).map(Zone::name);
    }

    private Answer<String> resolved(String name, Type type) {
        return switch (type) {
            case TXT -> resolver.txt(name);
            case MX -> as(resolver.mx(name), m -> m.preference() + " " + m.host());
            case CNAME -> resolver.cname(name);
            case A -> as(resolver.a(name), InetAddress::getHostAddress);
            case AAAA -> as(resolver.aaaa(name), InetAddress::getHostAddress);
            case SOA -> new Answer.NoData<>();
        };
    }

    private static <T> Answer<String> as(Answer<T> answer,
            Function<T, String> text) {
        return switch (answer) {
            case Answer.Found<T>(List<T> records) ->
                    new Answer.Found<>(records.stream().map(text).toList());
            case Answer.NoDomain<T>() -> new Answer.NoDomain<>();
            case Answer.NoData<T>() -> new Answer.NoData<>();
            case Answer.Unknown<T>(String why) -> new Answer.Unknown<>(why);
        };
    }

    /** Upwards from the name; a top-level domain's servers know nobody's rows. */
    private Optional<Zone> zone(String name) {
        for (String at = name; at.indexOf('.') > 0; at = at.substring(at.indexOf('.') + 1)) {
            switch (resolver.ns(at)) {
                case Answer.Found<String>(List<String> names) -> {
                    List<Server> servers = servers(names);
                    return servers.isEmpty() ? Optional.empty()
                            : Optional.of(new Zone(at, servers));
                }
                case Answer.Unknown<String> _ -> {
                    return Optional.empty();
                }
                case Answer.NoDomain<String> _, Answer.NoData<String> _ -> {
                }
            }
        }
        return Optional.empty();
    }

    /** One address each: its IPv4 one where it has one. */
    private List<Server> servers(List<String> names) {
        List<Server> servers = new ArrayList<>();
        for (String name : names.stream().sorted().limit(SERVERS_MAX).toList()) {
            List<InetAddress> addresses = new ArrayList<>(resolver.a(name).records());
            if (addresses.isEmpty()) {
                addresses.addAll(resolver.aaaa(name).records());
            }
            addresses.stream().filter(a -> policy.refusal(a).isEmpty()).findFirst()
                    .ifPresent(a -> servers.add(new Server(name, a)));
        }
        return servers;
    }

    private List<Word> words(Zone zone, String name, Type type) {
        Name asked;
        try {
            asked = Name.fromString(name, Name.root);
        } catch (TextParseException e) {
            return List.of(new Word(zone.servers().getFirst().name(), new Answer.NoDomain<>(), ""));
        }
        List<Word> words = new ArrayList<>(zone.servers().stream().map(s ->
                new Word(s.name(), new Answer.Unknown<>("no answer in time"), "")).toList());
        for (int round = 0; round < ROUNDS; round++) {
            List<CompletableFuture<Message>> out = new ArrayList<>();
            for (int i = 0; i < words.size(); i++) {
                boolean open = words.get(i).answer() instanceof Answer.Unknown;
                out.add(open ? send(zone.servers().get(i), asked, type) : null);
            }
            long end = System.nanoTime() + EACH.toNanos() + EACH.toNanos() / 4;
            for (int i = 0; i < out.size(); i++) {
                if (out.get(i) != null) {
                    words.set(i, read(words.get(i).server(), out.get(i), asked, type, end));
                }
            }
        }
        return words;
    }

    /** Without "recursion desired": a server that merely resolves must not pass for the zone's. */
    private CompletableFuture<Message> send(Server server, Name name, Type type) {
        SimpleResolver to = new SimpleResolver(new InetSocketAddress(server.address(), port));
        to.setTimeout(EACH);
        to.setEDNS(0, UDP_OCTETS, 0, List.of());
        Message query = Message.newQuery(Record.newRecord(name, type.number, DClass.IN));
        query.getHeader().unsetFlag(Flags.RD);
        return to.sendAsync(query, Thread::startVirtualThread).toCompletableFuture();
    }

    private static Word read(String server, CompletableFuture<Message> out, Name name, Type type,
            long end) {
        try {
            return read(server, out.get(Math.max(0, end - System.nanoTime()),
                    TimeUnit.NANOSECONDS), name, type);
        } catch (ExecutionException | TimeoutException e) {
            return new Word(server, new Answer.Unknown<>("no answer in time"), "");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Word(server, new Answer.Unknown<>("interrupted"), "");
        }
    }

    private static Word read(String server, Message said, Name name, Type type) {
        int code = said.getRcode();
        if (code != Rcode.NOERROR && code != Rcode.NXDOMAIN) {
            return new Word(server, new Answer.Unknown<>("it says " + Rcode.string(code)), "");
        }
        if (!said.getHeader().getFlag(Flags.AA)) {
            return new Word(server, new Answer.Unknown<>("it does not serve the zone"), "");
        }
        List<String> found = new ArrayList<>();
        String alias = "";
        for (Record r : said.getSection(Section.ANSWER)) {
            if (!r.getName().equals(name)) {
                continue;
            }
            if (r instanceof CNAMERecord c) {
                alias = DnsQuestions.text(c.getTarget());
            }
            if (r.getType() == type.number && found.size() < Dns.recordsMax) {
                text(r).ifPresent(found::add);
            }
        }
        Answer<String> answer = !found.isEmpty() ? new Answer.Found<>(found)
                : code == Rcode.NXDOMAIN && alias.isEmpty() ? new Answer.NoDomain<>()
                : new Answer.NoData<>();
        return new Word(server, answer, alias);
    }

    private static Optional<String> text(Record record) {
        return switch (record) {
            case TXTRecord txt -> Optional.of(DnsQuestions.joined(txt));
            case MXRecord mx -> Optional.of(
                    mx.getPriority() + " " + DnsQuestions.text(mx.getTarget()));
            case CNAMERecord c -> Optional.of(DnsQuestions.text(c.getTarget()));
            case ARecord a -> Optional.of(a.getAddress().getHostAddress());
            case AAAARecord a -> Optional.of(a.getAddress().getHostAddress());
            case SOARecord soa -> Optional.of(soa.getSerial() + " "
                    + Math.min(soa.getTTL(), soa.getMinimum()));
            default -> Optional.empty();
        };
    }
}
