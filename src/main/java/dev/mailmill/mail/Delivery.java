package dev.mailmill.mail;

import java.time.Instant;

/**
 * One recipient of one message: the thing that is attempted.
 *
 * @param id       the message's id plus the recipient's place in the envelope, from 0
 * @param carries  the class it travels in
 * @param attempts made so far that counted
 * @param due      not before
 * @param expires  the end of trying
 */
public record Delivery(long id, long message, long tenant, long stream, TrafficClass carries,
        String address, String domain, String orcpt, String dsnNotify, State state, int attempts,
        Instant due, Instant expires) {
}
