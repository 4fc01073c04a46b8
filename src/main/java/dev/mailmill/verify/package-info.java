/**
 * Judges mail that came in: SPF (RFC 7208), DKIM (RFC 6376, 8301, 8463), ARC (RFC 8617) and DMARC
 * (RFC 9989), and writes what it found as Authentication-Results (RFC 8601).
 *
 * <p><b>Does</b>: reads the records that senders publish, with each fault in words, since the same
 * readers tell our own customers what is wrong with theirs.
 *
 * <p><b>Never</b>: decides what happens to a message; takes "cannot know now" for a failure;
 * recurses over input; believes that a domain ends where a list says: DNS is asked (RFC 9989).
 *
 * <p><b>Fails</b>: never by exception on what a message or a zone holds. A broken record is a
 * permerror, a silent resolver a temperror, and both say why.
 *
 * <p><b>Always holds</b>: linear time over every input; a named bound on look-ups, signatures,
 * sets, tags and octets; nothing is accepted because a bound was hit.
 *
 * <p><b>Start reading at</b> {@code Verifier}, then {@code Spf}, {@code Dkim}, {@code Dmarc}.
 */
package dev.mailmill.verify;
