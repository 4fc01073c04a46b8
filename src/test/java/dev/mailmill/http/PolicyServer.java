package dev.mailmill.http;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A web server over TLS that says one thing, octet by octet. */
public final class PolicyServer implements AutoCloseable {
    private final ServerSocket listener;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> names = new CopyOnWriteArrayList<>();
    private volatile SSLContext tls;
    private volatile String answer = "";
    private volatile boolean silent;

    public PolicyServer(SSLContext tls) {
        this.tls = tls;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        Thread.startVirtualThread(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    public PolicyServer tls(SSLContext other) {
        tls = other;
        return this;
    }

    /** The whole answer. */
    public PolicyServer says(String whole) {
        answer = whole;
        return this;
    }

    /** 200 and this text. */
    public PolicyServer gives(String body) {
        return says("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body);
    }

    /** Takes requests and says nothing. */
    public PolicyServer silent() {
        silent = true;
        return this;
    }

    /** Their first lines. */
    public List<String> requests() {
        return requests;
    }

    /** Host fields. */
    public List<String> hosts() {
        return names;
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                Thread.startVirtualThread(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket plain) {
        try (SSLSocket socket = (SSLSocket) tls.getSocketFactory()
                .createSocket(plain, null, true)) {
            socket.setUseClientMode(false);
            var in = new java.io.BufferedReader(new java.io.InputStreamReader(
                    socket.getInputStream(), StandardCharsets.ISO_8859_1));
            requests.add(in.readLine());
            for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
                if (line.startsWith("Host: ")) {
                    names.add(line.substring(6));
                }
            }
            if (silent) {
                LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(60));
            }
            OutputStream out = socket.getOutputStream();
            out.write(answer.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        } catch (IOException | NullPointerException e) {
            // the client did not like us
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            // a test's end
        }
    }
}
