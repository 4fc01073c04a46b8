/**
 * The way out through somebody else's relay.
 *
 * <p><b>Does</b>: hands every delivery to one smart host ({@link
 * dev.mailmill.exit.SmartHostTransport}), over the same courier that talks to MXs.
 *
 * <p><b>Never</b>: says a password in clear, or to a host that has not proven its name; calls a
 * message delivered that was only taken over.
 *
 * <p><b>Fails</b>: a wrong address of the smart host stops the start, with the reason; a smart host
 * that refuses our login, or has no good certificate, makes the lane wait: the recipients are not
 * to blame.
 *
 * <p><b>Always holds</b>: a good outcome is {@code Relayed}; all deliveries share one lane.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.exit.SmartHost#parse}.
 */
package dev.mailmill.exit;
