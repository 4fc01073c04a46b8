package dev.mailmill.smtp;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;

/** Judges a server's certificates: after the handshake, before anything is said under it. */
public interface PeerCheck {
    /** Takes any: encrypted is better than clear (RFC 7435). */
    PeerCheck ANY = new PeerCheck() {
        @Override
        public String judge(List<X509Certificate> chain) {
            return "opportunistic";
        }
    };

    /**
     * @param chain as the server sent it, its own first
     * @return what it was held to, in the words of {@code mail.Line}
     * @throws CertificateException when nothing may be said to this server
     */
    String judge(List<X509Certificate> chain) throws CertificateException;

    /** The name to ask for by SNI, where that is not the host's (RFC 7672 §8.1). */
    default String serverName(String host) {
        return host;
    }
}
