package dev.mailmill.smtp;

import dev.mailmill.smtp.SmtpHandler.MailFrom;
import dev.mailmill.smtp.SmtpHandler.RcptTo;
import dev.mailmill.smtp.SmtpHandler.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What MAIL and RCPT have said so far of one message (RFC 5321 §3.3); used again for the next. */
final class MailTransaction {
    private static final Logger LOG = LoggerFactory.getLogger(MailTransaction.class);
    private static final Set<String> MAIL_PARAMETERS =
            Set.of("SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "AUTH");
    /** RFC 8689 §4.1: REQUIRETLS is asked for under TLS only. */
    private static final Set<String> SECURE_PARAMETERS =
            Set.of("SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "AUTH", "REQUIRETLS");
    private static final Set<String> RCPT_PARAMETERS = Set.of("NOTIFY", "ORCPT");

    private final Connection connection;
    private final SmtpLimits limits;
    private final String hostname;
    private final List<RcptTo> recipients = new ArrayList<>();
    private MailFrom from;
    private int recipientsAsked;
    private long end = Ticks.NEVER;

    MailTransaction(Connection connection, SmtpLimits limits, String hostname) {
        this.connection = connection;
        this.limits = limits;
        this.hostname = hostname;
    }

    boolean begun() {
        return from != null;
    }

    /** When it must be through. */
    long end() {
        return end;
    }

    void reset() {
        from = null;
        recipients.clear();
        recipientsAsked = 0;
        end = Ticks.NEVER;
        connection.inTransaction(false);
    }

    SmtpReply mail(SmtpHandler handler, String rest, boolean extended) throws SyntaxException {
        if (from != null) {
            throw new SyntaxException(503, "5.5.1",
                    "A message is begun already; go on with RCPT, or RSET");
        }
        PathParser.Parsed path = PathParser.reverse(rest, afterKeyword(rest, "FROM:", "MAIL"));
        Parameters parameters = Parameters.parse(rest.substring(path.end()),
                connection.encrypted() ? SECURE_PARAMETERS : MAIL_PARAMETERS, extended);
        parameters.auth();
        MailFrom parsed = new MailFrom(path.address(), parameters.size(), parameters.eightBit(),
                parameters.utf8(), parameters.ret(), parameters.envid(),
                parameters.requireTls());
        needUtf8(parsed.sender(), parsed.utf8());
        if (parsed.size() > limits.sizes().messageBytesMax()) {
            return tooLarge();
        }
        SmtpReply reply = asked(() -> handler.mail(parsed));
        if (reply.positive()) {
            from = parsed;
            end = Ticks.in(limits.times().transaction());
            connection.inTransaction(true);
        }
        return reply;
    }

    /** Whether one more recipient is one too many. */
    boolean full() {
        return recipients.size() >= limits.counts().recipientsMax();
    }

    SmtpReply rcpt(SmtpHandler handler, String rest, boolean extended) throws SyntaxException {
        recipientsAsked++;
        RcptTo parsed;
        try {
            parsed = recipient(rest, extended);
        } catch (SyntaxException e) {
            if (recipientsAsked > limits.counts().recipientsMax()) {
                throw e;
            }
            // a list with some bad addresses is no attack: it is answered, and not counted
            return e.reply();
        }
        SmtpReply reply = asked(() -> handler.recipient(parsed));
        if (reply.positive()) {
            recipients.add(parsed);
        }
        return reply;
    }

    private RcptTo recipient(String rest, boolean extended) throws SyntaxException {
        PathParser.Parsed path = PathParser.forward(rest, afterKeyword(rest, "TO:", "RCPT"),
                hostname);
        Parameters parameters = Parameters.parse(rest.substring(path.end()), RCPT_PARAMETERS,
                extended);
        needUtf8(path.address(), from.utf8());
        return new RcptTo(path.address(), parameters.dsnNotify(), parameters.orcpt());
    }

    /** Blanks after the colon are wrong (RFC 5321 §3.3), harmless, and what old devices send. */
    private static int afterKeyword(String rest, String keyword, String verb)
            throws SyntaxException {
        if (!rest.regionMatches(true, 0, keyword, 0, keyword.length())) {
            throw new SyntaxException(501, "5.5.4", "Write " + verb + " " + keyword + "<address>");
        }
        int at = keyword.length();
        while (at < rest.length() && rest.charAt(at) == ' ') {
            at++;
        }
        return at;
    }

    private static void needUtf8(EnvelopeAddress address, boolean declared)
            throws SyntaxException {
        if (!declared && address.needsUtf8()) {
            throw new SyntaxException(553, "5.6.7", "Address refused: it has letters beyond ASCII;"
                    + " say SMTPUTF8 at MAIL");
        }
    }

    /** @param verb DATA or BDAT, which come when somebody is there to get it */
    void checkReady(String verb) throws SyntaxException {
        if (from == null || recipients.isEmpty() && recipientsAsked == 0) {
            throw new SyntaxException(503, "5.5.1", from == null
                    ? "Say MAIL and RCPT before " + verb : "Say RCPT before " + verb);
        }
        if (recipients.isEmpty()) {
            throw new SyntaxException(554, "5.5.1", "No valid recipients; give one with RCPT");
        }
    }

    /** How the client came to its transaction. */
    record Greeting(String helo, boolean extended, boolean authenticated) {
    }

    Transaction handOver(Greeting greeting) {
        return new Transaction(greeting.helo(), greeting.extended(), greeting.authenticated(),
                connection.tlsText(), from, recipients);
    }

    SmtpReply tooLarge() {
        return new SmtpReply(552, "5.3.4", "Message too large: at most "
                + limits.sizes().messageBytesMax() + " octets are taken; send less, or a link");
    }

    /** A handler that throws has a defect; its client may try again. */
    static SmtpReply asked(Supplier<SmtpReply> question) {
        try {
            return question.get();
        } catch (RuntimeException e) {
            return failed(e);
        }
    }

    static SmtpReply failed(RuntimeException e) {
        LOG.error("what stands behind the SMTP session failed", e);
        return new SmtpReply(451, "4.3.0",
                "The server has a problem and took nothing; try again later");
    }
}
