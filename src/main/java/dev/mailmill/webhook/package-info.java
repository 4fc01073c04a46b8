/**
 * Tells customers' programs what became of their mail: each fact of the journal, signed, in the
 * order of its message, again and again until it is taken, and from an earlier place on request.
 */
package dev.mailmill.webhook;
