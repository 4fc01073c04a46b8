/**
 * The core: a {@link dev.mailmill.mail.Submission} comes in, its {@link dev.mailmill.mail.Delivery
 * deliveries} are attempted, {@link dev.mailmill.mail.Fact facts} come out.
 *
 * <p><b>Does</b>: what every door and every exit has in common. {@link dev.mailmill.mail.Intake} is
 * the one way in, {@link dev.mailmill.mail.Dispatcher} the one way out,
 * {@link dev.mailmill.mail.RetryPolicy} the one place that decides what a failure means.
 *
 * <p><b>Never</b>: speaks SMTP, HTTP or SQL; opens a socket or a file; reads a clock of its own.
 * What it needs of the world are ports: {@link dev.mailmill.mail.Spool}, {@link
 * dev.mailmill.mail.Journal}, {@link dev.mailmill.mail.Composer}, {@link
 * dev.mailmill.mail.Transport}, {@link dev.mailmill.mail.Gate}, {@link dev.mailmill.mail.Streams}.
 *
 * <p><b>Fails</b>: a refusal or a bounce is a value; a store that is full, down or broken is a
 * {@link dev.mailmill.mail.StoreException}, caught once per door and once per dispatcher loop.
 *
 * <p><b>Always holds</b>: a state and its fact change in one transaction; an accepted delivery ends
 * in exactly one final state; accepted = open + final.
 *
 * <p><b>Start reading at</b> {@code Intake.accept} and {@code Dispatcher.attempt}.
 */
package dev.mailmill.mail;
