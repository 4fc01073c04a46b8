/**
 * Tells senders at the SMTP door by mail what became of their mail (RFC 3461, RFC 3464).
 *
 * <p><b>Does</b>: follows the journal and writes, for who wants one, a report of a failure, of a
 * delay of four hours, or of a success.
 *
 * <p><b>Never</b>: reports on mail without an envelope sender, so never on a report; returns
 * content of a sensitive stream; reports to more than one sender or on more than one recipient at a
 * time.
 *
 * <p><b>Fails</b>: while the store takes no mail, reports wait. A report that may not be sent (the
 * domain is no longer the account's) is left out, and the log says so.
 *
 * <p><b>Always holds</b>: a fact leads to at most one report. The cursor moves when a page's
 * reports are accepted, and what is said again after a kill has the same idempotency key.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.report.Reports}.
 */
package dev.mailmill.report;
