/**
 * The SMTP door: what mail programs and applications submit becomes a
 * {@link dev.mailmill.mail.Submission}, and the {@link dev.mailmill.mail.Admission} a reply.
 *
 * <p><b>Does</b>: tells mail programs where the door is, logs clients in (or knows them by their
 * network), slows down who guesses, parts header and body while they arrive, reads the orders in
 * the header ({@code Orders}), gives foreign authors an address of the account's where the login
 * says so ({@code ForeignFrom}), and says in SMTP what Intake says in its own words.
 *
 * <p><b>Never</b>: decides whether a tenant may send, changes the header otherwise, keeps anything
 * after the reply. Never tells a recipient where the client sits, never logs a secret.
 *
 * <p><b>Fails</b>: an unreachable store is {@code 451} for mail and {@code 454} for a login, never
 * a 5xx, so that no client gives up a good message or a good password.
 *
 * <p><b>Always holds</b>: a {@code 250} to the final dot is given only after Intake's Accepted;
 * everything short of it closes the body's draft.
 *
 * <p><b>Start reading at</b> {@code SubmitHandler.data} and {@code Replies}.
 */
package dev.mailmill.submit;
