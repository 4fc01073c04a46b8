/**
 * What names mean, and which addresses may be connected to.
 *
 * <p><b>Does</b>: asks a resolver for MX, A, AAAA, TLSA, TXT and PTR records ({@link
 * dev.mailmill.dns.Dns}), finds out whether they are genuine ({@link dev.mailmill.dns.Dnssec}),
 * keeps the answers for as long as they are good, and judges addresses ({@link
 * dev.mailmill.dns.AddressPolicy}).
 *
 * <p><b>Never</b>: takes "cannot know now" for "does not exist": a bounce stands on the second,
 * and a timeout is none. Never uses the system's own look-up, which blocks a carrier thread in
 * native code.
 *
 * <p><b>Fails</b>: never by exception. A name that cannot exist, a resolver that does not answer
 * and an answer that makes no sense are all {@link dev.mailmill.dns.Answer}s.
 *
 * <p><b>Always holds</b>: at most 100 records of an answer are kept; each look-up ends within its
 * deadline; the cache is bounded by count, its entries by time.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.dns.Dns} and {@code CachedDns}.
 */
package dev.mailmill.dns;
