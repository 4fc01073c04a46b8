/**
 * What receivers report about our mail: complaints (RFC 5965), DMARC aggregate reports (RFC 9990
 * and the older XML) and TLS reports (RFC 8460).
 *
 * <p><b>Does</b>: reads a mail or a file ({@link dev.mailmill.feedback.Feedback#read}), keeps
 * aggregate reports in tables by source ({@link dev.mailmill.feedback.Reports#keep}), tells which
 * feedback loops are registered and heard of ({@link dev.mailmill.feedback.Loops}).
 *
 * <p><b>Never</b>: believes what a report says about whose mail it was: who acts on a complaint
 * proves it by the signed identity in the original's header; asks the network; reads a DOCTYPE, an
 * archive in an archive, or more than the bounds that {@link dev.mailmill.feedback.Archive} and
 * the readers name.
 *
 * <p><b>Fails</b>: what can't be read is a {@link dev.mailmill.feedback.Feedback.Refused} that
 * says what and where; the store's troubles are {@link dev.mailmill.mail.StoreException}s.
 *
 * <p><b>Always holds</b>: a report is kept whole or not at all, and the same one counts once; rows
 * are kept only for domains that are a tenant's.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.feedback.Feedback#read} and {@link
 * dev.mailmill.feedback.Reports#keep}.
 */
package dev.mailmill.feedback;
