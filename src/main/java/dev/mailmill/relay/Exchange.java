package dev.mailmill.relay;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Composer;
import dev.mailmill.mail.CrashPoint;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Transport.Attempt;
import dev.mailmill.smtp.SmtpClientAnswer;
import dev.mailmill.smtp.SmtpClientConnection;
import dev.mailmill.smtp.SmtpClientException;
import dev.mailmill.smtp.SmtpClientMail;
import dev.mailmill.smtp.SmtpClientOffer;
import dev.mailmill.smtp.SmtpClientReply;
import dev.mailmill.smtp.SmtpClientStage;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;

/** One delivery over one connection: compose, envelope, content, intent, dot, reply. */
final class Exchange {
    private static final int CHUNK = 16 * 1024;
    private static final byte[] EMPTY_LINE = {'\r', '\n'};

    private final Attempt attempt;
    private final Duration intentAtMost;
    private boolean intentAsked;
    private boolean noted;
    private boolean farewell;
    private boolean elsewhere;

    Exchange(Attempt attempt, Duration intentAtMost) {
        this.attempt = attempt;
        this.intentAtMost = intentAtMost;
    }

    /**
     * On return the connection is in order or closed.
     *
     * @throws SmtpClientException when the conversation broke; it says where
     */
    Outcome run(SmtpClientConnection connection) throws SmtpClientException {
        boolean orderly = false;
        try {
            Outcome outcome = transact(connection);
            orderly = true;
            return outcome;
        } finally {
            if (!orderly) {
                connection.abort();
            }
        }
    }

    /** Whether this peer is told what the sender wants reported. */
    boolean asksReports(SmtpClientConnection connection) {
        return connection.offer().dsn() && !attempt.delivery().dsnNotify().isEmpty();
    }

    /** Whether the peer answered MAIL with 421: on an idle connection that is about its age. */
    boolean farewell() {
        return farewell;
    }

    /**
     * Whether the last run was refused for now, before any content: the next server of the domain
     * may see it otherwise, and can't make a second copy of it (RFC 5321 §5.1).
     */
    boolean elsewhere() {
        return elsewhere;
    }

    private Outcome transact(SmtpClientConnection connection) throws SmtpClientException {
        elsewhere = false;
        // the delivery may have been lost since another server was asked
        noted = false;
        String host = connection.target().host();
        SmtpClientOffer offer = connection.offer();
        Composer.Outgoing letter;
        try {
            letter = attempt.compose(new Composer.PeerCapabilities(offer.eightBitMime(),
                    offer.smtpUtf8(), offer.sizeMax(), offer.dsn(), offer.pipelining()));
        } catch (Composer.Uncomposable e) {
            return new Outcome.Failed(e.reply());
        }
        SmtpClientMail mail = mail(letter);
        if (mail.requireTls() && !(proven(connection) && offer.requireTls())) {
            // RFC 8689 §4.2.1
            return new Outcome.Bounced(new Reply(0, "5.7.30", "the message needs REQUIRETLS, "
                    + (proven(connection) ? "which the server does not offer"
                    : "and nothing proves who the server is"), host));
        }
        Optional<Outcome> unfit = unfit(mail, offer, host);
        if (unfit.isPresent()) {
            return unfit.get();
        }
        if (!intentAsked) {
            intentAsked = true;
            attempt.askIntent();
        }
        SmtpClientAnswer answer = connection.begin(mail);
        farewell = answer.reply().closing() && answer.stage() == SmtpClientStage.MAIL;
        elsewhere = !answer.go() && answer.reply().temporary();
        return answer.go() ? deliver(connection, letter) : Verdicts.ofRefusal(answer, host);
    }

    /** A route or a smart host may be spoken to in clear, or to anybody. */
    private static boolean proven(SmtpClientConnection connection) {
        return connection.secure() && !connection.trust().equals("opportunistic");
    }

    private Outcome deliver(SmtpClientConnection connection, Composer.Outgoing letter)
            throws SmtpClientException {
        boolean ours;
        try {
            ours = send(letter.head(), letter.head().length, connection)
                    && send(EMPTY_LINE, EMPTY_LINE.length, connection)
                    && send(letter.body(), connection) && noted();
        } catch (SmtpClientException e) {
            throw e;
        } catch (IOException e) {
            connection.abort();
            return deferred("4.3.0", "the content could not be read: " + e.getMessage());
        }
        if (!ours) {
            connection.abort();
            return deferred("4.3.0", "no longer ours to send");
        }
        CrashPoint.pass("relay.before-dot");
        connection.sendDot();
        CrashPoint.pass("relay.after-dot");
        SmtpClientReply reply = connection.dotReply();
        CrashPoint.pass("relay.after-reply");
        return Verdicts.ofDot(reply, connection.target().host());
    }

    /** False when it is not ours to send. */
    private boolean send(Body body, SmtpClientConnection connection) throws IOException {
        if (body instanceof Body.InMemory small) {
            return send(small.bytes(), small.bytes().length, connection);
        }
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = body.open()) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                if (!send(chunk, n, connection)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** What says BDAT LAST is as good as a dot: the peer may own the message by it. */
    private boolean send(byte[] octets, int length, SmtpClientConnection connection)
            throws SmtpClientException {
        if (connection.endsWithin(length) && !noted()) {
            return false;
        }
        connection.content(octets, 0, length);
        return true;
    }

    private boolean noted() {
        noted = noted || attempt.awaitIntent(intentAtMost);
        return noted;
    }

    private SmtpClientMail mail(Composer.Outgoing letter) {
        Delivery delivery = attempt.delivery();
        Message message = attempt.message();
        return new SmtpClientMail(letter.mailFrom(), letter.rcptTo(), letter.size(),
                letter.eightBit(), letter.utf8(), message.ret(), message.envid(),
                delivery.dsnNotify(), delivery.orcpt(),
                message.letter().has(Letter.REQUIRE_TLS));
    }

    /** What this peer can't be given, found out before it is asked. */
    private static Optional<Outcome> unfit(SmtpClientMail mail, SmtpClientOffer offer,
            String host) {
        if (!mail.sendable()) {
            return Optional.of(new Outcome.Failed(
                    Reply.local("5.1.3", "the address can't be written in SMTP")));
        }
        if (offer.sizeMax() > 0 && mail.size() > offer.sizeMax()) {
            // RFC 1870 §5: it would be refused for good; spare both sides the octets
            return Optional.of(new Outcome.Bounced(new Reply(0, "5.3.4", "the message has "
                    + mail.size() + " octets, the server takes " + offer.sizeMax(), host)));
        }
        if ((mail.utf8() || mail.internationalAddress()) && !offer.smtpUtf8()) {
            return Optional.of(new Outcome.Bounced(new Reply(0, "5.6.7",
                    "the message needs SMTPUTF8, which the server does not offer", host)));
        }
        if (mail.eightBit() && !offer.eightBitMime()) {
            return Optional.of(new Outcome.Failed(new Reply(0, "5.6.3",
                    "the message needs 8BITMIME, which the server does not offer", host)));
        }
        return Optional.empty();
    }

    private static Outcome deferred(String code, String text) {
        return new Outcome.Deferred(Reply.local(code, text), Outcome.Fault.RECIPIENT);
    }
}
