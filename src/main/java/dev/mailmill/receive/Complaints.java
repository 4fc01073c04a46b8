package dev.mailmill.receive;

import java.util.List;

/** Hears of each complaint about a copy of ours, once. */
@FunctionalInterface
public interface Complaints {
    /**
     * @param recipientDomain of who complained
     * @param signers         domains of the mail's signatures, as the report shows them
     * @param source          the address that it came from, as the report says; may be empty
     */
    void heard(String recipientDomain, List<String> signers, String source);
}
