package dev.mailmill.transit;

import dev.mailmill.dns.Tlsa;
import dev.mailmill.smtp.PeerCheck;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Holds a server's certificates to its usable TLSA records; one that fits is enough. */
final class DaneCheck implements PeerCheck {
    private static final int AUTHORITY = 2;
    private static final List<String> KEYS = List.of("EC", "RSA", "Ed25519", "Ed448");

    private final Dane.Usable dane;

    DaneCheck(Dane.Usable dane) {
        this.dane = dane;
    }

    @Override
    public String serverName(String host) {
        return dane.base();
    }

    @Override
    public String judge(List<X509Certificate> chain) throws CertificateException {
        if (chain.isEmpty() || chain.size() > Authorities.chainMax) {
            throw new Mistrust(Failure.VALIDATION_FAILURE, "it has no chain of 1 to "
                    + Authorities.chainMax);
        }
        Mistrust last = new Mistrust(Failure.VALIDATION_FAILURE,
                "no TLSA record of " + dane.base() + " fits it");
        for (Tlsa record : dane.records()) {
            if (record.usage() == AUTHORITY) {
                Optional<Mistrust> no = byAuthority(record, chain);
                if (no.isEmpty()) {
                    return "dane";
                }
                last = no.get();
            } else if (fits(record, chain.getFirst())) {
                // RFC 7672 §3.1.1: neither names nor dates matter
                return "dane";
            }
        }
        throw last;
    }

    /** RFC 7672 §3.1.2: the record's certificate vouches, no public authority is asked. */
    private Optional<Mistrust> byAuthority(Tlsa record, List<X509Certificate> chain) {
        List<X509Certificate> path = path(chain);
        Mistrust no = new Mistrust(Failure.VALIDATION_FAILURE,
                "no TLSA record of " + dane.base() + " vouches for it");
        for (int i = 1; i < path.size(); i++) {
            if (fits(record, path.get(i))) {
                return proves(path.subList(0, i), anchor(path.get(i)), path.get(i));
            }
        }
        return unsent(record, path.getLast())
                .map(anchor -> proves(path, anchor, null)).orElse(Optional.of(no));
    }

    /** Empty when the path leads to the anchor and its end is for one of our names. */
    private Optional<Mistrust> proves(List<X509Certificate> path, TrustAnchor anchor,
            X509Certificate authority) {
        try {
            if (authority != null) {
                authority.checkValidity();
            }
            PKIXParameters parameters = new PKIXParameters(Set.of(anchor));
            parameters.setRevocationEnabled(false);
            CertPathValidator.getInstance("PKIX").validate(
                    CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
        } catch (GeneralSecurityException e) {
            return Optional.of(new Mistrust(Failure.VALIDATION_FAILURE,
                    "its chain to the TLSA record does not hold"));
        }
        return Names.prove(path.getFirst(), dane.names()) ? Optional.empty()
                : Optional.of(new Mistrust(Failure.CERTIFICATE_HOST_MISMATCH,
                        "it is for none of " + String.join(", ", dane.names())));
    }

    private static TrustAnchor anchor(X509Certificate authority) {
        return new TrustAnchor(authority, null);
    }

    /** An authority that the server need not send, since the record holds it whole. */
    private static Optional<TrustAnchor> unsent(Tlsa record, X509Certificate last) {
        if (record.matching() != 0) {
            return Optional.empty();
        }
        try {
            if (record.selector() == 0) {
                X509Certificate whole = (X509Certificate) CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(record.data()));
                whole.checkValidity();
                return Optional.of(anchor(whole));
            }
            return key(record.data())
                    .map(k -> new TrustAnchor(last.getIssuerX500Principal(), k, null));
        } catch (CertificateException e) {
            return Optional.empty();
        }
    }

    private static Optional<PublicKey> key(byte[] octets) {
        for (String kind : KEYS) {
            try {
                return Optional.of(KeyFactory.getInstance(kind)
                        .generatePublic(new X509EncodedKeySpec(octets)));
            } catch (GeneralSecurityException e) {
                // a key of another kind, or none
            }
        }
        return Optional.empty();
    }

    /** From the server's own upwards, whatever else was sent and in whatever order. */
    private static List<X509Certificate> path(List<X509Certificate> chain) {
        List<X509Certificate> path = new ArrayList<>(List.of(chain.getFirst()));
        List<X509Certificate> rest = new ArrayList<>(chain.subList(1, chain.size()));
        while (!rest.isEmpty()) {
            X509Certificate at = path.getLast();
            Optional<X509Certificate> issuer = rest.stream().filter(c ->
                    c.getSubjectX500Principal().equals(at.getIssuerX500Principal())).findFirst();
            if (issuer.isEmpty()) {
                break;
            }
            path.add(issuer.get());
            rest.remove(issuer.get());
        }
        return path;
    }

    private static boolean fits(Tlsa record, X509Certificate certificate) {
        try {
            byte[] octets = record.selector() == 0 ? certificate.getEncoded()
                    : certificate.getPublicKey().getEncoded();
            byte[] compared = switch (record.matching()) {
                case 1 -> MessageDigest.getInstance("SHA-256").digest(octets);
                case 2 -> MessageDigest.getInstance("SHA-512").digest(octets);
                default -> octets;
            };
            return Arrays.equals(compared, record.data());
        } catch (CertificateException | NoSuchAlgorithmException e) {
            return false;
        }
    }
}
