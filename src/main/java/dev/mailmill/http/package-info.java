/**
 * The web kit: every route of every feature is answered through {@link dev.mailmill.http.WebDoor}.
 *
 * <p><b>Does</b>: listens, matches paths, asks whose key it is, reads bodies and JSON within
 * limits, turns trouble into RFC 9457 problems. {@link dev.mailmill.http.Fields} reads a JSON
 * object and collects all its errors; {@link dev.mailmill.http.Paging} reads and answers cursors.
 *
 * <p><b>Never</b>: knows a feature, a table or mail; takes a key from a URL; writes a key, a body
 * or a stack trace into an answer or a log.
 *
 * <p><b>Fails</b>: what the client did is a {@link dev.mailmill.http.Problem}; what we did is a 500
 * with the request's id, and the stack trace under the same id in the log.
 *
 * <p><b>Always holds</b>: a body is complete, within its limits and valid UTF-8 before an action
 * sees it; every read and write of a connection has a deadline; one request gets one answer.
 *
 * <p><b>Start reading at</b> {@code Front.answer}.
 */
package dev.mailmill.http;
