package dev.mailmill.smtp;

import dev.mailmill.smtp.SmtpClientException.Kind;
import java.time.Duration;

/**
 * A conversation with one server, ready for transactions. One thread at a time.
 *
 * <p>A transaction is {@link #begin}, and when the peer says 354: {@link #content} any number of
 * times, {@link #sendDot}, {@link #dotReply}. After an exception, or {@link #abort}, the connection
 * is closed and {@link #reusable} is false.
 */
public final class SmtpClientConnection {
    /** So soon after a reply nobody hangs up; the look for a farewell is spared. */
    private static final long FRESH_NANOS = 250_000_000;

    private final SmtpClientSettings settings;
    private final SmtpClientTarget target;
    private final SmtpClientTranscript transcript = new SmtpClientTranscript();
    private SmtpClientWire wire;
    private SmtpClientOffer offer = SmtpClientOffer.NOTHING;
    private SmtpClientContent content;
    private boolean secure;
    private String protocol = "clear";
    private String trust = "";
    private int transactions;
    private boolean mustReset;
    private boolean usable;
    private long heardAt = System.nanoTime();

    SmtpClientConnection(SmtpClientSettings settings, SmtpClientTarget target) {
        this.settings = settings;
        this.target = target;
    }

    void open(SmtpClientDeadlines deadlines, ClientTls tls, Duration total)
            throws SmtpClientException {
        transcript.note("to " + target.host() + " [" + target.address().getHostAddress() + "] port "
                + target.port());
        try {
            wire = SmtpClientWire.connect(deadlines, target, settings.connect(), total);
            transcript.note("connected");
            SmtpClientOpening opening =
                    new SmtpClientOpening(settings, target, wire, tls, transcript);
            offer = opening.run();
            secure = opening.secure();
            protocol = opening.protocol();
            trust = opening.trust();
            usable = true;
        } catch (SmtpClientException e) {
            transcript.note(e.getMessage());
            throw e;
        } finally {
            if (!usable && wire != null) {
                wire.kill();
            }
        }
    }

    public SmtpClientTarget target() {
        return target;
    }

    public SmtpClientOffer offer() {
        return offer;
    }

    /** Whether the conversation is encrypted. */
    public boolean secure() {
        return secure;
    }

    /** {@code TLSv1.3}, or {@code clear}. */
    public String protocol() {
        return protocol;
    }

    /** What the certificate was held to, in the words of {@code mail.Line}; empty in clear. */
    public String trust() {
        return trust;
    }

    /** Transactions begun so far. */
    public int transactions() {
        return transactions;
    }

    /** What was said since the last {@link #renew}, or since connecting. */
    public String transcript() {
        return transcript.text();
    }

    /**
     * Another attempt takes the idle connection over.
     *
     * @return false when it is known to be dead; nothing is sent to find out
     */
    public boolean renew() {
        boolean fresh = System.nanoTime() - heardAt < FRESH_NANOS && !wire.buffered();
        if (!reusable() || !fresh && wire.unasked()) {
            abort();
            return false;
        }
        transcript.restart("to " + target.host() + " [" + target.address().getHostAddress()
                + "], connection reused, transaction " + (transactions + 1));
        wire.restartTotal();
        return true;
    }

    /** Says MAIL, RCPT and DATA, in one write where the peer pipelines (RFC 2920). */
    public SmtpClientAnswer begin(SmtpClientMail mail) throws SmtpClientException {
        if (!mail.sendable()) {
            throw new IllegalArgumentException("an address with control characters");
        }
        transactions++;
        content = null;
        try {
            SmtpClientAnswer answer = offer.pipelining() ? together(mail) : oneByOne(mail);
            if (answer.go()) {
                content = new SmtpClientContent(wire, settings.block());
            }
            return answer;
        } catch (SmtpClientException e) {
            throw broken(e);
        }
    }

    private SmtpClientAnswer together(SmtpClientMail mail) throws SmtpClientException {
        boolean reset = mustReset;
        if (reset) {
            say("RSET", SmtpClientStage.MAIL);
        }
        say(mail.mailLine(offer), SmtpClientStage.MAIL);
        say(mail.rcptLine(offer), SmtpClientStage.MAIL);
        say("DATA", SmtpClientStage.MAIL);
        solicited(SmtpClientStage.MAIL);
        wire.flush(SmtpClientStage.MAIL, settings.block());
        if (reset) {
            readReset();
        }
        SmtpClientReply first = expect(SmtpClientStage.MAIL, settings.mail());
        SmtpClientAnswer no = first.positive() ? null
                : new SmtpClientAnswer(SmtpClientStage.MAIL, first);
        SmtpClientReply second = usable
                ? follow(SmtpClientStage.RCPT, settings.rcpt(), no != null) : null;
        if (no == null && !second.positive()) {
            no = new SmtpClientAnswer(SmtpClientStage.RCPT, second);
        }
        SmtpClientReply third = usable
                ? follow(SmtpClientStage.DATA, settings.data(), no != null) : null;
        if (no == null) {
            return dataAnswer(third);
        }
        mustReset = true;
        if (third != null && third.code() / 100 == 3) {
            loneDot();
        }
        return no;
    }

    /** Every recipient was refused, yet the peer waits for content: an empty one ends it. */
    private void loneDot() {
        try {
            say(".", SmtpClientStage.DATA);
            wire.flush(SmtpClientStage.DATA, settings.block());
            follow(SmtpClientStage.DATA, settings.data(), true);
            mustReset = false;
        } catch (SmtpClientException e) {
            abort();
        }
    }

    private SmtpClientAnswer oneByOne(SmtpClientMail mail) throws SmtpClientException {
        if (mustReset) {
            say("RSET", SmtpClientStage.RSET);
            solicited(SmtpClientStage.RSET);
            wire.flush(SmtpClientStage.RSET, settings.block());
            readReset();
        }
        SmtpClientReply reply = ask(mail.mailLine(offer), SmtpClientStage.MAIL, settings.mail());
        if (!reply.positive()) {
            return new SmtpClientAnswer(SmtpClientStage.MAIL, reply);
        }
        mustReset = true;
        reply = ask(mail.rcptLine(offer), SmtpClientStage.RCPT, settings.rcpt());
        if (!reply.positive()) {
            return new SmtpClientAnswer(SmtpClientStage.RCPT, reply);
        }
        return dataAnswer(ask("DATA", SmtpClientStage.DATA, settings.data()));
    }

    private SmtpClientAnswer dataAnswer(SmtpClientReply reply) throws SmtpClientException {
        if (reply.positive()) {
            throw wire.garbage(SmtpClientStage.DATA, "\"" + reply + "\" in answer to DATA");
        }
        mustReset = reply.code() / 100 != 3;
        return new SmtpClientAnswer(SmtpClientStage.DATA, reply);
    }

    /** Octets of the message; CR and LF only as a pair, dots are doubled here. */
    public void content(byte[] octets, int from, int length) throws SmtpClientException {
        try {
            content.write(octets, from, length);
        } catch (SmtpClientException e) {
            throw broken(e);
        }
    }

    /** The rest of the content and the final dot; from now on the peer may own the message. */
    public void sendDot() throws SmtpClientException {
        try {
            solicited(SmtpClientStage.CONTENT);
            transcript.content(content.octets());
            content.end();
            wire.flush(SmtpClientStage.DOT, settings.block());
        } catch (SmtpClientException e) {
            throw broken(e);
        }
    }

    /** What became of it. */
    public SmtpClientReply dotReply() throws SmtpClientException {
        try {
            mustReset = false;
            SmtpClientReply reply = expect(SmtpClientStage.DOT, settings.dot());
            heardAt = System.nanoTime();
            return reply;
        } catch (SmtpClientException e) {
            throw broken(e);
        }
    }

    /** Whether another transaction may follow. */
    public boolean reusable() {
        return usable && !wire.closed();
    }

    /** Says QUIT and waits a little for the answer. */
    public void quit() {
        try {
            if (reusable()) {
                ask("QUIT", SmtpClientStage.QUIT, settings.quit());
            }
        } catch (SmtpClientException e) {
            // the farewell is a courtesy
        } finally {
            usable = false;
            wire.close(settings.quit());
        }
    }

    /** Hangs up at once: what was begun is not delivered as long as the dot was not sent. */
    public void abort() {
        usable = false;
        wire.kill();
    }

    // ---- words and answers

    private void say(String line, SmtpClientStage stage) throws SmtpClientException {
        transcript.said(line);
        wire.line(line, stage, settings.block());
    }

    private SmtpClientReply ask(String line, SmtpClientStage stage, Duration atMost)
            throws SmtpClientException {
        say(line, stage);
        solicited(stage);
        wire.flush(stage, settings.block());
        return expect(stage, atMost);
    }

    /**
     * A reply before its question would be taken for the answer to a later one, and mail be lost or
     * doubled by it. An unasked 421 is a farewell, and a no amid the content is an answer.
     */
    private void solicited(SmtpClientStage stage) throws SmtpClientException {
        boolean content = stage == SmtpClientStage.CONTENT;
        if (!wire.buffered() && !(content && wire.answered())) {
            return;
        }
        SmtpClientReply early = wire.reply(stage, settings.quit());
        transcript.heard(early);
        wire.kill();
        boolean verdict = content && (early.temporary() || early.permanent());
        throw verdict || early.closing() ? new SmtpClientException(Kind.REFUSED, stage, early)
                : wire.garbage(stage, "\"" + early + "\" before it was asked");
    }

    private SmtpClientReply expect(SmtpClientStage stage, Duration atMost)
            throws SmtpClientException {
        SmtpClientReply reply = wire.reply(stage, atMost);
        transcript.heard(reply);
        boolean wanted354 = stage == SmtpClientStage.DATA;
        if (reply.code() / 100 == 3 && !wanted354) {
            throw wire.garbage(stage, "\"" + reply + "\"");
        }
        if (reply.closing()) {
            usable = false;
            wire.kill();
        }
        return reply;
    }

    /** A reply that no longer matters when the verdict has fallen: then its loss only ends us. */
    private SmtpClientReply follow(SmtpClientStage stage, Duration atMost, boolean decided)
            throws SmtpClientException {
        try {
            return expect(stage, atMost);
        } catch (SmtpClientException e) {
            if (!decided) {
                throw e;
            }
            transcript.note(e.getMessage());
            abort();
            return null;
        }
    }

    private void readReset() throws SmtpClientException {
        SmtpClientReply reply = expect(SmtpClientStage.RSET, settings.mail());
        if (!reply.positive()) {
            wire.kill();
            throw new SmtpClientException(Kind.REFUSED, SmtpClientStage.RSET, reply);
        }
        mustReset = false;
    }

    private SmtpClientException broken(SmtpClientException e) {
        transcript.note(e.getMessage());
        abort();
        return e;
    }
}
