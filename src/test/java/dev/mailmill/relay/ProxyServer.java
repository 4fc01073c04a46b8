package dev.mailmill.relay;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A proxy of either kind that keeps what it was told and then passes octets on. */
final class ProxyServer implements AutoCloseable {
    private final ServerSocket listener =
            new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final ByteArrayOutputStream heard = new ByteArrayOutputStream();

    /** One client's greeting: where it is to be put through. */
    private interface Greeting {
        InetSocketAddress of(Socket client) throws IOException;
    }

    private ProxyServer() throws IOException {
    }

    /** Reads so many octets and connects to that port here. */
    static ProxyServer via(int octets, int port) throws IOException {
        ProxyServer proxy = new ProxyServer();
        proxy.serve(client -> {
            proxy.read(client, octets);
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        });
        return proxy;
    }

    static ProxyServer socks(String user, String password) throws IOException {
        ProxyServer proxy = new ProxyServer();
        proxy.serve(client -> {
            byte[] methods = proxy.read(client, 2);
            boolean login = proxy.read(client, methods[1])[0] == 2;
            client.getOutputStream().write(new byte[] {5, (byte) (login ? 2 : 0xff)});
            if (!login) {
                return null;
            }
            String said = proxy.field(client, 2) + ":" + proxy.field(client, 1);
            boolean good = said.equals(user + ":" + password);
            client.getOutputStream().write(new byte[] {1, (byte) (good ? 0 : 1)});
            if (!good) {
                return null;
            }
            byte[] ask = proxy.read(client, 10);
            InetAddress address =
                    InetAddress.getByAddress(java.util.Arrays.copyOfRange(ask, 4, 8));
            int port = (ask[8] & 0xff) << 8 | ask[9] & 0xff;
            boolean there = true;
            try {
                new Socket(address, port).close();
            } catch (IOException e) {
                there = false;
            }
            client.getOutputStream().write(
                    new byte[] {5, (byte) (there ? 0 : 5), 0, 1, 0, 0, 0, 0, 0, 0});
            return there ? new InetSocketAddress(address, port) : null;
        });
        return proxy;
    }

    /** A counted field; before it may stand a version. */
    private String field(Socket client, int octets) throws IOException {
        byte[] head = read(client, octets);
        return new String(read(client, head[octets - 1]), StandardCharsets.US_ASCII);
    }

    private byte[] read(Socket client, int octets) throws IOException {
        byte[] all = client.getInputStream().readNBytes(octets);
        heard.write(all);
        return all;
    }

    private void serve(Greeting greeting) {
        Thread.startVirtualThread(() -> {
            while (!listener.isClosed()) {
                try {
                    Socket client = listener.accept();
                    Thread.startVirtualThread(() -> pass(client, greeting));
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    private static void pass(Socket client, Greeting greeting) {
        try (client) {
            InetSocketAddress to = greeting.of(client);
            if (to == null) {
                return;
            }
            try (Socket server = new Socket()) {
                server.connect(to);
                Thread back = Thread.startVirtualThread(() -> copy(server, client));
                copy(client, server);
                back.join();
            }
        } catch (IOException | InterruptedException e) {
            // the test's end
        }
    }

    private static void copy(Socket from, Socket to) {
        try {
            InputStream in = from.getInputStream();
            in.transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            // one of both hung up
        }
    }

    byte[] heard() {
        return heard.toByteArray();
    }

    int port() {
        return listener.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
