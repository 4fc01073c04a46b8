/**
 * Sends mail through a Mailmill server and follows it, over its HTTP API. Start at
 * {@link dev.mailmill.client.Mailmill}.
 *
 * <p>Each call blocks until the server has answered. What can go wrong later and be well again
 * (429, 503, a lost connection) is tried again, within bounds and with the same idempotency key, so
 * that nothing is sent twice; everything else is a {@link dev.mailmill.client.MailmillException}.
 * Fields that a newer server adds are ignored.
 */
package dev.mailmill.client;
