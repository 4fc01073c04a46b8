package dev.mailmill.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Another mail server, which brings mail to our port 25. */
record Peer(int port) {
    /** The reply to the dot; or the first that refused. */
    String brings(String from, String to, String mail) {
        return brings(from, List.of(to), mail);
    }

    String brings(String from, List<String> to, String mail) {
        return brings(from, to, mail, () -> { });
    }

    /** @param meanwhile after the recipients are taken, before the mail comes */
    String brings(String from, List<String> to, String mail, Runnable meanwhile) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(),
                    StandardCharsets.UTF_8));
            OutputStream out = socket.getOutputStream();
            said(in);
            say(out, in, "EHLO peer.test");
            String reply = say(out, in, "MAIL FROM:<" + from + ">");
            for (String one : to) {
                if (reply.startsWith("2")) {
                    reply = say(out, in, "RCPT TO:<" + one + ">");
                }
            }
            meanwhile.run();
            if (reply.startsWith("2")) {
                say(out, in, "DATA");
                String stuffed = mail.replace("\r\n", "\n").replace("\n.", "\n..")
                        .replace("\n", "\r\n");
                reply = say(out, in, stuffed + (stuffed.endsWith("\r\n") ? "." : "\r\n."));
            }
            say(out, in, "QUIT");
            return reply;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What EHLO is answered, all of it. */
    String offers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(),
                    StandardCharsets.UTF_8));
            said(in);
            socket.getOutputStream().write("EHLO peer.test\r\n".getBytes(StandardCharsets.UTF_8));
            StringBuilder all = new StringBuilder();
            String line = in.readLine();
            while (line.charAt(3) == '-') {
                all.append(line).append('\n');
                line = in.readLine();
            }
            return all.append(line).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String say(OutputStream out, BufferedReader in, String line)
            throws IOException {
        out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
        return said(in);
    }

    private static String said(BufferedReader in) throws IOException {
        String line = in.readLine();
        while (line != null && line.length() > 3 && line.charAt(3) == '-') {
            line = in.readLine();
        }
        return String.valueOf(line);
    }
}
