package dev.mailmill.mail;

import java.time.Instant;

/**
 * An accepted submission: immutable, stored once for all its recipients.
 *
 * @param id       63 bits; the first of its deliveries has the same number (decision 2)
 * @param sender   MAIL FROM as submitted, kept for delivery status notifications
 * @param accepted when
 */
public record Message(long id, long tenant, long stream, Door door, String credential,
        Instant accepted, String sender, String envid, String ret, Submission.Options options,
        Letter letter) {
    /**
     * When it is there to be sent: the time that its sender chose, else when it was accepted. What
     * we date is dated so, and its life counts from here.
     */
    public Instant begins() {
        return options.sendAt().filter(accepted::isBefore).orElse(accepted);
    }
}
