package dev.mailmill.receive;

import dev.mailmill.domain.OwnershipGate;
import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Envelope;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Submission;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.Malformed;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.stream.Collectors;

/**
 * Sends received mail on to another address. Its author stays; its envelope's sender becomes a
 * signed return path of ours (as SRS does), so that SPF passes and bounces come here and not to
 * who wrote it; what was proven when it came is sealed (RFC 8617), since forwarding may break it.
 */
public final class Forwarding {
    /** {@code Intake.accept}. */
    @FunctionalInterface
    public interface Inlet {
        Admission accept(List<Submission> submissions,
                Optional<Submission.Idempotency> idempotency);
    }

    /** Puts a seal above a mail: empty where it can't or must not. */
    @FunctionalInterface
    public interface Sealing {
        byte[] above(long tenant, String domain, byte[] head, byte[] body);
    }

    private final Inlet inlet;
    private final LongFunction<Stream> streams;
    private final Sealing sealing;

    /** @param streams a tenant's usual one */
    public Forwarding(Inlet inlet, LongFunction<Stream> streams, Sealing sealing) {
        this.inlet = inlet;
        this.streams = streams;
        this.sealing = sealing;
    }

    /** Empty when it was accepted; else why not. */
    Optional<String> forward(Inbound mail, byte[] octets) {
        Envelope.Recipient to;
        try {
            Address address = Address.parse(mail.target());
            to = new Envelope.Recipient(mail.target(), address.domain(), "", "NEVER");
        } catch (Malformed e) {
            return Optional.of("the address " + mail.target() + " can't be read");
        }
        int end = headEnd(octets);
        byte[] head = Arrays.copyOf(octets, end);
        byte[] body = end + 2 <= octets.length
                ? Arrays.copyOfRange(octets, end + 2, octets.length) : new byte[0];
        byte[] seal = sealing.above(mail.tenant(),
                mail.pattern().substring(mail.pattern().lastIndexOf('@') + 1), head, body);
        byte[] all = Arrays.copyOf(seal, seal.length + head.length);
        System.arraycopy(head, 0, all, seal.length, head.length);
        String id = Ids.text(Inbound.ID, mail.id());
        Submission submission = new Submission(new Submission.Who(mail.tenant(),
                OwnershipGate.FORWARDED, Door.SMTP, ""), streams.apply(mail.tenant()),
                new Envelope(mail.sender(), "", "", List.of(to)),
                new Content.Raw(all, Body.of(body)), Submission.Options.NONE);
        return switch (inlet.accept(List.of(submission), Optional.of(
                new Submission.Idempotency("forward " + id, id.getBytes(
                        java.nio.charset.StandardCharsets.US_ASCII))))) {
            case Admission.Accepted _ -> Optional.empty();
            case Admission.Refused(List<Refusal> why) -> Optional.of(why.stream()
                    .map(Refusal::detail).collect(Collectors.joining("; ")));
        };
    }

    private static int headEnd(byte[] b) {
        for (int i = 0; i + 3 < b.length; i++) {
            if (b[i] == '\r' && b[i + 1] == '\n' && b[i + 2] == '\r' && b[i + 3] == '\n') {
                return i + 2;
            }
        }
        return b.length;
    }
}
