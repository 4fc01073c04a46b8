package dev.mailmill.dns;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;
import org.xbill.DNS.dnssec.ValidatingResolver;

/**
 * Checks signatures from the keys that are believed downwards. Some resolvers leave signatures out;
 * behind one of those every signed name would look forged, and no mail would move. So the zone of
 * the keys themselves is asked first: only where its signature comes through answers are checked,
 * and once one has come, they are checked for good, since signatures that are gone later were
 * taken out by somebody.
 */
final class Validation {
    private static final Logger log = LoggerFactory.getLogger(Validation.class);
    private static final long AGAIN_NANOS = TimeUnit.MINUTES.toNanos(5);

    /** What comes through from the resolvers. */
    enum Way {
        SIGNED,
        /** They answer, without signatures that hold. */
        UNSIGNED,
        /** They do not answer: nothing is known of them. */
        SILENT
    }

    private final List<Resolver> validating;
    private final List<SimpleResolver> plain = new ArrayList<>();
    private final Name top;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile boolean signed;
    private volatile long unsignedUntil;
    private volatile boolean unsigned;

    Validation(List<InetSocketAddress> servers, Duration each, int octets, String anchors) {
        this.validating = servers.stream().map(server -> {
            SimpleResolver head = resolver(server, each, octets);
            plain.add(head);
            ValidatingResolver resolver = new ValidatingResolver(head);
            resolver.setEDNS(0, octets, ExtendedFlags.DO, List.of());
            try {
                resolver.loadTrustAnchors(new ByteArrayInputStream(
                        anchors.getBytes(StandardCharsets.US_ASCII)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return (Resolver) resolver;
        }).toList();
        this.top = ((ValidatingResolver) validating.getFirst()).getTrustAnchors().items()
                .iterator().next().getName();
    }

    /** The root's, as IANA publishes them. */
    static String rootKeys() {
        try (InputStream in = Validation.class.getResourceAsStream("/dnssec/root.ds")) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SimpleResolver resolver(InetSocketAddress server, Duration each, int octets) {
        SimpleResolver resolver = new SimpleResolver(server);
        resolver.setTimeout(each);
        resolver.setEDNS(0, octets, ExtendedFlags.DO, List.of());
        return resolver;
    }

    Resolver resolver(int server) {
        return validating.get(server);
    }

    /** Asks the way when it is not known yet; one thread does, the others wait for it. */
    Way ready(long end) {
        if (signed) {
            return Way.SIGNED;
        }
        if (unsigned && System.nanoTime() - unsignedUntil < 0) {
            return Way.UNSIGNED;
        }
        try {
            if (!lock.tryLock(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                return Way.SILENT;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Way.SILENT;
        }
        try {
            if (signed) {
                return Way.SIGNED;
            }
            if (unsigned && System.nanoTime() - unsignedUntil < 0) {
                return Way.UNSIGNED;
            }
            return probe(end);
        } finally {
            lock.unlock();
        }
    }

    private Way probe(long end) {
        Way way = Way.SILENT;
        for (int server = 0; server < validating.size(); server++) {
            Message answer = ask(validating.get(server), end);
            if (answer != null && answer.getHeader().getFlag(Flags.AD)) {
                signed = true;
                return Way.SIGNED;
            }
            if (ask(plain.get(server), end) != null) {
                way = Way.UNSIGNED;
                if (!unsigned) {
                    log.warn("The resolver gives no DNSSEC signatures that hold{}: DANE is not"
                            + " used. Set `dns` to a resolver that passes them on, or `dnssec` to"
                            + " trust-resolver or off.", answer == null ? "" : reason(answer));
                }
            }
        }
        if (way == Way.UNSIGNED) {
            unsignedUntil = System.nanoTime() + AGAIN_NANOS;
            unsigned = true;
        }
        return way;
    }

    private Message ask(Resolver resolver, long end) {
        try {
            return resolver.sendAsync(Message.newQuery(Record.newRecord(top, Type.SOA, DClass.IN)),
                    Thread::startVirtualThread).toCompletableFuture()
                    .get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /** Why an answer was not believed, with a comma before it; empty when that is not the case. */
    static String reason(Message answer) {
        for (Record r : answer.getSection(Section.ADDITIONAL)) {
            if (r instanceof TXTRecord txt
                    && r.getDClass() == ValidatingResolver.VALIDATION_REASON_QCLASS) {
                return ", DNSSEC: " + String.join("", txt.getStrings());
            }
        }
        return "";
    }
}
