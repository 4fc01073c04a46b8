package dev.mailmill.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Base64;
import java.util.List;
import java.util.function.IntSupplier;

/** What a person or a program sends mail with: logs in, hands it over, tells what was answered. */
final class MailProgram {
    private static final int PATIENCE_MS = 20_000;

    private final IntSupplier port;
    private final String user;
    private final String secret;

    MailProgram(IntSupplier port, String user, String secret) {
        this.port = port;
        this.user = user;
        this.secret = secret;
    }

    /** @param text the last line of the reply, with its code */
    record Answer(String text) {
        boolean taken() {
            return text.startsWith("250 ");
        }

        String id() {
            if (!taken()) {
                throw new AssertionError("not taken: " + text);
            }
            return text.replaceFirst(".* queued as (msg_\\w+).*", "$1");
        }
    }

    Answer send(String from, String to, String message) {
        return send(from, List.of(to), message.getBytes(UTF_8), "");
    }

    /** @param parameters of MAIL, each with a space before it */
    Answer send(String from, List<String> to, byte[] message, String parameters) {
        return sendTo(from, to.stream().map(r -> "<" + r + ">").toList(), message, parameters);
    }

    /** @param to each in angle brackets, with what follows them */
    Answer sendTo(String from, List<String> to, byte[] message, String parameters) {
        try (Session session = new Session()) {
            session.read();
            session.say("EHLO program.test");
            String login = session.say("AUTH PLAIN " + Base64.getEncoder().encodeToString(
                    ("\0" + user + "\0" + secret).getBytes(UTF_8)));
            if (!login.startsWith("235")) {
                return new Answer(login);
            }
            String said = session.say("MAIL FROM:<" + from + ">" + parameters);
            for (String recipient : to) {
                said = said.startsWith("250") ? session.say("RCPT TO:" + recipient) : said;
            }
            if (!said.startsWith("250")) {
                return new Answer(said);
            }
            said = session.say("DATA");
            return new Answer(said.startsWith("354") ? session.content(message) : said);
        } catch (IOException e) {
            throw new AssertionError("the door broke off: " + e, e);
        }
    }

    private final class Session implements AutoCloseable {
        private final Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), port.getAsInt());
        private final InputStream in = new BufferedInputStream(socket.getInputStream());
        private final OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 65_536);

        Session() throws IOException {
            socket.setSoTimeout(PATIENCE_MS);
            socket.setTcpNoDelay(true);
        }

        String say(String command) throws IOException {
            out.write((command + "\r\n").getBytes(UTF_8));
            out.flush();
            return read();
        }

        /** Stuffed and ended (RFC 5321 §4.5.2). */
        String content(byte[] message) throws IOException {
            boolean lineStart = true;
            for (byte b : message) {
                if (lineStart && b == '.') {
                    out.write('.');
                }
                out.write(b);
                lineStart = b == '\n';
            }
            out.write((lineStart ? ".\r\n" : "\r\n.\r\n").getBytes(UTF_8));
            out.flush();
            return read();
        }

        /** The last line of the next reply. */
        String read() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); ; c = in.read()) {
                if (c < 0) {
                    throw new IOException("the end after \"" + line + "\"");
                }
                if (c != '\n') {
                    line.append(new String(new byte[] {(byte) c}, ISO_8859_1));
                } else if (line.length() > 3 && line.charAt(3) == '-') {
                    line.setLength(0);
                } else {
                    return line.toString().stripTrailing();
                }
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
