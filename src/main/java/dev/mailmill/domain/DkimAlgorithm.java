package dev.mailmill.domain;

import java.util.List;
import java.util.Locale;

/** What a DKIM key is. Gmail and Microsoft don't verify Ed25519, so it only comes beside RSA. */
public enum DkimAlgorithm {
    RSA2048("rsa", "mm"),
    ED25519("ed25519", "mme");

    private final String tag;
    private final String selectors;

    DkimAlgorithm(String tag, String selectors) {
        this.tag = tag;
        this.selectors = selectors;
    }

    /** {@code k=} of the DNS row. */
    String tag() {
        return tag;
    }

    /** Those that a domain's keys of this kind take in turn. */
    List<String> selectors() {
        return List.of(selectors + "1", selectors + "2");
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
