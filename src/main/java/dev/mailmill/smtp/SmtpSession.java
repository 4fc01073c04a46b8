package dev.mailmill.smtp;

import java.io.IOException;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One conversation, as RFC 5321 §4 tells it and RFC 6409 wants it of a submission server: commands
 * in, one reply each, in order, until somebody leaves.
 */
final class SmtpSession {
    private static final Logger LOG = LoggerFactory.getLogger(SmtpSession.class);
    private static final int HELO_MAX = 255;
    static final SmtpReply FRAMING = new SmtpReply(521, "5.5.2", "A line ended in a bare"
            + " LF or without end; lines end in CRLF. Closing, for what follows is in doubt");

    private final Connection connection;
    private final SmtpServer server;
    private final SmtpLimits limits;
    private final WireInput input;
    private final WireOutput output;
    private final String hostname;
    private final long sessionEnd;

    private SmtpHandler handler;
    private boolean open = true;
    private boolean readAway;
    /** A message whose framing was in doubt came: what follows it may be part of it. */
    private boolean doubtful;
    private int errors;
    private int junk;
    private int loginFailures;

    private String helo = "";
    private boolean extended;
    private boolean authenticated;

    private final MailTransaction transaction;
    private final Reception reception;

    SmtpSession(Connection connection, SmtpServer server, SmtpLimits limits) {
        this.connection = connection;
        this.server = server;
        this.limits = limits;
        input = new WireInput(connection, limits.sizes().overlongBytesMax());
        output = connection.output();
        hostname = server.settings().hostname();
        transaction = new MailTransaction(connection, limits, hostname);
        reception = new Reception(input, output, limits, transaction);
        sessionEnd = Ticks.in(limits.times().session());
    }

    void run(SmtpHandler.Factory handlers) throws IOException {
        if (server.settings().mode() == SmtpServer.Mode.TLS && !handshake(tlsContext())) {
            connection.abort();
            return;
        }
        handler = handlers.open(connection.client());
        output.plain(220, true, hostname + " ESMTP Mailmill");
        try {
            while (open) {
                next();
            }
        } finally {
            reception.reset();
        }
        output.flush();
        if (readAway) {
            connection.closeReadingAway();
        }
    }

    private void next() throws IOException {
        SmtpReply shutdown = server.shutdown();
        if (shutdown != null && !transaction.begun()) {
            leave(shutdown);
            return;
        }
        switch (input.line(limits.sizes().authLineBytesMax(), latest())) {
            case LINE -> command();
            case BARE_CR -> unreadable(
                    "The line has a bare CR; lines end in CRLF and hold no other CR");
            case NUL -> unreadable("The line has a NUL; send text");
            case TOO_LONG -> unreadable("The line is too long; commands have at most "
                    + limits.sizes().commandBytesMax() + " octets");
            case BARE_LF, FLOOD -> leaveInDoubt(FRAMING);
            case CLOSED -> open = false;
        }
    }

    private long latest() {
        return Math.min(sessionEnd, transaction.end());
    }

    private void command() throws IOException {
        String line = input.lineText();
        if (line == null) {
            unreadable("The line is not UTF-8");
            return;
        }
        int length = line.length();
        while (length > 0 && (line.charAt(length - 1) == ' ' || line.charAt(length - 1) == '\t')) {
            length--;
        }
        int space = line.indexOf(' ');
        int verbEnd = space < 0 || space > length ? length : space;
        Verb verb = Verb.of(line, verbEnd);
        if (doubtful && verb != Verb.QUIT) {
            leaveInDoubt(new SmtpReply(421, "4.5.0", "The message before had bare line ends, so"
                    + " this may be a part of it; connect again"));
            return;
        }
        if (verb != Verb.AUTH && input.lineLength() + 2 > limits.sizes().commandBytesMax()) {
            unreadable("The line is too long; commands have at most "
                    + limits.sizes().commandBytesMax() + " octets");
            return;
        }
        String rest = verbEnd == length ? "" : line.substring(verbEnd + 1, length);
        try {
            dispatch(verb, line, rest);
        } catch (SyntaxException e) {
            refuse(e.reply());
        }
    }

    private void dispatch(Verb verb, String line, String rest)
            throws IOException, SyntaxException {
        switch (verb) {
            case EHLO -> hello(rest, true);
            case HELO -> hello(rest, false);
            case MAIL -> mail(rest);
            case RCPT -> rcpt(rest);
            case DATA -> data(rest);
            case BDAT -> received(reception.chunk(rest, handler, greeting(), latest()));
            case RSET -> {
                noArgument(verb, rest);
                reception.reset();
                trifle(new SmtpReply(250, "2.0.0", "Reset"));
            }
            case NOOP -> trifle(new SmtpReply(250, "2.0.0", "Still here"));
            case VRFY -> {
                if (rest.isBlank()) {
                    throw new SyntaxException(501, "5.5.4", "VRFY needs an address or a name");
                }
                trifle(new SmtpReply(252, "2.0.0",
                        "Addresses are not verified here; send the message and it will be tried"));
            }
            case HELP -> trifle(new SmtpReply(214, "2.0.0", "Say EHLO, then STARTTLS and AUTH, then"
                    + " MAIL, RCPT and DATA or BDAT (RFC 5321, RFC 6409, RFC 3030)"));
            case QUIT -> {
                noArgument(verb, rest);
                leave(new SmtpReply(221, "2.0.0", hostname + " closes the connection. Goodbye"));
            }
            case STARTTLS -> startTls(rest);
            case AUTH -> auth(rest);
            case EXPN, ETRN, TURN, ATRN, SEND, SOML, SAML, BURL, XCLIENT, XFORWARD ->
                    refuse(502, "5.5.1", verb.word() + " is not offered here; see EHLO's reply");
            case PROXY -> leaveInDoubt(new SmtpReply(521, "5.5.1", "You are not one of the"
                    + " trusted proxies, so your word for a client is not taken; closing"));
            case GET, POST, PUT, HEAD, CONNECT, OPTIONS -> leaveInDoubt(new SmtpReply(521, "5.5.1",
                    "This is a mail server, not a web server; closing"));
            case UNKNOWN -> {
                if (input.announcedChunk()) {
                    unreadable("That is not how BDAT is written");
                } else {
                    refuse(500, "5.5.1", "Command not recognized: \"" + shown(line)
                            + "\"; see HELP");
                }
            }
        }
    }

    /** A line that is no command; if it may have been a BDAT, what follows may be its octets. */
    private void unreadable(String why) throws IOException {
        if (input.announcedChunk()) {
            leaveInDoubt(new SmtpReply(521, "5.5.2", why
                    + ". Closing, for what follows may be a chunk of a message"));
        } else {
            refuse(500, "5.5.2", why);
        }
    }

    private static String shown(String line) {
        int space = line.indexOf(' ');
        String word = space < 0 ? line : line.substring(0, space);
        return word.length() > 20 ? word.substring(0, 20) + "..." : word;
    }

    private static void noArgument(Verb verb, String rest) throws SyntaxException {
        if (!rest.isEmpty()) {
            throw new SyntaxException(501, "5.5.4", verb.word() + " takes no argument");
        }
    }

    // ---- greeting

    private void hello(String name, boolean isExtended) throws IOException, SyntaxException {
        if (name.isEmpty() || name.length() > HELO_MAX
                || !name.chars().allMatch(c -> c > 32 && c < 127)) {
            throw new SyntaxException(501, "5.5.4", (isExtended ? "EHLO" : "HELO")
                    + " needs your host name or [address] as its one argument");
        }
        reception.reset();
        helo = name;
        extended = isExtended;
        if (tooMuchJunk()) {
            return;
        }
        if (!isExtended) {
            output.plain(250, true, hostname);
            return;
        }
        output.plain(250, false, hostname);
        output.plain(250, false, "PIPELINING");
        output.plain(250, false, "SIZE " + limits.sizes().messageBytesMax());
        output.plain(250, false, "8BITMIME");
        output.plain(250, false, "SMTPUTF8");
        output.plain(250, false, "CHUNKING");
        output.plain(250, false, "DSN");
        if (mayStartTls()) {
            output.plain(250, false, "STARTTLS");
        } else {
            output.plain(250, false, "REQUIRETLS");
        }
        if (mayLogIn()) {
            output.plain(250, false, "AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER");
        }
        output.plain(250, true, "ENHANCEDSTATUSCODES");
    }

    private boolean mayStartTls() {
        return !connection.encrypted();
    }

    private boolean mayLogIn() {
        return handler.logins() && (connection.encrypted()
                || server.settings().insecureAuth() && connection.client().isLoopbackAddress());
    }

    // ---- TLS (RFC 3207)

    private void startTls(String rest) throws IOException, SyntaxException {
        noArgument(Verb.STARTTLS, rest);
        if (connection.encrypted()) {
            throw new SyntaxException(503, "5.5.1", "TLS is on already");
        }
        if (helo.isEmpty()) {
            throw new SyntaxException(503, "5.5.1", "Say EHLO before STARTTLS");
        }
        if (input.pending() || connection.unread() > 0) {
            leaveInDoubt(new SmtpReply(554, "5.5.0", "Something was sent behind STARTTLS before our"
                    + " answer; wait for it. Closing, for it may not be yours"));
            return;
        }
        SSLContext context = tlsContext();
        if (context == null) {
            say(new SmtpReply(454, "4.7.0", "TLS is not available now; try again later"));
            return;
        }
        output.reply(new SmtpReply(220, "2.0.0", "Ready to start TLS"));
        output.flush();
        if (!handshake(context)) {
            connection.abort();
            open = false;
            return;
        }
        reception.reset();
        helo = "";
        extended = false;
        authenticated = false;
        handler.forget();
    }

    private SSLContext tlsContext() {
        try {
            return server.tls();
        } catch (RuntimeException e) {
            LOG.error("the TLS certificate could not be loaded", e);
            return null;
        }
    }

    private boolean handshake(SSLContext context) {
        if (context == null) {
            return false;
        }
        try {
            connection.startTls(context);
            return true;
        } catch (IOException e) {
            LOG.debug("TLS handshake with {} failed: {}", connection.client().getHostAddress(),
                    LogText.clean(e.getMessage()));
            return false;
        }
    }

    // ---- AUTH (RFC 4954)

    private void auth(String rest) throws IOException, SyntaxException {
        if (authenticated || transaction.begun()) {
            throw new SyntaxException(503, "5.5.1", authenticated
                    ? "You are logged in already" : "AUTH comes before MAIL, not after it");
        }
        if (!extended) {
            throw new SyntaxException(503, "5.5.1", "Say EHLO before AUTH");
        }
        if (!handler.logins()) {
            throw new SyntaxException(502, "5.5.1", "AUTH is not offered here: this port is for"
                    + " mail from other servers; submit on the submission port");
        }
        if (!mayLogIn()) {
            throw new SyntaxException(538, "5.7.11",
                    "Encryption required: use STARTTLS first, so that nobody reads your password");
        }
        SmtpReply reply = new SaslExchange(input, output, limits.sizes().authLineBytesMax(),
                sessionEnd).logIn(handler, rest);
        authenticated = reply.positive();
        say(reply);
        if (!authenticated) {
            countLoginFailure();
        }
    }

    private void countLoginFailure() throws IOException {
        if (++loginFailures >= limits.counts().loginFailuresMax()) {
            leave(new SmtpReply(421, "4.7.0", "Too many failed logins; connect again later"));
        }
    }

    // ---- the transaction (RFC 5321 §3.3)

    private void mail(String rest) throws IOException, SyntaxException {
        if (helo.isEmpty()) {
            throw new SyntaxException(503, "5.5.1", "Say EHLO before MAIL");
        }
        if (!authenticated && !handler.trusted()) {
            throw new SyntaxException(530, "5.7.0", connection.encrypted() || mayLogIn()
                    ? "Authentication required: log in with AUTH first"
                    : "Authentication required: use STARTTLS first, then log in with AUTH");
        }
        if (!transaction.begun()) {
            reception.reset();
        }
        say(transaction.mail(handler, rest, extended));
    }

    private void rcpt(String rest) throws IOException, SyntaxException {
        if (!transaction.begun()) {
            throw new SyntaxException(503, "5.5.1", "Say MAIL before RCPT");
        }
        if (reception.inChunks()) {
            throw new SyntaxException(503, "5.5.1", "RCPT comes before BDAT, not after it");
        }
        if (transaction.full()) {
            trifle(new SmtpReply(452, "4.5.3", "Too many recipients; a message has at most "
                    + limits.counts().recipientsMax() + ", send the rest in another"));
            return;
        }
        say(transaction.rcpt(handler, rest, extended));
    }

    private void data(String rest) throws IOException, SyntaxException {
        noArgument(Verb.DATA, rest);
        if (reception.inChunks()) {
            throw new SyntaxException(503, "5.5.1",
                    "The message comes by BDAT, so it can't come by DATA too; go on, or RSET");
        }
        transaction.checkReady("DATA");
        if (input.pending()) {
            leaveInDoubt(new SmtpReply(554, "5.5.0", "The message was sent before we said 354;"
                    + " wait for it. Closing, for what follows is in doubt"));
            return;
        }
        SmtpHandler.Sink sink;
        try {
            sink = handler.data(transaction.handOver(greeting()));
        } catch (RuntimeException e) {
            say(MailTransaction.failed(e));
            return;
        }
        received(reception.data(sink, latest()));
    }

    private MailTransaction.Greeting greeting() {
        return new MailTransaction.Greeting(helo, extended, authenticated);
    }

    private void received(Reception.Received received) throws IOException {
        switch (received.then()) {
            case SAY -> say(received.reply());
            case TAKEN -> {
                junk = 0;
                errors = 0;
                say(received.reply());
            }
            case MISTAKE -> refuse(received.reply());
            case HEAR_ONLY_QUIT -> {
                doubtful = true;
                say(received.reply());
            }
            case CLOSE -> leaveInDoubt(received.reply());
            case GONE -> open = false;
        }
    }

    // ---- common

    /** Answers what is no error, but gets no mail done. */
    private void trifle(SmtpReply reply) throws IOException {
        if (!tooMuchJunk()) {
            say(reply);
        }
    }

    private boolean tooMuchJunk() throws IOException {
        if (++junk <= limits.counts().junkMax()) {
            return false;
        }
        leaveInDoubt(new SmtpReply(421, "4.7.0", "Too many commands that send no mail; connect"
                + " again to send some"));
        return true;
    }

    private void refuse(int code, String enhanced, String text) throws IOException {
        refuse(new SmtpReply(code, enhanced, text));
    }

    private void refuse(SmtpReply reply) throws IOException {
        if (++errors > limits.counts().errorsMax()) {
            leaveInDoubt(new SmtpReply(421, "4.7.0", "Too many errors; closing. The last one: "
                    + reply.text()));
        } else {
            say(reply);
        }
    }

    private void say(SmtpReply reply) throws IOException {
        output.reply(reply);
        if (reply.code() == 421 || reply.code() == 521) {
            closeReadingAway();
        }
    }

    private void leave(SmtpReply reply) throws IOException {
        output.reply(reply);
        open = false;
    }

    private void leaveInDoubt(SmtpReply reply) throws IOException {
        leave(reply);
        closeReadingAway();
    }

    private void closeReadingAway() {
        open = false;
        readAway = true;
    }
}
