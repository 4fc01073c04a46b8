package dev.mailmill.compose;

import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Body;
import dev.mailmill.mime.Decoding;
import dev.mailmill.mime.Head;
import dev.mailmill.mime.Malformed;
import dev.mailmill.mime.TextParts;
import dev.mailmill.mime.TextParts.Change;
import dev.mailmill.mime.TextParts.Leaf;
import dev.mailmill.tracking.Marking;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Marks the links of a finished message: of its text and HTML, and of nothing else. Each part keeps
 * its encoding and its charset, and what can't be read and written again without loss stays as
 * it came.
 */
final class RawMarks {
    /** Of all texts of a message, as they are encoded: longer mail is no letter to somebody. */
    static final int OCTETS_MAX = 2 * 1024 * 1024;
    private static final int PARTS_MAX = 20;
    /** A text that is signed where it stands (RFC 9580 §7), which a change would break. */
    private static final String SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----";

    private RawMarks() {
    }

    /**
     * Whether it may be changed at all. A signature of somebody else's covers the body, and would
     * be broken (RFC 6376 §3.7).
     */
    static boolean may(Head head) {
        return head.first("DKIM-Signature").isEmpty() && head.first("ARC-Seal").isEmpty();
    }

    /** The same body, or one in its place; the old one is discarded then. */
    static Body marked(Marking marking, Head head, Body body, Bodies bodies) throws IOException {
        List<Leaf> leaves;
        try (InputStream in = body.open()) {
            leaves = TextParts.of(head, in);
        }
        List<Change> changes;
        try (InputStream in = body.open()) {
            changes = changes(marking, leaves, in);
        }
        if (changes.isEmpty()) {
            return body;
        }
        Body made;
        try (InputStream in = TextParts.changed(head, changes, body.open());
                Bodies.Draft draft = bodies.draft()) {
            in.transferTo(draft);
            made = draft.keep();
        }
        body.discard();
        return made;
    }

    private static List<Change> changes(Marking marking, List<Leaf> leaves, InputStream in)
            throws IOException {
        List<Change> changes = new ArrayList<>();
        long at = 0;
        long octets = 0;
        boolean pictured = false;
        for (Leaf leaf : leaves.subList(0, Math.min(PARTS_MAX, leaves.size()))) {
            octets += leaf.size();
            if (octets > OCTETS_MAX) {
                break;
            }
            in.skipNBytes(leaf.from() - at);
            byte[] was = in.readNBytes((int) leaf.size());
            at = leaf.to();
            Optional<byte[]> is = changed(marking, leaf, was, pictured);
            pictured |= leaf.html() && is.isPresent();
            is.ifPresent(b -> changes.add(new Change(leaf, b)));
        }
        return changes;
    }

    private static Optional<byte[]> changed(Marking marking, Leaf leaf, byte[] was,
            boolean pictured) {
        try {
            byte[] plain = Decoding.of(leaf.encoding(), was, 0, was.length);
            Charset charset = leaf.charset().isEmpty() ? StandardCharsets.UTF_8
                    : Charset.forName(leaf.charset());
            if (!charset.canEncode()) {
                return Optional.empty();
            }
            String text = charset.newDecoder().decode(ByteBuffer.wrap(plain)).toString();
            if (!Arrays.equals(text.getBytes(charset), plain)) {
                return Optional.empty(); // some charsets have two ways to say the same
            }
            if (text.contains(SIGNED)) {
                return Optional.empty();
            }
            String marked = !leaf.html() ? marking.text(text)
                    : pictured ? marking.links(text) : marking.html(text);
            return marked.equals(text) ? Optional.empty()
                    : Optional.of(TextParts.encoded(leaf, marked.getBytes(charset)));
        } catch (Malformed | CharacterCodingException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
