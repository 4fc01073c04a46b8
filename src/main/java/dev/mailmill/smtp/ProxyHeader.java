package dev.mailmill.smtp;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The first octets of a connection that goes by a proxy: for whom it does (the PROXY protocol of
 * HAProxy, versions 1 and 2). Its specification forbids to guess whether a header is there (§2), so
 * from a trusted proxy it must be. Exactly the header is read: what follows is TLS, or SMTP.
 */
final class ProxyHeader {
    private static final byte[] SIGNATURE = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I',
        'T', '\n'};
    private static final byte[] WORD = {'P', 'R', 'O', 'X', 'Y', ' '};
    /** With its CRLF, says the specification. */
    private static final int LINE_BYTES_MAX = 107;
    /** Addresses and what else is said in version 2; proxies in the field need some hundreds. */
    private static final int BLOCK_BYTES_MAX = 4_096;
    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;
    private static final int TCP_OVER_IPV4 = 0x11;
    private static final int TCP_OVER_IPV6 = 0x21;
    private static final int UNSPECIFIED = 0x00;

    /** No header, or none that can be read. */
    static final class Wrong extends IOException {
        private static final long serialVersionUID = 1L;

        private Wrong(String why) {
            super(why);
        }
    }

    private ProxyHeader() {
    }

    /** What a proxy of ours is told: from which of its addresses to connect, and where to. */
    static byte[] version2(InetAddress from, InetAddress to, int port) {
        byte[] source = from.getAddress();
        byte[] destination = to.getAddress();
        int length = source.length + destination.length + 4;
        byte[] header = Arrays.copyOf(SIGNATURE, SIGNATURE.length + 4 + length);
        int at = SIGNATURE.length;
        header[at++] = PROXY;
        header[at++] = (byte) (source.length == 4 ? TCP_OVER_IPV4 : TCP_OVER_IPV6);
        header[at++] = 0;
        header[at++] = (byte) length;
        System.arraycopy(source, 0, header, at, source.length);
        System.arraycopy(destination, 0, header, at + source.length, destination.length);
        // our port is the proxy's choice: 0
        header[header.length - 2] = (byte) (port >> 8);
        header[header.length - 1] = (byte) port;
        return header;
    }

    /** The client; the proxy itself where it speaks for nobody, as in its health checks. */
    static InetAddress read(InputStream in, InetAddress proxy) throws IOException {
        // the shortest header of either version is longer
        byte[] first = exactly(in, SIGNATURE.length);
        if (Arrays.equals(first, SIGNATURE)) {
            return version2(in, proxy);
        }
        if (Arrays.equals(first, 0, WORD.length, WORD, 0, WORD.length)) {
            return version1(line(in, first), proxy);
        }
        throw new Wrong("it sent no PROXY header; turn the protocol on there, or take it out of"
                + " trusted-proxies");
    }

    private static byte[] exactly(InputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("a proxy's connection ended in its header");
        }
        return bytes;
    }

    /** Without CRLF. Octet by octet: not one more may be read. */
    private static String line(InputStream in, byte[] first) throws IOException {
        StringBuilder line = new StringBuilder(
                new String(first, StandardCharsets.ISO_8859_1));
        while (line.length() < LINE_BYTES_MAX) {
            int octet = in.read();
            if (octet < 0) {
                throw new EOFException("a proxy's connection ended in its header");
            }
            line.append((char) octet);
            if (octet == '\n') {
                int end = line.length() - 2;
                if (line.charAt(end) != '\r' || line.indexOf("\r") < end) {
                    throw new Wrong("its PROXY line has a bare CR or LF");
                }
                return line.substring(0, end);
            }
        }
        throw new Wrong("its PROXY line has no end within " + LINE_BYTES_MAX + " octets");
    }

    /** {@code PROXY TCP4 client server port port}; behind UNKNOWN all is ignored. */
    private static InetAddress version1(String line, InetAddress proxy) throws Wrong {
        String[] words = line.split(" ", -1);
        if (words[1].equals("UNKNOWN")) {
            return proxy;
        }
        boolean v4 = words[1].equals("TCP4");
        boolean whole = words.length == 6 && (v4 || words[1].equals("TCP6"))
                && port(words[4]) && port(words[5]);
        if (!whole) {
            throw new Wrong("its PROXY line is not as version 1 wants it");
        }
        address(words[3], v4);
        return address(words[2], v4);
    }

    private static boolean port(String text) {
        return text.matches("0|[1-9][0-9]{0,4}") && Integer.parseInt(text) <= 65_535;
    }

    private static InetAddress address(String text, boolean v4) throws Wrong {
        boolean shaped = v4 ? text.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}")
                : text.matches("[0-9a-fA-F:.]+") && text.indexOf(':') >= 0;
        try {
            if (shaped) {
                return InetAddress.ofLiteral(text);
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new Wrong("its PROXY line has no address where one belongs");
    }

    private static InetAddress version2(InputStream in, InetAddress proxy) throws IOException {
        byte[] rest = exactly(in, 4);
        int command = rest[0] & 0xff;
        int family = rest[1] & 0xff;
        int length = (rest[2] & 0xff) << 8 | rest[3] & 0xff;
        if (command != LOCAL && command != PROXY) {
            throw new Wrong("its PROXY header has an unknown version or command");
        }
        if (length > BLOCK_BYTES_MAX) {
            throw new Wrong("its PROXY header has " + length + " octets, over "
                    + BLOCK_BYTES_MAX);
        }
        byte[] block = exactly(in, length);
        if (command == LOCAL || family == UNSPECIFIED) {
            return proxy;
        }
        int octets = family == TCP_OVER_IPV4 ? 4 : 16;
        // client, server, and a port of two octets for each; more may follow
        if (family != TCP_OVER_IPV4 && family != TCP_OVER_IPV6 || length < 2 * octets + 4) {
            throw new Wrong("its PROXY header does not tell of TCP over IPv4 or IPv6");
        }
        return InetAddress.getByAddress(Arrays.copyOf(block, octets));
    }
}
