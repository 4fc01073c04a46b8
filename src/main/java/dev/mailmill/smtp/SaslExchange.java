package dev.mailmill.smtp;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The questions and answers of AUTH (RFC 4954 §4), up to its reply. */
final class SaslExchange {
    private static final Logger LOG = LoggerFactory.getLogger(SaslExchange.class);
    /** base64 of "Username:" and "Password:", which clients of LOGIN expect to the letter. */
    private static final String USERNAME = "VXNlcm5hbWU6";
    private static final String PASSWORD = "UGFzc3dvcmQ6";
    /** RFC 7628 §3.2.2. */
    private static final String BEARER_REFUSED =
            "{\"status\":\"invalid_token\",\"scope\":\"send\"}";
    /** As clients of XOAUTH2 know it. */
    private static final String XOAUTH2_REFUSED =
            "{\"status\":\"401\",\"schemes\":\"bearer\",\"scope\":\"send\"}";

    private final WireInput input;
    private final WireOutput output;
    private final int lineBytesMax;
    private final long latest;

    /** @param latest the session's end */
    SaslExchange(WireInput input, WireOutput output, int lineBytesMax, long latest) {
        this.input = input;
        this.output = output;
        this.lineBytesMax = lineBytesMax;
        this.latest = latest;
    }

    /**
     * The reply to AUTH; what is no proper exchange is thrown.
     *
     * @param argument what stands behind AUTH
     */
    SmtpReply logIn(SmtpHandler handler, String argument) throws IOException, SyntaxException {
        Credentials credentials = run(argument);
        return switch (asked(handler, credentials)) {
            case SmtpHandler.Granted() -> new SmtpReply(235, "2.7.0", "Logged in");
            case SmtpHandler.Denied() -> {
                refuse(credentials);
                yield new SmtpReply(535, "5.7.8", "Login refused: " + switch (credentials.kind()) {
                    case PASSWORD -> "user name and password don't fit; check both, or make a new"
                            + " credential";
                    case XOAUTH2, OAUTHBEARER -> "the token is no API key that may send, or the"
                            + " user is not its own; make a new key";
                });
            }
            case SmtpHandler.Unavailable(String why) -> new SmtpReply(454, "4.7.0",
                    "Login not possible now: " + why + "; keep the password and try again later");
        };
    }

    private static SmtpHandler.LoginAnswer asked(SmtpHandler handler, Credentials credentials) {
        try {
            return switch (credentials.kind()) {
                case PASSWORD -> handler.login(credentials.user(), credentials.secret());
                case XOAUTH2, OAUTHBEARER ->
                        handler.bearer(credentials.user(), credentials.secret());
            };
        } catch (RuntimeException e) {
            LOG.error("a login could not be checked", e);
            return new SmtpHandler.Unavailable("the server has a problem");
        }
    }

    private Credentials run(String argument) throws IOException, SyntaxException {
        String[] words = argument.split(" ", -1);
        if (argument.isEmpty() || words.length > 2) {
            throw new SyntaxException(501, "5.5.4",
                    "AUTH is AUTH MECHANISM or AUTH MECHANISM base64");
        }
        boolean initial = words.length > 1;
        if (words[0].equalsIgnoreCase("PLAIN")) {
            return Credentials.plain(initial ? initial(words[1]) : ask(""));
        }
        if (words[0].equalsIgnoreCase("LOGIN")) {
            byte[] user = initial ? initial(words[1]) : ask(USERNAME);
            return Credentials.login(user, ask(PASSWORD));
        }
        if (words[0].equalsIgnoreCase("XOAUTH2")) {
            return BearerMessage.xoauth2(initial ? initial(words[1]) : ask(""));
        }
        if (words[0].equalsIgnoreCase("OAUTHBEARER")) {
            return BearerMessage.oauthBearer(initial ? initial(words[1]) : ask(""));
        }
        throw new SyntaxException(504, "5.5.4", "This mechanism is not offered; use PLAIN, LOGIN,"
                + " XOAUTH2 or OAUTHBEARER");
    }

    /**
     * What stands between a refused token and its 535: an error as a challenge, and an answer that
     * says nothing: {@code AQ==}, an empty line or a star (RFC 7628 §3.2.3).
     */
    private void refuse(Credentials credentials) throws IOException, SyntaxException {
        switch (credentials.kind()) {
            case PASSWORD -> {
                return;
            }
            case XOAUTH2 -> output.plain(334, true, encoded(XOAUTH2_REFUSED));
            case OAUTHBEARER -> output.plain(334, true, encoded(BEARER_REFUSED));
        }
        switch (input.line(lineBytesMax, latest)) {
            case LINE, TOO_LONG, BARE_CR, NUL -> {
                if (input.announcedChunk()) {
                    throw framing();
                }
            }
            case BARE_LF, FLOOD -> throw framing();
            case CLOSED -> throw new Connection.CutOff();
        }
    }

    private static String encoded(String json) {
        return Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.US_ASCII));
    }

    private static SyntaxException framing() {
        return new SyntaxException(521, "5.5.2", SmtpSession.FRAMING.text());
    }

    /** {@code =} is an empty initial response. */
    private static byte[] initial(String response) throws SyntaxException {
        return response.equals("=") ? new byte[0] : Credentials.base64(response);
    }

    private byte[] ask(String challenge) throws IOException, SyntaxException {
        output.plain(334, true, challenge);
        WireInput.Found found = input.line(lineBytesMax, latest);
        if (input.announcedChunk()) {
            throw framing();
        }
        return switch (found) {
            case LINE -> answer(input.lineText());
            case TOO_LONG -> throw new SyntaxException(500, "5.5.6",
                    "The line is too long; an AUTH line has at most " + lineBytesMax + " octets");
            case BARE_CR, NUL -> throw new SyntaxException(501, "5.5.2",
                    "Login refused: that is no base64");
            case BARE_LF, FLOOD -> throw framing();
            case CLOSED -> throw new Connection.CutOff();
        };
    }

    private static byte[] answer(String text) throws SyntaxException {
        if ("*".equals(text)) {
            throw new SyntaxException(501, "5.7.0", "Login cancelled, as you asked");
        }
        return Credentials.base64(text == null ? "?" : text);
    }
}
