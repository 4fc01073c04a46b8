package dev.mailmill.smtp;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS as a client speaks it: at least 1.2, with any certificate where TLS is only better than
 * nothing (RFC 7435), with a proven name where a secret is said. Sessions are resumed per host.
 */
public final class ClientTls {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
    /** Sessions remembered for resumption, and for how long. */
    private static final int SESSIONS_MAX = 2_000;
    private static final int SESSION_SECONDS = 3_600;

    private final SSLContext any;
    private final SSLContext verified;

    private ClientTls(SSLContext any, SSLContext verified) {
        this.any = any;
        this.verified = verified;
    }

    /** Verifies against the JDK's trust store. */
    public static ClientTls standard() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, null, null);
            return verifiedBy(context);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no TLS", e);
        }
    }

    /** Verifies as this context does: a private authority's certificates. */
    public static ClientTls verifiedBy(SSLContext context) {
        try {
            SSLContext any = SSLContext.getInstance("TLS");
            any.init(null, new TrustManager[] {new AnyCertificate()}, null);
            any.getClientSessionContext().setSessionCacheSize(SESSIONS_MAX);
            any.getClientSessionContext().setSessionTimeout(SESSION_SECONDS);
            return new ClientTls(any, context);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no TLS", e);
        }
    }

    /**
     * Wraps the socket and shakes hands; whoever owns the socket ends it when it takes too long.
     */
    SSLSocket handshake(Socket plain, SmtpClientTarget target) throws IOException {
        boolean verify = target.tls() == SmtpClientTarget.Tls.VERIFIED;
        SSLSocket socket = (SSLSocket) (verify ? verified : any).getSocketFactory()
                .createSocket(plain, target.host(), target.port(), true);
        SSLParameters parameters = socket.getSSLParameters();
        String name = target.check().serverName(target.host());
        if (!name.equals(target.host())) {
            parameters.setServerNames(List.of(new SNIHostName(name)));
        }
        parameters.setProtocols(PROTOCOLS);
        if (verify) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        socket.setSSLParameters(parameters);
        socket.setUseClientMode(true);
        socket.startHandshake();
        return socket;
    }

    /**
     * Judges who is at the other end. A resumed session has kept the certificates of the first.
     *
     * @return what the certificate was held to
     */
    static String judge(SSLSocket socket, SmtpClientTarget target) throws CertificateException {
        if (target.tls() == SmtpClientTarget.Tls.VERIFIED) {
            return "verified";
        }
        try {
            List<X509Certificate> chain = new ArrayList<>();
            for (Certificate each : socket.getSession().getPeerCertificates()) {
                if (each instanceof X509Certificate x) {
                    chain.add(x);
                }
            }
            return target.check().judge(chain);
        } catch (SSLPeerUnverifiedException e) {
            return target.check().judge(List.of());
        }
    }

    /** {@code TLSv1.3 TLS_AES_256_GCM_SHA384}. */
    static String describe(SSLSocket socket) {
        return String.join(" ", List.of(socket.getSession().getProtocol(),
                socket.getSession().getCipherSuite()));
    }

    /** A wrong certificate is still more than clear text: the passive listener gets nothing. */
    private static final class AnyCertificate extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
