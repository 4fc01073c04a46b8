package dev.mailmill.smtp;

import java.time.Duration;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Opens connections to SMTP servers. Thread-safe; it has one thread of its own, which ends what
 * takes too long.
 */
public final class SmtpClient implements AutoCloseable {
    private final SmtpClientSettings settings;
    private final ClientTls tls;
    private final SmtpClientDeadlines deadlines = new SmtpClientDeadlines();
    private final Set<String> chunkless = ConcurrentHashMap.newKeySet();

    public SmtpClient(SmtpClientSettings settings, ClientTls tls) {
        this.settings = settings;
        this.tls = tls;
    }

    /**
     * Connects to whichever of a host's addresses answers first, IPv6 or IPv4 (RFC 8305).
     *
     * @param doors      its addresses, the best first; those used up are taken out
     * @param total      for this and the first transaction; each later one has as much again
     * @param transcript given what was tried when none answers
     */
    public SmtpClientCall dial(SmtpClientSource source, Deque<SmtpClientTarget> doors,
            Duration total, Consumer<String> transcript) throws SmtpClientException {
        SmtpClientTranscript said = new SmtpClientTranscript();
        try {
            SmtpClientRace.Won won = new SmtpClientRace(deadlines, source, settings.connect(),
                    total, said).run(doors);
            return new SmtpClientCall(won.target(), source, won.wire(), said);
        } catch (SmtpClientException e) {
            transcript.accept(said.text());
            throw e;
        }
    }

    /**
     * Reads the greeting, says EHLO, goes over to TLS and logs in, as the target asks.
     *
     * @param target     the call's, with as much TLS as is wanted
     * @param transcript given the conversation of a failed opening
     */
    public SmtpClientConnection open(SmtpClientCall call, SmtpClientTarget target,
            Consumer<String> transcript) throws SmtpClientException {
        SmtpClientConnection connection =
                new SmtpClientConnection(settings, target, call, chunkless);
        try {
            connection.open(tls);
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
