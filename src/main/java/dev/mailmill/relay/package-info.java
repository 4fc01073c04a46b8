/**
 * The way out to other people's mail servers.
 *
 * <p><b>Does</b>: finds who takes a domain's mail ({@code MxHops}, RFC 5321 §5.1) or takes the
 * operator's word for it ({@link dev.mailmill.relay.StaticRoutes}), connects, keeps connections
 * for the next delivery of the lane, and carries one delivery over ({@link
 * dev.mailmill.relay.Courier}).
 *
 * <p><b>Never</b>: decides what follows from a failure (that is {@code mail.RetryPolicy}); changes
 * a message; connects a tenant's mail to an address that the {@link
 * dev.mailmill.dns.AddressPolicy} refuses.
 *
 * <p><b>Fails</b>: never by exception for what a peer or a resolver does; that is an {@link
 * dev.mailmill.mail.Outcome}. "Cannot know now" is deferred, "does not exist" bounces.
 *
 * <p><b>Always holds</b>: the terms of {@code transit} for a domain hold on each of its
 * connections, new or idle; no dot without an intent; a line that dies after the dot is ambiguous
 * and before it deferred; every wait has a deadline, an attempt as a whole too; a connection
 * belongs to one attempt or lies in the pool.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.relay.MxTransport#attempt} and {@code
 * Exchange.run}.
 */
package dev.mailmill.relay;
