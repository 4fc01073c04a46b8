/**
 * What a message is, told from its octets alone: mail, a delivery report, a complaint, a reply, an
 * automatic answer; with its parts and what others wrote about it.
 *
 * <p><b>Does</b>: reads in one go, within bounds of octets, parts and depth, whatever the octets
 * are. <b>Never</b>: believes a word of it, asks the network, or lets a control character through.
 * <b>Fails</b>: never by the content; what is cut off or broken is said. <b>Start reading at</b>
 * {@code Inspection.of}.
 */
package dev.mailmill.inspect;
