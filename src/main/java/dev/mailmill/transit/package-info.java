/**
 * What TLS mail must have on its way.
 *
 * <p><b>Does</b>: finds out what a domain asks for, by TLSA records (DANE, RFC 7672) and by its
 * MTA-STS policy (RFC 8461), and what the sender asks for (RFC 8689); judges a server's
 * certificates accordingly; counts sessions and tells the domains that want to know (RFC 8460).
 *
 * <p><b>Never</b>: takes "cannot know now" for "asks for nothing"; lets MTA-STS overrule DANE;
 * bounces for a policy that fails: that mail waits.
 *
 * <p><b>Fails</b>: never by exception for what DNS, a policy's server or a certificate says. All of
 * it is written by strangers and bounded in size, count and time.
 *
 * <p><b>Always holds</b>: a policy that was believed once holds until it ends, whatever DNS says
 * since; nothing is said in clear, nor under a certificate that does not fit, where TLS is
 * demanded; a domain without policies costs one cached question.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.transit.Way#to}.
 */
package dev.mailmill.transit;
