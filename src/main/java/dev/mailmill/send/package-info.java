/**
 * The native API's door: {@code /v1/messages} and {@code /v1/events}.
 *
 * <p><b>Does</b>: reads JSON into {@link dev.mailmill.mail.Submission submissions}, hands all of a
 * call to Intake at once, and says what it answered; takes mail back, lets it go, sends it again;
 * shows messages, their bytes and the Journal.
 *
 * <p><b>Never</b>: decides about mail; writes a header; keeps anything; answers 202 before Intake
 * said that the message is durable; shows one tenant what is another's.
 *
 * <p><b>Fails</b>: bad input is a 422 that names each bad field by a JSON pointer, and nothing of
 * the call is kept; a store that is down is a 503 with Retry-After.
 *
 * <p><b>Always holds</b>: an address is parsed once, and only what was parsed is used; the same
 * idempotency key and body get the same answer.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.send.SendRoutes}.
 */
package dev.mailmill.send;
