package dev.mailmill.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/**
 * An address that does not answer: neither yes nor no. Its queue of connections that nobody takes
 * is full, so the kernel drops what else comes, as a firewall would.
 */
final class DeafAddress implements AutoCloseable {
    private static final int FILL_MAX = 64;

    private final ServerSocket listener = new ServerSocket();
    private final List<Socket> queued = new ArrayList<>();

    private DeafAddress(InetAddress address, int port, int queue) throws IOException {
        listener.bind(new InetSocketAddress(address, port), queue);
    }

    static DeafAddress on(String literal, int port) throws IOException {
        InetAddress address = InetAddress.ofLiteral(literal);
        DeafAddress deaf = new DeafAddress(address, port, 1);
        while (deaf.queued.size() < FILL_MAX) {
            Socket socket = new Socket();
            deaf.queued.add(socket);
            try {
                socket.connect(new InetSocketAddress(address, port), 300);
            } catch (SocketTimeoutException e) {
                return deaf;
            }
        }
        deaf.close();
        throw new IOException("this kernel takes connections that nobody accepts");
    }

    /** Takes a connection and says nothing. */
    static DeafAddress answeringNothing() throws IOException {
        return new DeafAddress(InetAddress.getLoopbackAddress(), 0, 50);
    }

    int port() {
        return listener.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : queued) {
            socket.close();
        }
    }
}
