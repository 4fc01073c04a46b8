package dev.mailmill.smtp;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Puts a socket through to a server, straight or by a proxy. Whoever owns the socket ends it when
 * it takes too long.
 */
final class SmtpClientDialing {
    private static final int SOCKS = 5;
    private static final int NO_LOGIN = 0;
    private static final int LOGIN = 2;
    private static final int LOGIN_VERSION = 1;
    private static final int CONNECT = 1;
    private static final int IPV4 = 1;
    private static final int NAME = 3;
    private static final int IPV6 = 4;
    private static final int FIELD_MAX = 255;
    /** RFC 1928 §6. */
    private static final String[] SAID = {"", "general failure", "not allowed by its rules",
        "network unreachable", "host unreachable", "connection refused", "TTL expired",
        "command not supported", "address type not supported"};

    private SmtpClientDialing() {
    }

    /** The first connection: to the server, or to the proxy. */
    static void connect(Socket socket, SmtpClientTarget target, SmtpClientSource source,
            int millis) throws IOException {
        socket.setTcpNoDelay(true);
        if (source.proxy().isPresent()) {
            SmtpClientSource.Proxy proxy = source.proxy().get();
            socket.connect(new InetSocketAddress(proxy.address(), proxy.port()), millis);
            return;
        }
        InetAddress own = source.from(target.address()).orElse(null);
        if (own != null) {
            try {
                socket.bind(new InetSocketAddress(own, 0));
            } catch (IOException e) {
                throw new IOException("from our address " + own.getHostAddress() + ": "
                        + e.getMessage(), e);
            }
        }
        socket.connect(new InetSocketAddress(target.address(), target.port()), millis);
    }

    /** What the proxy wants to hear before it is out of the way. */
    static void through(Socket socket, SmtpClientTarget target, SmtpClientSource source)
            throws IOException {
        if (source.proxy().isEmpty()) {
            return;
        }
        switch (source.proxy().get()) {
            case SmtpClientSource.Via via -> socket.getOutputStream().write(ProxyHeader.version2(
                    source.from(target.address()).orElseThrow(), target.address(),
                    target.port()));
            case SmtpClientSource.Socks5 socks -> socks(socket, socks, target);
        }
    }

    private static void socks(Socket socket, SmtpClientSource.Socks5 proxy,
            SmtpClientTarget target) throws IOException {
        InputStream in = socket.getInputStream();
        int method = proxy.login().isPresent() ? LOGIN : NO_LOGIN;
        socket.getOutputStream().write(new byte[] {SOCKS, 1, (byte) method});
        byte[] chosen = exactly(in, 2);
        if (chosen[0] != SOCKS) {
            throw new IOException("the proxy does not speak SOCKS 5");
        }
        if (chosen[1] != method) {
            throw new IOException(method == LOGIN ? "the proxy takes no password"
                    : "the proxy wants a login");
        }
        if (method == LOGIN) {
            socket.getOutputStream().write(login(proxy.login().orElseThrow()));
            if (exactly(in, 2)[1] != 0) {
                throw new IOException("the proxy refuses our login");
            }
        }
        byte[] address = target.address().getAddress();
        byte[] ask = new byte[6 + address.length];
        ask[0] = SOCKS;
        ask[1] = CONNECT;
        ask[3] = (byte) (address.length == 4 ? IPV4 : IPV6);
        System.arraycopy(address, 0, ask, 4, address.length);
        ask[ask.length - 2] = (byte) (target.port() >> 8);
        ask[ask.length - 1] = (byte) target.port();
        socket.getOutputStream().write(ask);
        answer(in);
    }

    /** Exactly its octets are read: what follows is the server's. */
    private static void answer(InputStream in) throws IOException {
        byte[] head = exactly(in, 4);
        int said = head[1] & 0xff;
        if (head[0] != SOCKS || said != 0) {
            throw new IOException("the proxy says: " + (said > 0 && said < SAID.length ? SAID[said]
                    : "error " + said));
        }
        int length = switch (head[3]) {
            case IPV4 -> 4;
            case IPV6 -> 16;
            case NAME -> exactly(in, 1)[0] & 0xff;
            default -> throw new IOException("the proxy does not speak SOCKS 5");
        };
        exactly(in, length + 2);
    }

    private static byte[] login(SmtpClientLogin login) throws IOException {
        byte[] user = login.user().getBytes(StandardCharsets.UTF_8);
        byte[] password = login.password().getBytes(StandardCharsets.UTF_8);
        if (user.length > FIELD_MAX || password.length > FIELD_MAX) {
            throw new IOException("a login for a proxy has at most " + FIELD_MAX + " octets each");
        }
        byte[] ask = new byte[3 + user.length + password.length];
        ask[0] = LOGIN_VERSION;
        ask[1] = (byte) user.length;
        System.arraycopy(user, 0, ask, 2, user.length);
        ask[2 + user.length] = (byte) password.length;
        System.arraycopy(password, 0, ask, 3 + user.length, password.length);
        return ask;
    }

    private static byte[] exactly(InputStream in, int length) throws IOException {
        byte[] octets = in.readNBytes(length);
        if (octets.length < length) {
            throw new EOFException("the proxy hung up");
        }
        return octets;
    }
}
