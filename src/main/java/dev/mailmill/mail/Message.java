package dev.mailmill.mail;

import java.time.Instant;

/**
 * An accepted submission: immutable, stored once for all its recipients.
 *
 * @param id       63 bits; the first of its deliveries has the same number (decision 2)
 * @param sender   MAIL FROM as submitted, kept for delivery status notifications
 * @param accepted when; the Date of what we write ourselves
 */
public record Message(long id, long tenant, long stream, Door door, String credential,
        Instant accepted, String sender, String envid, String ret, Submission.Options options,
        Letter letter) {
}
