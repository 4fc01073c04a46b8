package dev.mailmill.compose;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Fields that say something to a mail service and nothing to a reader: they never leave. */
final class ControlFields {
    /** Whole names; Bcc names who else got it, Return-Path is the last server's to write. */
    private static final Set<String> NAMES = Set.of("bcc", "resent-bcc", "return-path", "x-smtpapi",
            "x-msys-api");
    /** Ours, Postmark's, Mailgun's, SES's, Mandrill's, Mailjet's (two), Brevo's. */
    private static final List<String> PREFIXES = List.of("x-mailmill-", "x-pm-", "x-mailgun-",
            "x-ses-", "x-mc-", "x-mailjet-", "x-mj-", "x-mailin-");

    private ControlFields() {
    }

    static boolean has(String name) {
        String key = name.toLowerCase(Locale.ROOT);
        if (NAMES.contains(key)) {
            return true;
        }
        if (key.startsWith("x-")) {
            for (String prefix : PREFIXES) {
                if (key.startsWith(prefix)) {
                    return true;
                }
            }
        }
        return false;
    }
}
