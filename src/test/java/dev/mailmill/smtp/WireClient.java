package dev.mailmill.smtp;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLSocket;

/** A client without manners: sends octets, reads lines, gives up after five seconds. */
final class WireClient implements AutoCloseable {
    private static final int TIMEOUT_MS = 20_000;

    private final Socket plain;
    private InputStream in;
    private OutputStream out;

    WireClient(int port) throws IOException {
        plain = new Socket(InetAddress.getLoopbackAddress(), port);
        plain.setSoTimeout(TIMEOUT_MS);
        plain.setTcpNoDelay(true);
        in = new BufferedInputStream(plain.getInputStream());
        out = plain.getOutputStream();
    }

    void startTls() throws IOException {
        SSLSocket tls = (SSLSocket) TestTls.clientContext().getSocketFactory()
                .createSocket(plain, "localhost", plain.getPort(), true);
        tls.startHandshake();
        in = new BufferedInputStream(tls.getInputStream());
        out = tls.getOutputStream();
    }

    Socket socket() {
        return plain;
    }

    void send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    void send(String text) throws IOException {
        send(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Without CRLF; null at the end. A reset counts as the end. */
    String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            int c;
            try {
                c = in.read();
            } catch (java.net.SocketException | javax.net.ssl.SSLException e) {
                return null;
            }
            if (c < 0) {
                return line.isEmpty() ? null : line + "(no line end)";
            }
            if (c == '\n') {
                int last = line.length() - 1;
                if (last < 0 || line.charAt(last) != '\r') {
                    throw new IOException("the server ended a line in a bare LF: " + line);
                }
                return line.substring(0, last);
            }
            line.append((char) c);
        }
    }

    /** The last line of the next reply. */
    String reply() throws IOException {
        String line = line();
        while (line != null && line.length() > 3 && line.charAt(3) == '-') {
            line = line();
        }
        return line;
    }

    @Override
    public void close() throws IOException {
        plain.close();
    }
}
