package dev.mailmill.sql;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** A wire to PostgreSQL that can be cut: at once, or just before a COMMIT's answer passes. */
public final class Proxy implements AutoCloseable {
    private final ServerSocket listener;
    private final int target;
    private final AtomicBoolean swallow = new AtomicBoolean();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean shut;
    private volatile boolean staysAway;

    Proxy(int target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.startVirtualThread(this::accept);
    }

    /** To the one server of the JVM. */
    public static Proxy toPostgres() throws IOException {
        return new Proxy(Postgres.server().getPort());
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** The next COMMIT's answer is lost together with its connection. */
    void swallowNextCommit() {
        swallow.set(true);
    }

    /** The same, and the server stays away from then on. */
    public void swallowNextCommitAndStayAway() {
        staysAway = true;
        swallow.set(true);
    }

    boolean swallowed() {
        return !swallow.get();
    }

    /** Cuts all connections and takes no more, or takes them again. */
    public void shut(boolean is) throws IOException {
        shut = is;
        if (is) {
            for (Socket s : sockets) {
                s.close();
            }
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                if (shut) {
                    client.close();
                    continue;
                }
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(client);
                sockets.add(server);
                Thread.startVirtualThread(() -> pump(client, server, false));
                Thread.startVirtualThread(() -> pump(server, client, true));
            } catch (IOException e) {
                continue;
            }
        }
    }

    private void pump(Socket from, Socket to, boolean answers) {
        byte[] b = new byte[65536];
        try (from; to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(b); n >= 0; n = in.read(b)) {
                // A CommandComplete of the protocol: 'C', its length, the tag "COMMIT".
                if (answers && new String(b, 0, n, StandardCharsets.ISO_8859_1)
                        .contains("C\0\0\0\13COMMIT\0") && swallow.compareAndSet(true, false)) {
                    if (staysAway) {
                        shut(true);
                    }
                    return;
                }
                out.write(b, 0, n);
            }
        } catch (IOException e) {
            return;
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        shut(true);
    }
}
