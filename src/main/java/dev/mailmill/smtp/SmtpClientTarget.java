package dev.mailmill.smtp;

import java.net.InetAddress;
import java.util.Optional;

/**
 * Where to connect, and how safely.
 *
 * @param address  where; nothing is resolved
 * @param host     the name it goes by: for SNI, the certificate's check and what people read
 * @param implicit TLS from the first byte (RFC 8314)
 * @param tls      how much TLS is wanted
 * @param login    said only under a verified certificate
 * @param check    judges the certificate where TLS is offered or demanded
 */
public record SmtpClientTarget(InetAddress address, int port, String host, boolean implicit,
        Tls tls, Optional<SmtpClientLogin> login, PeerCheck check) {

    /** How much. */
    public enum Tls {
        /** None, even when offered. */
        NONE,
        /** When offered, with any certificate: better than clear text, and no mail is lost. */
        OFFERED,
        /** Always, with a certificate that the target's check takes. */
        DEMANDED,
        /** Always, with a certificate that proves the host's name to the usual authorities. */
        VERIFIED
    }

    public SmtpClientTarget {
        if (login.isPresent() && tls != Tls.VERIFIED) {
            throw new IllegalArgumentException("a login is said only over verified TLS");
        }
        if (implicit && tls == Tls.NONE) {
            throw new IllegalArgumentException("TLS from the first byte, and none at all");
        }
    }

    /** Any certificate, unless it has to be verified. */
    public SmtpClientTarget(InetAddress address, int port, String host, boolean implicit, Tls tls,
            Optional<SmtpClientLogin> login) {
        this(address, port, host, implicit, tls, login, PeerCheck.ANY);
    }

    /** As a server that takes mail from anybody, with opportunistic TLS. */
    public static SmtpClientTarget of(InetAddress address, int port, String host) {
        return new SmtpClientTarget(address, port, host, false, Tls.OFFERED, Optional.empty());
    }

    /** The same place with other TLS. */
    public SmtpClientTarget with(Tls wanted) {
        return new SmtpClientTarget(address, port, host, implicit, wanted, login, check);
    }

    /** The same place with other TLS and a judge of its certificate. */
    public SmtpClientTarget with(Tls wanted, PeerCheck judge) {
        return new SmtpClientTarget(address, port, host, implicit, wanted, login, judge);
    }

    /** Whether it is spoken to under TLS or not at all. */
    public boolean tlsOnly() {
        return tls == Tls.DEMANDED || tls == Tls.VERIFIED;
    }
}
