package dev.mailmill.dashboard;

import java.net.URI;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * Where this server stands, as people have to know it.
 *
 * @param base        of the pages and the API, with a slash at the end
 * @param submission  the port with STARTTLS
 * @param submissions the port with TLS from the first byte
 * @param smtpHost    what a client connects to
 * @param authority   the self-signed certificate that clients have to trust; empty when a public
 *                    authority vouches for ours
 * @param delivery    what becomes of mail
 * @param kept        how long it is remembered
 */
public record Surroundings(Supplier<URI> base, IntSupplier submission, IntSupplier submissions,
        String smtpHost, String authority, Delivery delivery, Kept kept) {

    /** What becomes of accepted mail. */
    public enum Delivery {
        CAPTURE, HOLD, DIRECT, RELAY
    }

    /**
     * In days: how long content stays, what happened, and recipients with their messages.
     */
    public record Kept(int content, int facts, int rows) {
    }

    /** Whether browsers reach the pages over TLS: then cookies never travel without. */
    boolean secure() {
        return "https".equals(base.get().getScheme());
    }

    /** As browsers write it into Origin. */
    String origin() {
        String text = base.get().toString();
        return text.substring(0, text.length() - 1);
    }
}
