package dev.mailmill.transit;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Proves a host's name by the certificate authorities that are believed. */
final class Authorities {
    /** More is no chain but an attempt to keep us busy. */
    static final int chainMax = 10;

    private final X509TrustManager manager;

    Authorities(X509TrustManager manager) {
        this.manager = manager;
    }

    /** The JDK's own. */
    static X509TrustManager standard() {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(
                    TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            for (TrustManager each : factory.getTrustManagers()) {
                if (each instanceof X509TrustManager x) {
                    return x;
                }
            }
            throw new IllegalStateException("this JDK trusts nobody");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK trusts nobody", e);
        }
    }

    /** Two checks: who vouches for it, and for which name. */
    void check(List<X509Certificate> chain, String host) throws Mistrust {
        if (chain.isEmpty() || chain.size() > chainMax) {
            throw new Mistrust(Failure.CERTIFICATE_NOT_TRUSTED, "it has no chain of 1 to "
                    + chainMax);
        }
        try {
            manager.checkServerTrusted(chain.toArray(X509Certificate[]::new), "UNKNOWN");
        } catch (CertificateException e) {
            throw new Mistrust(expired(e) ? Failure.CERTIFICATE_EXPIRED
                    : Failure.CERTIFICATE_NOT_TRUSTED, expired(e) ? "it has expired"
                    : "no authority that we believe vouches for it");
        }
        if (!Names.prove(chain.getFirst(), List.of(host))) {
            throw new Mistrust(Failure.CERTIFICATE_HOST_MISMATCH, "it is not for " + host);
        }
    }

    private static boolean expired(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof CertificateExpiredException
                    || t instanceof CertPathValidatorException v
                    && v.getReason() == CertPathValidatorException.BasicReason.EXPIRED) {
                return true;
            }
        }
        return false;
    }
}
