package dev.mailmill.compose;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Composer;
import dev.mailmill.mail.Composer.PeerCapabilities;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Envelope;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.mime.DkimKey;
import dev.mailmill.mime.DkimLab;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** A composer with a store in memory, keys for every domain and one stream of each return path. */
final class ComposeLab {
    static final Instant ACCEPTED = Instant.parse("2026-11-23T10:00:00Z");
    static final long ID = 900_719_925_474_099L;
    static final String TRACE = "from client (authenticated) by mx.own.test with ESMTPSA";
    static final PeerCapabilities SEVEN_BIT = new PeerCapabilities(false, false, 0, false, false);
    static final PeerCapabilities EIGHT_BIT = new PeerCapabilities(true, false, 0, true, true);
    static final long SIGNED = 1;
    static final long SUBMITTED = 2;

    final Map<String, List<DkimKey>> keys = new ConcurrentHashMap<>();
    /** What each copy says of itself. */
    Function<Delivery, String> copies = _ -> "";
    final MessageComposer composer = new MessageComposer(bodies(), ComposeLab::stream,
            (domain, _) -> keys.computeIfAbsent(domain, d -> List.of(DkimLab.rsa(d))),
            (_, delivery) -> "b" + delivery.id() + "@bounces.own.test",
            (_, delivery, _, _) -> copies.apply(delivery), null, LinkMarks.NONE);

    static Stream stream(long id) {
        return new Stream(id, 7, "s" + id, TrafficClass.TRANSACTIONAL,
                Stream.Schedule.TRANSACTIONAL,
                id == SIGNED ? Stream.ReturnPath.SIGNED : Stream.ReturnPath.SUBMITTED,
                Stream.OnAmbiguous.RESEND);
    }

    private static Bodies bodies() {
        return () -> new Bodies.Draft() {
            private final ByteArrayOutputStream out = new ByteArrayOutputStream();

            @Override
            public Body keep() {
                return Body.of(out.toByteArray());
            }

            @Override
            public long size() {
                return out.size();
            }

            @Override
            public void write(int b) {
                out.write(b);
            }

            @Override
            public void write(byte[] b, int offset, int length) {
                out.write(b, offset, length);
            }

            @Override
            public void close() {
                // nothing to drop
            }
        };
    }

    static Content.Raw raw(String head, String body) {
        return new Content.Raw(head.getBytes(UTF_8), Body.of(body.getBytes(UTF_8)));
    }

    static Content.Written written(String subject, String text, String html,
            List<Content.Field> headers, List<Content.Attachment> attachments) {
        return new Content.Written(new Content.Mailbox("Ann", "a@own.test"), List.of(),
                List.of(new Content.Mailbox("", "b@else.test")), List.of(), subject, text, html,
                headers, attachments);
    }

    Composer.Preparation prepare(Content content, String trace) {
        return composer.prepare(new Submission(
                new Submission.Who(7, "key", trace.isEmpty() ? Door.API : Door.SMTP, trace),
                stream(SIGNED), new Envelope("a@own.test", "", "",
                        List.of(new Envelope.Recipient("b@else.test", "else.test", "", ""))),
                content, Submission.Options.NONE), ID, ACCEPTED);
    }

    Letter letter(Content content) {
        return switch (prepare(content, content instanceof Content.Raw ? TRACE : "")) {
            case Composer.Ready ready -> ready.letter();
            case Composer.Unfit unfit -> throw new AssertionError(unfit.refusal().toString());
        };
    }

    Refusal refusal(Content content) {
        return switch (prepare(content, content instanceof Content.Raw ? TRACE : "")) {
            case Composer.Ready ready -> throw new AssertionError("taken:\n"
                    + new String(ready.letter().head(), UTF_8));
            case Composer.Unfit unfit -> unfit.refusal();
        };
    }

    static Message message(Letter letter, long id, long stream) {
        return new Message(id, 7, stream, Door.SMTP, "key", ACCEPTED, "a@own.test", "", "",
                Submission.Options.NONE, letter);
    }

    static Delivery delivery(long message, int nth, String address) {
        return new Delivery(message + nth, message, 7, 1, TrafficClass.TRANSACTIONAL, address,
                "else.test", "", "", State.QUEUED, 0, ACCEPTED,
                ACCEPTED.plus(Duration.ofDays(1)));
    }

    Composer.Outgoing compose(Letter letter, PeerCapabilities peer)
            throws Composer.Uncomposable {
        return composer.compose(message(letter, ID, SIGNED), delivery(ID, 0, "b@else.test"), peer);
    }

    /** What goes over the wire, without dot-stuffing. */
    static byte[] wire(Composer.Outgoing out) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(out.head());
        all.writeBytes(new byte[] {'\r', '\n'});
        try (InputStream in = out.body().open()) {
            in.transferTo(all);
        }
        if (all.size() != out.size()) {
            throw new AssertionError("size says " + out.size() + ", there are " + all.size());
        }
        return all.toByteArray();
    }

    /** What no server may be sent; empty when the bytes are clean. */
    static String unclean(byte[] wire, boolean sevenBit) {
        int line = 0;
        for (int i = 0; i < wire.length; i++) {
            byte b = wire[i];
            boolean crlf = b == '\r' && i + 1 < wire.length && wire[i + 1] == '\n';
            if (b == '\r' && !crlf || b == '\n' && (i == 0 || wire[i - 1] != '\r') || b == 0) {
                return "octet " + b + " at " + i;
            }
            line = b == '\n' ? 0 : line + 1;
            if (line > 999 || line == 999 && b != '\r') {
                return "a long line at " + i;
            }
            if (sevenBit && b < 0) {
                return "an 8-bit octet at " + i;
            }
        }
        return "";
    }
}
