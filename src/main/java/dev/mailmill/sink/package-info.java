/**
 * The ways out that lead nowhere.
 *
 * <p><b>Does</b>: keeps mail to be looked at ({@link dev.mailmill.sink.CaptureTransport}), keeps it
 * until it is let go ({@link dev.mailmill.sink.HoldTransport}), or lets only some of it through
 * ({@link dev.mailmill.sink.DeliverOnly}); captures test mail whatever the way out ({@link
 * dev.mailmill.sink.TestMail}); plays receivers of a domain that is nobody's ({@link
 * dev.mailmill.sink.Simulator}).
 *
 * <p><b>Never</b>: opens a connection. What is captured is never called delivered.
 *
 * <p><b>Fails</b>: what can't be composed fails here as it would on a real way out.
 *
 * <p><b>Always holds</b>: a captured message was composed, as for a server that can do everything.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.sink.DeliverOnly}.
 */
package dev.mailmill.sink;
