/**
 * Makes the bytes that leave: once when a message is accepted, and again, per kind of peer, when it
 * is sent.
 *
 * <p><b>Does</b>: binds {@link dev.mailmill.mail.Composer} to the reading, writing and signing in
 * {@code mime}. {@link dev.mailmill.compose.MessageComposer} is the whole order of work.
 *
 * <p><b>Never</b>: keeps keys, asks a database, opens a connection, reads a clock. Keys and return
 * paths come through {@link dev.mailmill.compose.Signatures} and {@link
 * dev.mailmill.compose.ReturnPaths}.
 *
 * <p><b>Fails</b>: what a sender can mend is {@code Unfit} at the door; what no one can, for this
 * peer, is {@code Uncomposable} with 5.6.3 (may not be re-encoded), 5.6.7 (needs SMTPUTF8) or 5.7.0
 * (can't be signed). A body that can't be read is a {@code StoreException}.
 *
 * <p><b>Always holds</b>: the same message, delivery and peer give the same bytes; what came in raw
 * goes out octet for octet but for the declared changes; the signature is made last.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.compose.MessageComposer}.
 */
package dev.mailmill.compose;
