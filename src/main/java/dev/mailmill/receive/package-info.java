/**
 * Mail from other servers: what comes back about mail of ours (bounces, complaints, unsubscribes,
 * answers), reports, and mail to the tenants' inbound routes. Start at {@code ReceiveHandler}, then
 * {@code Places}: where an address leads.
 */
package dev.mailmill.receive;
