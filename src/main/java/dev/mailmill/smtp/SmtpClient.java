package dev.mailmill.smtp;

import java.time.Duration;

/**
 * Opens connections to SMTP servers. Thread-safe; it has one thread of its own, which ends what
 * takes too long.
 */
public final class SmtpClient implements AutoCloseable {
    private final SmtpClientSettings settings;
    private final ClientTls tls;
    private final SmtpClientDeadlines deadlines = new SmtpClientDeadlines();

    public SmtpClient(SmtpClientSettings settings, ClientTls tls) {
        this.settings = settings;
        this.tls = tls;
    }

    /**
     * Connects, reads the greeting, says EHLO, goes over to TLS and logs in, as the target asks.
     *
     * @param total for this and the first transaction; each later one has as much again
     */
    public SmtpClientConnection open(SmtpClientTarget target, Duration total)
            throws SmtpClientException {
        SmtpClientConnection connection = new SmtpClientConnection(settings, target);
        connection.open(deadlines, tls, total);
        return connection;
    }

    /**
     * The same, and tells what was said when it fails.
     *
     * @param transcript given the conversation of a failed opening
     */
    public SmtpClientConnection open(SmtpClientTarget target, Duration total,
            java.util.function.Consumer<String> transcript) throws SmtpClientException {
        SmtpClientConnection connection = new SmtpClientConnection(settings, target);
        try {
            connection.open(deadlines, tls, total);
            return connection;
        } catch (SmtpClientException e) {
            transcript.accept(connection.transcript());
            throw e;
        }
    }

    public SmtpClientSettings settings() {
        return settings;
    }

    /** Connections that are open now, idle ones too. */
    public int connections() {
        return deadlines.size();
    }

    /** Ends all connections at once. */
    @Override
    public void close() {
        deadlines.close();
    }
}
