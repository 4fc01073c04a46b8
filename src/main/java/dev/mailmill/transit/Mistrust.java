package dev.mailmill.transit;

import java.security.cert.CertificateException;

/** Why a certificate is not taken, for a report and for people. */
final class Mistrust extends CertificateException {
    private static final long serialVersionUID = 1L;
    private final Failure failure;

    Mistrust(Failure failure, String message) {
        super(message);
        this.failure = failure;
    }

    Failure failure() {
        return failure;
    }
}
