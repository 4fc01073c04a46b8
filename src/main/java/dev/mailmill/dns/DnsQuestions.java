package dev.mailmill.dns;

import dev.mailmill.mime.AddressLiteral;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.ReverseMap;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TLSARecord;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Asks recursive resolvers and reads their answers. dnsjava does the wire: a random port and id for
 * each question, TCP when an answer was cut, one selector thread for all questions; the caller
 * waits parked, and the answer is parsed on a virtual thread.
 */
final class DnsQuestions {
    /** Aliases followed for one name. */
    private static final int ALIASES_MAX = 8;
    /** Each server is asked this often. */
    private static final int ROUNDS = 2;
    private static final int UDP_OCTETS = 1232;
    private static final long NOTHING_SECONDS = 60;

    /** An answer and for how long the zone says it is good. */
    record Timed<T>(Secured<T> answer, long ttlSeconds) {
    }

    private final List<SimpleResolver> resolvers;
    private final Duration deadline;
    private final Dnssec dnssec;
    private final Validation validation;

    /** Nothing is proven. */
    DnsQuestions(List<InetSocketAddress> servers, Duration deadline) {
        this(servers, deadline, Dnssec.OFF, "");
    }

    DnsQuestions(List<InetSocketAddress> servers, Duration deadline, Dnssec dnssec,
            String anchors) {
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("no DNS server is known");
        }
        this.deadline = deadline;
        Duration each = deadline.dividedBy((long) servers.size() * ROUNDS);
        this.resolvers = servers.stream().map(server -> {
            SimpleResolver resolver = new SimpleResolver(server);
            resolver.setTimeout(each);
            resolver.setEDNS(0, UDP_OCTETS, 0, List.of());
            return resolver;
        }).toList();
        this.dnssec = dnssec;
        this.validation = dnssec == Dnssec.VALIDATE
                ? new Validation(servers, each, UDP_OCTETS, anchors) : null;
    }

    static List<InetSocketAddress> servers(String setting) {
        if (setting.isBlank()) {
            return ResolverConfig.getCurrentConfig().servers();
        }
        List<InetSocketAddress> servers = new ArrayList<>();
        for (String each : setting.split(",")) {
            String text = each.trim();
            int colon = text.lastIndexOf(':');
            boolean port = colon > 0
                    && (text.indexOf(':') == colon || text.charAt(colon - 1) == ']');
            String host = port ? text.substring(0, colon) : text;
            try {
                AddressLiteral address = AddressLiteral.ofHost(
                        host.equals("localhost") ? "127.0.0.1" : host).orElseThrow();
                servers.add(new InetSocketAddress(InetAddress.ofLiteral(address.text()),
                        port ? Integer.parseInt(text.substring(colon + 1)) : 53));
            } catch (RuntimeException e) {
                throw new IllegalArgumentException("\"" + text + "\" is no DNS server: write its "
                        + "address and port, as in 192.0.2.53:53", e);
            }
        }
        return servers;
    }

    Timed<Mx> mx(String domain) {
        return ask(domain, true, Type.MX, MXRecord.class,
                r -> new Mx(r.getPriority(), text(r.getTarget())));
    }

    Timed<InetAddress> a(String host) {
        return ask(host, true, Type.A, ARecord.class, ARecord::getAddress);
    }

    Timed<InetAddress> aaaa(String host) {
        return ask(host, true, Type.AAAA, AAAARecord.class, AAAARecord::getAddress);
    }

    Timed<Tlsa> tlsa(String name) {
        return ask(name, true, Type.TLSA, TLSARecord.class, r -> new Tlsa(
                r.getCertificateUsage(), r.getSelector(), r.getMatchingType(),
                r.getCertificateAssociationData()));
    }

    Timed<String> txt(String name) {
        return ask(name, false, Type.TXT, TXTRecord.class, DnsQuestions::joined);
    }

    Timed<String> ptr(InetAddress address) {
        return ask(ReverseMap.fromAddress(address), false, Type.PTR, PTRRecord.class,
                r -> text(r.getTarget()));
    }

    /** Servers that an alias's target has are not those of the name's own zone. */
    Timed<String> ns(String name) {
        Timed<String> said = ask(name, false, Type.NS, NSRecord.class, r -> text(r.getTarget()));
        boolean here = said.answer().canonical().equalsIgnoreCase(name);
        return here || !(said.answer().answer() instanceof Answer.Found) ? said
                : new Timed<>(Secured.not(new Answer.NoData<>(), name), said.ttlSeconds());
    }

    Timed<String> cname(String name) {
        return ask(name, false, Type.CNAME, CNAMERecord.class, r -> text(r.getTarget()));
    }

    static String joined(TXTRecord record) {
        StringBuilder all = new StringBuilder();
        record.getStringsAsByteArrays()
                .forEach(part -> all.append(new String(part, StandardCharsets.ISO_8859_1)));
        return all.toString();
    }

    static String text(Name name) {
        return name.toString(true).toLowerCase(Locale.ROOT).replaceAll("^[.]$", "");
    }

    private <R extends Record, T> Timed<T> ask(String name, boolean proof, int type,
            Class<R> kind, Function<R, T> read) {
        if (name.indexOf('\\') >= 0 || name.isEmpty()) {
            return noName(name);
        }
        try {
            return ask(Name.fromString(name, Name.root), proof, type, kind, read);
        } catch (TextParseException e) {
            // too long, an empty label
            return noName(name);
        }
    }

    private static <T> Timed<T> noName(String name) {
        return new Timed<>(Secured.not(new Answer.NoDomain<>(), name), NOTHING_SECONDS);
    }

    /** @param proof whether it is worth knowing that the answer is genuine */
    private <R extends Record, T> Timed<T> ask(Name name, boolean proof, int type,
            Class<R> kind, Function<R, T> read) {
        long end = System.nanoTime() + deadline.toNanos();
        Name at = name;
        long ttl = Long.MAX_VALUE;
        boolean secure = proof;
        for (int aliases = 0; aliases <= ALIASES_MAX; ) {
            Reading reading = exchange(at, proof, type, end);
            if (reading.message() == null) {
                return unknown(name, reading.trouble());
            }
            Message message = reading.message();
            secure &= reading.secure();
            // a resolver gives the whole chain of aliases; walk it before asking again
            Name before = at;
            for (Name next = at; next != null && aliases <= ALIASES_MAX; ) {
                at = next;
                List<R> records = matching(message, at, type, kind);
                if (!records.isEmpty()) {
                    Timed<T> found = found(records, ttl, read);
                    return new Timed<>(new Secured<>(found.answer().answer(), secure, text(at)),
                            found.ttlSeconds());
                }
                Alias alias = alias(message, at);
                next = alias == null ? null : alias.target();
                if (next != null) {
                    aliases++;
                    ttl = Math.min(ttl, alias.ttl());
                }
            }
            if (message.getRcode() == Rcode.NXDOMAIN) {
                return new Timed<>(new Secured<>(new Answer.NoDomain<>(), secure, text(at)),
                        nothingFor(message));
            }
            if (at.equals(before) && aliases <= ALIASES_MAX) {
                return new Timed<>(new Secured<>(new Answer.NoData<>(), secure, text(at)),
                        nothingFor(message));
            }
        }
        return unknown(name, "more than " + ALIASES_MAX + " aliases");
    }

    private static <T> Timed<T> unknown(Name name, String why) {
        return new Timed<>(Secured.not(new Answer.Unknown<>(name + ": " + why), text(name)), 0);
    }

    private static <R extends Record> List<R> matching(Message message, Name name, int type,
            Class<R> kind) {
        List<R> all = new ArrayList<>();
        for (Record r : message.getSection(Section.ANSWER)) {
            if (r.getType() == type && r.getDClass() == DClass.IN && r.getName().equals(name)
                    && kind.isInstance(r)) {
                all.add(kind.cast(r));
            }
        }
        if (all.size() <= Dns.recordsMax) {
            return all;
        }
        // in which order they come is chance: of many MX the preferred ones are kept
        all.sort(Comparator.comparingInt(r -> r instanceof MXRecord m ? m.getPriority() : 0));
        return all.subList(0, Dns.recordsMax);
    }

    private static <R extends Record, T> Timed<T> found(List<R> records, long ttl,
            Function<R, T> read) {
        long least = ttl;
        List<T> values = new ArrayList<>(records.size());
        for (R r : records) {
            least = Math.min(least, r.getTTL());
            values.add(read.apply(r));
        }
        return new Timed<>(Secured.not(new Answer.Found<>(values), ""), least);
    }

    private record Alias(Name target, long ttl) {
    }

    private static Alias alias(Message message, Name name) {
        for (Record r : message.getSection(Section.ANSWER)) {
            if (r instanceof CNAMERecord c && c.getName().equals(name)) {
                return new Alias(c.getTarget(), c.getTTL());
            }
            if (r instanceof DNAMERecord d && name.subdomain(d.getName())
                    && !name.equals(d.getName())) {
                try {
                    return new Alias(name.fromDNAME(d), d.getTTL());
                } catch (NameTooLongException e) {
                    return null;
                }
            }
        }
        return null;
    }

    /** RFC 2308 §5: the lesser of the SOA's time and its minimum. */
    private static long nothingFor(Message message) {
        for (Record r : message.getSection(Section.AUTHORITY)) {
            if (r instanceof SOARecord soa) {
                return Math.min(soa.getTTL(), soa.getMinimum());
            }
        }
        return NOTHING_SECONDS;
    }

    /** @param message null when no server gave a usable one */
    private record Reading(Message message, boolean secure, String trouble) {
    }

    /** Asks the servers in turn until one knows that there is something or nothing. */
    private Reading exchange(Name name, boolean proof, int type, long end) {
        Record question = Record.newRecord(name, type, DClass.IN);
        String trouble = "no answer in time";
        boolean validate = proof && validation != null;
        if (validate) {
            switch (validation.ready(end)) {
                case SIGNED -> {
                }
                case UNSIGNED -> validate = false;
                case SILENT -> {
                    return new Reading(null, false, trouble);
                }
            }
        }
        for (int turn = 0; turn < ROUNDS * resolvers.size(); turn++) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                break;
            }
            int server = turn % resolvers.size();
            Resolver resolver = validate ? validation.resolver(server) : resolvers.get(server);
            try {
                // a new id each time: a forger gets one guess at each
                Message query = Message.newQuery(question);
                if (dnssec == Dnssec.TRUST_RESOLVER && proof) {
                    // RFC 6840 §5.7: asks for AD without the signatures
                    query.getHeader().setFlag(Flags.AD);
                }
                Message answer = resolver
                        .sendAsync(query, Thread::startVirtualThread)
                        .toCompletableFuture().get(left, TimeUnit.NANOSECONDS);
                int code = answer.getRcode();
                if (code == Rcode.NOERROR || code == Rcode.NXDOMAIN) {
                    if (!lame(answer)) {
                        boolean believed = validate || dnssec == Dnssec.TRUST_RESOLVER;
                        return new Reading(answer,
                                believed && proof && answer.getHeader().getFlag(Flags.AD), "");
                    }
                    trouble = "the server refers us elsewhere";
                } else {
                    trouble = "the server says " + Rcode.string(code)
                            + (validate ? Validation.reason(answer) : "");
                }
            } catch (ExecutionException e) {
                trouble = e.getCause() instanceof java.io.IOException io && io.getMessage() != null
                        ? "no usable answer: " + io.getMessage() : "no usable answer";
            } catch (TimeoutException e) {
                trouble = "no answer in time";
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Reading(null, false, "interrupted");
            }
        }
        return new Reading(null, false, trouble);
    }

    /** An empty referral of a server that does not recurse is not "no data". */
    private static boolean lame(Message answer) {
        return answer.getRcode() == Rcode.NOERROR
                && answer.getSection(Section.ANSWER).isEmpty()
                && answer.getSection(Section.AUTHORITY).stream()
                        .anyMatch(r -> r.getType() == Type.NS)
                && answer.getSection(Section.AUTHORITY).stream()
                        .noneMatch(r -> r instanceof SOARecord);
    }
}
