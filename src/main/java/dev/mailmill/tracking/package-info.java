/**
 * Links in mail that lead back here: out of a list, and to what the mail pointed at.
 *
 * <p><b>Does</b>: says under which host a sender's links stand ({@link
 * dev.mailmill.tracking.LinkHosts}), and answers {@code /u/…}, the one click that ends a list
 * (RFC 8058). Leads the links of written mail past {@code /t/…} ({@link
 * dev.mailmill.tracking.Marking}), and counts who comes by.
 *
 * <p><b>Never</b>: sets a cookie, asks who somebody is, sends anybody to an address that we have
 * not signed, or changes anything by GET: scanners follow every link of a mail.
 *
 * <p><b>Fails</b>: a token that is not ours, whatever is wrong with it, is one plain 404.
 *
 * <p><b>Always holds</b>: a wish is durable before it is answered, and counts once. A click is
 * answered before it is written, and a kill loses less than a second of them.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.tracking.UnsubscribeRoutes}.
 */
package dev.mailmill.tracking;
