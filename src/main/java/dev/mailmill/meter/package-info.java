/**
 * What the large receivers ask of bulk senders, and how a domain stands by it.
 *
 * <p><b>Does</b>: brings together what other packages know of an organisation's domains (DNS, our
 * addresses, who tells of complaints, what was sent over every door) and judges each requirement:
 * green, amber, red or unknown, with the evidence and the fix. Remembers for ever who has been a
 * bulk sender.
 *
 * <p><b>Never</b>: stops mail; asks DNS for anything but where an organisation begins; takes what
 * nobody can know here for zero.
 *
 * <p><b>Fails</b>: to {@code unknown}.
 *
 * <p><b>Always holds</b>: judging is pure. Another account's mail is counted only for who owns the
 * organisation's own name.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.meter.Meter#of}, then {@code Judge}.
 */
package dev.mailmill.meter;
