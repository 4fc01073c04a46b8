/**
 * The ways out other than to the recipients' servers by ourselves: somebody else's relay, or the
 * HTTP API of a service.
 *
 * <p><b>Does</b>: keeps the operator's exits and routes ({@link dev.mailmill.exit.Exits}), gives
 * each delivery to the exit of its route, in shares by recipient and with failover ({@link
 * dev.mailmill.exit.RoutedTransport}), speaks five services' APIs ({@code Service}), and hears from
 * their webhooks what became of the mail ({@link dev.mailmill.exit.HookRoutes}).
 *
 * <p><b>Never</b>: says a password or key in clear, or to a host that has not proven its name;
 * calls a message delivered that was only taken over; gives to a second exit what a first one may
 * have; believes a webhook that its service has not signed.
 *
 * <p><b>Fails</b>: a wrong address of the smart host stops the start, with the reason; an exit that
 * refuses our key, or is down, makes its lane wait or lets the next of the route have the mail: the
 * recipients are not to blame.
 *
 * <p><b>Always holds</b>: a good outcome is {@code Relayed}; no request's last octet leaves without
 * an intent, and a line that dies after it is ambiguous; where a delivery may be is noted before.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.exit.RoutedTransport#attempt}.
 */
package dev.mailmill.exit;
