/**
 * Sending domains: whose they are, which keys sign for them, where their bounces come back.
 *
 * <p><b>Does</b>: makes DKIM keys and the DNS rows to publish, compares them with what is published
 * ({@link dev.mailmill.domain.Domains#check}), refuses authors that are not the sender's ({@link
 * dev.mailmill.domain.OwnershipGate}), hands out keys ready to sign ({@link
 * dev.mailmill.domain.SigningKeys}) and signed return paths
 * ({@link dev.mailmill.domain.ReturnPath}).
 *
 * <p>Each row is asked of the zone's own servers, hourly ({@link dev.mailmill.domain.DomainWatch}),
 * and what changed is kept; keys take turns under two selectors.
 *
 * <p><b>Never</b>: asks for a row that would break another; gives one tenant's name to another;
 * signs with a key that was not seen in DNS, unless the operator vouches for it or nothing leaves
 * the house; takes a domain away because DNS was silent; stores a private key in clear.
 *
 * <p><b>Fails</b>: what is wrong with a name or a row is a value ({@link
 * dev.mailmill.domain.Domains.Adding}, {@link dev.mailmill.domain.Finding}); the store's troubles
 * are {@link dev.mailmill.mail.StoreException}s.
 *
 * <p><b>Always holds</b>: a name has at most one owner; {@code d=} is the author's domain or one
 * above it; names are compared as lower-case A-labels; the gate answers from memory.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.domain.OwnershipGate#admit} and {@link
 * dev.mailmill.domain.Domains#check}.
 */
package dev.mailmill.domain;
