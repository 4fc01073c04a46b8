package dev.mailmill.smtp;

import java.time.Duration;

/**
 * Who we say we are and how long we wait. The times are RFC 5321 §4.5.3.2's, which are minima for a
 * queueing client; {@code connect} and {@code tls} it leaves open.
 *
 * @param hostname what EHLO says: a name, or an address literal
 * @param connect  for one address
 * @param greeting for the banner
 * @param ehlo     for the replies to EHLO, STARTTLS and AUTH, each
 * @param tls      for the whole handshake
 * @param mail     for the reply to MAIL (and RSET)
 * @param rcpt     for the reply to RCPT
 * @param data     for the 354
 * @param block    for one write
 * @param dot      for the reply to the final dot; a short one makes duplicates
 * @param quit     for the reply to QUIT, which nobody needs
 */
public record SmtpClientSettings(String hostname, Duration connect, Duration greeting,
        Duration ehlo, Duration tls, Duration mail, Duration rcpt, Duration data, Duration block,
        Duration dot, Duration quit) {

    public static SmtpClientSettings of(String hostname) {
        Duration five = Duration.ofMinutes(5);
        return new SmtpClientSettings(hostname, Duration.ofSeconds(30), five, five,
                Duration.ofSeconds(60), five, five, Duration.ofMinutes(2), Duration.ofMinutes(3),
                Duration.ofMinutes(10), Duration.ofSeconds(5));
    }

    /** All times the same: for tests, and for peers on the same desk. */
    public static SmtpClientSettings of(String hostname, Duration each) {
        return new SmtpClientSettings(hostname, each, each, each, each, each, each, each, each,
                each, each);
    }
}
