/**
 * The pages that people see: mail and what became of it, domains, credentials, how to connect.
 *
 * <p><b>Does</b>: asks the features named in its row of ARCHITECTURE.md and shows what they say,
 * rendered on the server (JTE, compiled at build time) with htmx for what moves.
 *
 * <p><b>Never</b>: decides about mail; runs an inline script or style, which its policy forbids;
 * changes anything by GET; sets hostile text into a page unescaped, or a mail's HTML into a page at
 * all: that stays in a frame with a policy of its own.
 *
 * <p><b>Fails</b>: with a page that says what to do, made from the same
 * {@link dev.mailmill.http.Problem} that a program would get.
 *
 * <p><b>Always holds</b>: every page but login and welcome has a session; every change has proven
 * that the form came from that session's page ({@code Gatekeeper}); every answer has the policy's
 * headers.
 *
 * <p><b>Start reading at</b> {@code Gatekeeper} and {@code Dashboard.into}. The templates are in
 * {@code src/main/jte}.
 */
package dev.mailmill.dashboard;
