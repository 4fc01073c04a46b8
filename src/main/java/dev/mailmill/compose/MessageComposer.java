package dev.mailmill.compose;

import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Composer;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Streams;
import dev.mailmill.mail.Submission;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.AsciiHead;
import dev.mailmill.mime.BodyHash;
import dev.mailmill.mime.DkimKey;
import dev.mailmill.mime.DkimSigner;
import dev.mailmill.mime.Head;
import dev.mailmill.mime.Malformed;
import dev.mailmill.mime.Recoding;
import dev.mailmill.mime.Unrecodable;
import dev.mailmill.tracking.Marking;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Prepares at the door, composes for a peer: re-encode where it must be, sign, address.
 * Thread-safe.
 */
public final class MessageComposer implements Composer {
    /** What a peer lacks of what the letter needs; the sum names the kind of peer. */
    private static final int NO_EIGHT_BIT = 1;
    private static final int NO_UTF8 = 2;

    private final Bodies bodies;
    private final Streams streams;
    private final Signatures signatures;
    private final ReturnPaths returnPaths;
    private final CopyFields fields;
    private final TemplatedMail templates;
    private final LinkMarks links;
    private final ComposedCache cache = new ComposedCache();

    /** @param bodies where the bodies of written messages are kept */
    public MessageComposer(Bodies bodies, Streams streams, Signatures signatures,
            ReturnPaths returnPaths, CopyFields fields, TemplatedMail templates,
            LinkMarks links) {
        this.links = links;
        this.templates = templates;
        this.bodies = bodies;
        this.streams = streams;
        this.signatures = signatures;
        this.returnPaths = returnPaths;
        this.fields = fields;
    }

    @Override
    public Preparation prepare(Submission submission, long messageId, Instant accepted) {
        try {
            Instant dated = submission.options().sendAt().filter(accepted::isBefore)
                    .orElse(accepted);
            Letter letter = switch (submission.content()) {
                case Content.Raw raw ->
                        RawPreparation.letter(raw, submission, messageId, accepted, links,
                                bodies);
                case Content.Written written -> {
                    Optional<Marking> marking = Marks.of(links, submission, written.from(),
                            messageId);
                    yield Marks.letter(marking, new MessageWriter(Marks.written(marking, written),
                            submission.who(), messageId, dated).letter(bodies));
                }
                case Content.Templated templated -> templates.letter(templated, submission,
                        messageId, dated);
            };
            Letter kept = submission.stream().sensitive() ? letter.sensitive() : letter;
            return new Ready(submission.envelope().requireTls() ? kept.requiringTls() : kept);
        } catch (Unfitting e) {
            return new Unfit(e.refusal());
        } catch (IOException e) {
            throw new StoreException(StoreException.Kind.DOWN, "a body can't be kept or read", e);
        }
    }

    @Override
    public Outgoing compose(Message message, Delivery delivery, PeerCapabilities peer)
            throws Uncomposable {
        Letter letter = message.letter();
        int lacks = (letter.has(Letter.EIGHT_BIT) && !peer.eightBitMime() ? NO_EIGHT_BIT : 0)
                | (letter.has(Letter.UTF8_HEAD) && !peer.smtpUtf8() ? NO_UTF8 : 0);
        List<DkimKey> keys = signatures.keysFor(authorDomain(letter), message.tenant());
        ComposedCache.Composed composed = cache.get(
                new ComposedCache.Key(message.id(), lacks, keys),
                () -> composed(message, lacks, keys));
        // what names the recipient is under the signature, so each copy has one of its own
        if (personal(message, keys)) {
            composed = copy(composed, message, delivery, keys);
        }
        String from = envelope(mailFrom(message, delivery), peer);
        String to = envelope(delivery.address(), peer);
        boolean utf8 = composed.utf8() || wide(from) || wide(to);
        return new Outgoing(from, to, composed.head(), composed.body(), composed.eightBit(), utf8);
    }

    /** A null sender stays one: what came with it must never be bounced (RFC 5321 §4.5.5). */
    private String mailFrom(Message message, Delivery delivery) {
        Stream.ReturnPath way = streams.of(message.stream()).returnPath();
        boolean nobody = message.sender().isEmpty();
        return switch (way) {
            case SUBMITTED -> message.sender();
            case SIGNED -> nobody ? "" : returnPaths.forDelivery(message, delivery);
        };
    }

    /** RFC 6531 §3.6: an address whose local part is ASCII can do without SMTPUTF8. */
    private static String envelope(String address, PeerCapabilities peer) throws Uncomposable {
        if (peer.smtpUtf8() || !wide(address)) {
            return address;
        }
        try {
            Address parsed = Address.ofPath(address);
            if (parsed.asciiLocal()) {
                return parsed.aSpec();
            }
        } catch (Malformed e) {
            throw new Uncomposable(Reply.local("5.1.3", "The envelope address " + address
                    + " can't be read: " + e.getMessage() + "."));
        }
        throw new Uncomposable(Reply.local("5.6.7", "The address " + address
                + " needs SMTPUTF8, which the recipient's server does not offer."));
    }

    private static boolean wide(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 127) {
                return true;
            }
        }
        return false;
    }

    private ComposedCache.Composed composed(Message message, int lacks, List<DkimKey> keys)
            throws Uncomposable {
        try {
            Letter letter = message.letter().finished();
            Head head = Head.read(letter.head());
            if ((lacks & NO_UTF8) != 0) {
                head = ascii(head);
            }
            boolean sevenBit = (lacks & NO_EIGHT_BIT) != 0;
            Recoding recoding = null;
            if (sevenBit || letter.has(Letter.LONG_LINES)) {
                try (InputStream in = letter.body().open()) {
                    recoding = Recoding.plan(head, in, sevenBit);
                }
                head = recoding.head();
            }
            return sign(message, letter, head, recoding, sevenBit, keys);
        } catch (Unrecodable e) {
            throw new Uncomposable(Reply.local("5.6.3", "The message can't be changed so that the"
                    + " recipient's server can take it: " + e.getMessage() + "."));
        } catch (Malformed e) {
            throw new Uncomposable(Reply.local("5.6.0",
                    "The kept header can't be read: " + e.getMessage() + "."));
        } catch (GeneralSecurityException e) {
            throw new Uncomposable(Reply.local("5.7.0",
                    "The message can't be signed: " + e.getMessage() + "."));
        } catch (Body.Unmakeable e) {
            throw new Uncomposable(Reply.local("5.6.0",
                    "The message can't be written from its template: " + e.getMessage()));
        } catch (IOException e) {
            throw new StoreException(StoreException.Kind.DOWN, "a body can't be read", e);
        }
    }

    private static Head ascii(Head head) throws Uncomposable {
        try {
            return AsciiHead.of(head);
        } catch (Unrecodable e) {
            throw new Uncomposable(Reply.local("5.6.7", "The recipient's server does not offer"
                    + " SMTPUTF8, and the header needs it: " + e.getMessage() + "."));
        }
    }

    private ComposedCache.Composed sign(Message message, Letter letter, Head head,
            Recoding recoding, boolean sevenBit, List<DkimKey> keys)
            throws IOException, GeneralSecurityException {
        Body body = letter.body();
        BodyHash hash = new BodyHash();
        if (recoding != null && !recoding.sameBody()) {
            body = RecodedBody.of(body, recoding, hash);
        } else {
            hash(body, hash);
        }
        byte[] bytes = head.bytes();
        String bodyHash = hash.finish();
        if (!keys.isEmpty() && !personal(message, keys)) {
            bytes = above(DkimSigner.sign(head, bodyHash, keys, message.begins()), bytes);
        }
        boolean utf8 = head.eightBit();
        boolean eightBit = utf8 || letter.has(Letter.EIGHT_BIT) && !sevenBit;
        return new ComposedCache.Composed(bytes, bodyHash, body, eightBit, utf8,
                letter.body().held());
    }

    /** Whether each copy says whose it is: not where it goes out as somebody else's. */
    private boolean personal(Message message, List<DkimKey> keys) {
        return !keys.isEmpty() && !message.sender().isEmpty()
                && streams.of(message.stream()).returnPath() == Stream.ReturnPath.SIGNED;
    }

    private ComposedCache.Composed copy(ComposedCache.Composed shared, Message message,
            Delivery delivery, List<DkimKey> keys) throws Uncomposable {
        try {
            Head bare = Head.read(shared.head());
            byte[] own = fields.of(message, delivery, bare, keys.getFirst().domain())
                    .getBytes(StandardCharsets.US_ASCII);
            Head head;
            try {
                head = Head.read(above(own, shared.head()));
            } catch (Malformed e) {
                head = bare; // it was as large as may be
            }
            return new ComposedCache.Composed(above(DkimSigner.sign(head, shared.bodyHash(), keys,
                    message.begins()), head.bytes()), shared.bodyHash(), shared.body(),
                    shared.eightBit(), shared.utf8(), shared.held());
        } catch (Malformed e) {
            throw new Uncomposable(Reply.local("5.6.0",
                    "The kept header can't be read: " + e.getMessage() + "."));
        } catch (GeneralSecurityException e) {
            throw new Uncomposable(Reply.local("5.7.0",
                    "The message can't be signed: " + e.getMessage() + "."));
        }
    }

    private static byte[] above(byte[] first, byte[] then) {
        byte[] all = Arrays.copyOf(first, first.length + then.length);
        System.arraycopy(then, 0, all, first.length, then.length);
        return all;
    }

    private static String authorDomain(Letter letter) {
        String first = letter.authors().getFirst();
        return first.substring(first.lastIndexOf('@') + 1);
    }

    private static void hash(Body body, BodyHash hash) throws IOException {
        if (body instanceof Body.InMemory small) {
            hash.update(small.bytes(), 0, small.bytes().length);
            return;
        }
        try (InputStream in = body.open()) {
            byte[] chunk = new byte[16 * 1024];
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                hash.update(chunk, 0, n);
            }
        }
    }

    /** A body that is re-encoded each time it is read: kept nowhere, the same every time. */
    private record RecodedBody(Body original, Recoding recoding, long size) implements Body {
        /** Reads it once, for its size and its hash. */
        static RecodedBody of(Body original, Recoding recoding, BodyHash hash) throws IOException {
            long size = 0;
            try (InputStream in = recoding.open(original.open())) {
                byte[] chunk = new byte[16 * 1024];
                for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                    hash.update(chunk, 0, n);
                    size += n;
                }
            }
            return new RecodedBody(original, recoding, size);
        }

        @Override
        public InputStream open() throws IOException {
            return recoding.open(original.open());
        }
    }
}
