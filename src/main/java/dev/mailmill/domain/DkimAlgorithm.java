package dev.mailmill.domain;

import java.util.Locale;

/** What a DKIM key is. Gmail and Microsoft don't verify Ed25519, so it only comes beside RSA. */
public enum DkimAlgorithm {
    RSA2048("rsa", "mm1"),
    ED25519("ed25519", "mme1");

    private final String tag;
    private final String firstSelector;

    DkimAlgorithm(String tag, String firstSelector) {
        this.tag = tag;
        this.firstSelector = firstSelector;
    }

    /** {@code k=} of the DNS row. */
    String tag() {
        return tag;
    }

    /** The selector of a domain's first key of this kind. */
    String firstSelector() {
        return firstSelector;
    }

    /** As stored and shown: {@code rsa2048}, {@code ed25519}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static DkimAlgorithm of(String word) {
        return switch (word) {
            case "rsa2048" -> RSA2048;
            case "ed25519" -> ED25519;
            default -> throw new IllegalArgumentException("DKIM knows no " + word);
        };
    }
}
