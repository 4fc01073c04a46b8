package dev.mailmill.feedback;

import dev.mailmill.mime.Malformed;

/** A report as it lies in an attachment or a file. */
final class Attached {
    private Attached() {
    }

    /**
     * @param domain whose it is, by the mail around it (RFC 8460 §5.3), where the report names
     *               none; empty for none
     * @return None when it is something else
     * @throws Malformed when it can't be unpacked or read
     */
    static Feedback read(byte[] bytes, String domain) throws Malformed {
        byte[] report = Archive.open(bytes);
        return switch (Sniffed.of(report)) {
            case XML -> DmarcReader.read(report);
            case JSON -> TlsReader.read(report, domain);
            case OTHER -> new Feedback.None();
        };
    }
}
