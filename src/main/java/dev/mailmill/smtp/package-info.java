/**
 * The SMTP wire, both ends.
 *
 * <p><b>Does</b>: reads and writes what RFC 5321 and its extensions say. The server end
 * ({@link dev.mailmill.smtp.SmtpServer}) listens, holds the
 * {@linkplain dev.mailmill.smtp.SmtpLimits limits} and leads the conversation; what stands behind
 * it is an {@link dev.mailmill.smtp.SmtpHandler}.
 *
 * <p><b>Never</b>: decides who may send what, stores anything, knows a tenant. Never takes a
 * bare CR or LF for a line end, never keeps a byte over from before the TLS handshake.
 *
 * <p><b>Fails</b>: a client's mistake is a reply; a client that is too slow, floods us or leaves
 * the protocol in doubt gets one last reply and is cut off. A handler that throws costs its client
 * a {@code 451} or {@code 454}, never the server.
 *
 * <p><b>Always holds</b>: one thread per connection touches its session; every wait has a
 * deadline that a {@link dev.mailmill.smtp.Watchdog} enforces from outside, for writes too.
 *
 * <p><b>Start reading at</b> {@code SmtpSession.run}.
 */
package dev.mailmill.smtp;
