package dev.mailmill.relay;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A policy service for Postfix (SMTPD_POLICY_README) that knows {@code grey@…} only later. */
final class GreyPolicy implements AutoCloseable {
    private final ServerSocket listener =
            new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private volatile boolean forgiving;

    GreyPolicy() throws IOException {
        Thread.startVirtualThread(() -> {
            while (!listener.isClosed()) {
                try {
                    Socket client = listener.accept();
                    Thread.startVirtualThread(() -> serve(client));
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    private void serve(Socket client) {
        try (client; BufferedReader in = new BufferedReader(new InputStreamReader(
                client.getInputStream(), StandardCharsets.US_ASCII))) {
            boolean grey = false;
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                grey |= line.startsWith("recipient=grey@");
                if (line.isEmpty()) {
                    String action = grey && !forgiving ? "451 4.7.1 come back" : "DUNNO";
                    client.getOutputStream().write(("action=" + action + "\n\n")
                            .getBytes(StandardCharsets.US_ASCII));
                    grey = false;
                }
            }
        } catch (IOException e) {
            // Postfix hung up
        }
    }

    int port() {
        return listener.getLocalPort();
    }

    void forgive() {
        forgiving = true;
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
