package dev.mailmill.smtp;

import java.io.IOException;

/** The questions and answers of AUTH (RFC 4954 §4), up to a user and a secret. */
final class SaslExchange {
    /** base64 of "Username:" and "Password:", which clients of LOGIN expect to the letter. */
    private static final String USERNAME = "VXNlcm5hbWU6";
    private static final String PASSWORD = "UGFzc3dvcmQ6";

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

    /** @param argument what stands behind AUTH */
    Credentials run(String argument) throws IOException, SyntaxException {
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
        throw new SyntaxException(504, "5.5.4",
                "This mechanism is not offered; use PLAIN or LOGIN");
    }

    /** {@code =} is an empty initial response. */
    private static byte[] initial(String response) throws SyntaxException {
        return response.equals("=") ? new byte[0] : Credentials.base64(response);
    }

    private byte[] ask(String challenge) throws IOException, SyntaxException {
        output.plain(334, true, challenge);
        return switch (input.line(lineBytesMax, latest)) {
            case LINE -> answer(input.lineText());
            case TOO_LONG -> throw new SyntaxException(500, "5.5.6",
                    "The line is too long; an AUTH line has at most " + lineBytesMax + " octets");
            case BARE_CR, NUL -> throw new SyntaxException(501, "5.5.2",
                    "Login refused: that is no base64");
            case BARE_LF, FLOOD -> throw new SyntaxException(521, "5.5.2",
                    SmtpSession.FRAMING.text());
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
