package dev.mailmill.compose;

import dev.mailmill.mime.Head;
import dev.mailmill.mime.Malformed;
import java.util.Locale;
import java.util.Set;

/** Makes a kept letter ready to be handed in once more. Pure. */
public final class Resending {
    private static final byte[] NONE = new byte[0];
    /**
     * Of the first sending: its time, its name, its way to us, and signatures over these. What
     * comes of it has each of its own.
     */
    private static final Set<String> ONCE = Set.of("date", "message-id", "received",
            "dkim-signature");

    private Resending() {
    }

    /** The header without what belongs to its first sending. */
    public static byte[] head(byte[] kept) {
        try {
            return Head.read(kept).edit(
                    f -> ONCE.contains(f.name().toLowerCase(Locale.ROOT)) ? NONE : null, NONE,
                    NONE).bytes();
        } catch (Malformed e) {
            throw new IllegalStateException("a kept header can't be read: " + e.getMessage(), e);
        }
    }
}
