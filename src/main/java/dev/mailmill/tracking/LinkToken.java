package dev.mailmill.tracking;

import dev.mailmill.account.KeyRing;
import dev.mailmill.account.MacKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * What a link or a picture in mail carries: whose count it is, and where it leads. There is no
 * table of links: only what we have signed is believed, so that nobody can send people elsewhere
 * from our host, and nobody can guess what others were sent.
 *
 * <p>Token: version (1 octet), key id (1), kind (1), stream (8), message (8), the target, the first
 * 128 bits of an HMAC of all that.
 */
final class LinkToken {
    private static final byte VERSION = 1;
    private static final int HEAD_BYTES = 19;
    private static final int MAC_BYTES = 16;
    /** In the kind. */
    private static final int INDIVIDUAL = 1;
    private static final int LINK = 2;
    private static final int TRAP = 4;
    private static final int CHARS_MAX = (HEAD_BYTES + Target.CHARS_MAX + MAC_BYTES) * 4 / 3 + 3;

    private final KeyRing keys;

    LinkToken(KeyRing keys) {
        this.keys = keys;
    }

    /**
     * Whose count it is.
     *
     * @param individual the message has one recipient, who has agreed
     * @param message    0: the stream's alone, since the message would name its only recipient
     */
    record Mark(boolean individual, long stream, long message) {
    }

    /**
     * @param target empty for the picture that tells of an opening, and for the trap
     * @param trap   nobody sees this link: who follows it is a program
     * @param id     of its MAC: the same however the token is spelled, and no other link's
     */
    record Link(Mark mark, String target, boolean trap, long id) {
    }

    String mint(Mark mark, String target) {
        return mint(mark, (mark.individual() ? INDIVIDUAL : 0) | (target.isEmpty() ? 0 : LINK),
                target);
    }

    /** A link that leads nowhere. */
    String trap(Mark mark) {
        return mint(mark, (mark.individual() ? INDIVIDUAL : 0) | TRAP, "");
    }

    private String mint(Mark mark, int kind, String target) {
        MacKey key = keys.newest();
        byte[] to = target.getBytes(StandardCharsets.US_ASCII);
        int signed = HEAD_BYTES + to.length;
        ByteBuffer token = ByteBuffer.allocate(signed + MAC_BYTES);
        token.put(VERSION).put((byte) key.id()).put((byte) kind)
                .putLong(mark.stream()).putLong(mark.message()).put(to);
        token.put(key.mac(token.array(), signed), 0, MAC_BYTES);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(token.array());
    }

    /** Empty when it is not ours, whatever is wrong with it. */
    Optional<Link> read(String text) {
        if (text.length() > CHARS_MAX) {
            return Optional.empty();
        }
        byte[] token;
        try {
            token = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        int signed = token.length - MAC_BYTES;
        if (signed < HEAD_BYTES || token[0] != VERSION) {
            return Optional.empty();
        }
        Optional<MacKey> key = keys.of(token[1] & 0xff);
        if (key.isEmpty()) {
            return Optional.empty();
        }
        byte[] right = Arrays.copyOf(key.get().mac(token, signed), MAC_BYTES);
        if (!MessageDigest.isEqual(right, Arrays.copyOfRange(token, signed, token.length))) {
            return Optional.empty();
        }
        ByteBuffer in = ByteBuffer.wrap(token, 2, signed - 2);
        int kind = in.get();
        Mark mark = new Mark((kind & INDIVIDUAL) != 0, in.getLong(), in.getLong());
        String target = StandardCharsets.US_ASCII.decode(in).toString();
        boolean whole = (kind & LINK) == 0 ? target.isEmpty()
                : Target.is(target);
        return whole ? Optional.of(new Link(mark, target, (kind & TRAP) != 0,
                ByteBuffer.wrap(right).getLong())) : Optional.empty();
    }
}
