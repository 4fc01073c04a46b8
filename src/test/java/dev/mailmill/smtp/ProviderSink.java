package dev.mailmill.smtp;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Servers that are as slow and as choosy as large receivers are: time at the dot, so many
 * connections of one address, so many messages on each, some mail put off and some refused. Whom
 * they put off or refuse follows from the address alone, so that each run is the same. Each profile
 * has an address of this machine; the port is one.
 */
public final class ProviderSink implements AutoCloseable {
    private static final int PER_MILLE = 1_000;
    private static final int LINE_MAX = 4_000;

    /**
     * @param name           part of its servers' names
     * @param address        of this machine
     * @param connections    of one client's address at once; one more is told 421
     * @param messages       on one connection; one more is told 421
     * @param dotMillis      until the content is answered
     * @param deferPerMille  recipients that are put off when they first come (a greylist)
     * @param refusePerMille recipients whose mail is refused for policy
     */
    public record Profile(String name, String address, int connections, int messages,
            int dotMillis, int deferPerMille, int refusePerMille) {
    }

    /** What a profile has seen. */
    public static final class Seen {
        private final AtomicInteger attempts = new AtomicInteger();
        private final AtomicInteger taken = new AtomicInteger();
        private final AtomicInteger deferred = new AtomicInteger();
        private final AtomicInteger refused = new AtomicInteger();
        private final AtomicInteger overCaps = new AtomicInteger();
        private final AtomicInteger mostOpen = new AtomicInteger();
        private final Map<InetAddress, AtomicInteger> open = new ConcurrentHashMap<>();
        private final Set<String> known = ConcurrentHashMap.newKeySet();

        /** RCPT commands. */
        public int attempts() {
            return attempts.get();
        }

        public int taken() {
            return taken.get();
        }

        public int deferred() {
            return deferred.get();
        }

        public int refused() {
            return refused.get();
        }

        /** How often a cap was run into. */
        public int overCaps() {
            return overCaps.get();
        }

        /** Connections of one address at once. */
        public int mostOpen() {
            return mostOpen.get();
        }
    }

    private final List<ServerSocket> listeners = new ArrayList<>();
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Consumer<String> onRecipient;

    /** @param onRecipient told each address as soon as RCPT names it */
    public ProviderSink(List<Profile> profiles, Consumer<String> onRecipient) throws IOException {
        this.onRecipient = onRecipient;
        int port = 0;
        for (Profile p : profiles) {
            ServerSocket listener = new ServerSocket();
            listener.setReuseAddress(true);
            listener.bind(new InetSocketAddress(InetAddress.getByName(p.address()), port), 500);
            port = listener.getLocalPort();
            listeners.add(listener);
            Seen own = new Seen();
            seen.put(p.name(), own);
            Thread.startVirtualThread(() -> accept(listener, p, own));
        }
    }

    public int port() {
        return listeners.getFirst().getLocalPort();
    }

    public Seen seen(Profile profile) {
        return seen.get(profile.name());
    }

    @Override
    public void close() throws IOException {
        for (ServerSocket listener : listeners) {
            listener.close();
        }
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private void accept(ServerSocket listener, Profile profile, Seen own) {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                sockets.add(socket);
                Thread.startVirtualThread(() -> serve(socket, profile, own));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket, Profile profile, Seen own) {
        AtomicInteger open = own.open.computeIfAbsent(socket.getInetAddress(),
                _ -> new AtomicInteger());
        int now = open.incrementAndGet();
        own.mostOpen.accumulateAndGet(now, Math::max);
        try (socket) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(120_000);
            Session session = new Session(socket, profile, own);
            if (now > profile.connections()) {
                own.overCaps.incrementAndGet();
                session.reply("421 4.7.0 Too many connections from your address");
            } else {
                session.run();
            }
        } catch (IOException e) {
            // the client hung up
        } finally {
            open.decrementAndGet();
            sockets.remove(socket);
        }
    }

    /** The same address always falls to the same place, another salt puts it elsewhere. */
    private static boolean falls(String address, int salt, int perMille) {
        int hash = (address + salt).hashCode() * 0x9E3779B9;
        return (hash >>> 8) % PER_MILLE < perMille;
    }

    private final class Session {
        private final InputStream in;
        private final OutputStream out;
        private final Profile profile;
        private final Seen own;
        private String recipient = "";
        private int messages;

        Session(Socket socket, Profile profile, Seen own) throws IOException {
            in = new BufferedInputStream(socket.getInputStream(), 8_192);
            out = new BufferedOutputStream(socket.getOutputStream(), 2_048);
            this.profile = profile;
            this.own = own;
        }

        void run() throws IOException {
            reply("220 " + profile.name() + " ESMTP");
            for (String line = line(); line != null; line = line()) {
                switch (line.toUpperCase(Locale.ROOT).split("[ :]", 2)[0]) {
                    case "EHLO" -> reply("250-" + profile.name() + "\r\n250-PIPELINING\r\n250-SIZE"
                            + " 50000000\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES");
                    case "MAIL" -> {
                        if (++messages > profile.messages()) {
                            own.overCaps.incrementAndGet();
                            reply("421 4.7.0 Too many messages on this connection");
                            return;
                        }
                        recipient = "";
                        reply("250 2.1.0 ok");
                    }
                    case "RCPT" -> recipient(line);
                    case "DATA" -> {
                        if (recipient.isEmpty()) {
                            reply("554 5.5.1 No valid recipients");
                        } else {
                            reply("354 go on");
                            content();
                        }
                    }
                    case "QUIT" -> {
                        reply("221 2.0.0 bye");
                        return;
                    }
                    default -> reply("250 2.0.0 ok");
                }
            }
        }

        private void recipient(String line) throws IOException {
            String address = line.substring(line.indexOf('<') + 1, line.indexOf('>'));
            own.attempts.incrementAndGet();
            onRecipient.accept(address);
            if (falls(address, 1, profile.deferPerMille()) && own.known.add(address)) {
                own.deferred.incrementAndGet();
                reply("451 4.2.0 Not yet, come again");
            } else {
                recipient = address;
                reply("250 2.1.5 ok");
            }
        }

        private void content() throws IOException {
            for (String line = line(); line != null && !line.equals("."); line = line()) {
                // not kept
            }
            long end = System.nanoTime() + profile.dotMillis() * 1_000_000L;
            for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            if (falls(recipient, 2, profile.refusePerMille())) {
                own.refused.incrementAndGet();
                reply("550 5.7.1 Refused as against policy");
            } else {
                own.taken.incrementAndGet();
                reply("250 2.0.0 kept");
            }
            recipient = "";
        }

        void reply(String text) throws IOException {
            out.write((text + "\r\n").getBytes(StandardCharsets.US_ASCII));
            if (in.available() == 0 || text.startsWith("354") || text.startsWith("4")) {
                out.flush();
            }
        }

        private String line() throws IOException {
            if (in.available() == 0) {
                out.flush();
            }
            StringBuilder line = new StringBuilder(80);
            for (int c = in.read(); c >= 0; c = in.read()) {
                if (c == '\n') {
                    return line.toString();
                }
                if (c != '\r' && line.length() < LINE_MAX) {
                    line.append((char) c);
                }
            }
            return null;
        }
    }
}
