package dev.mailmill.feedback;

import dev.mailmill.mime.Malformed;
import java.io.IOException;
import java.io.InputStream;

/** What a receiver reported, or that it reported nothing. */
public sealed interface Feedback permits Complaint, DmarcReport, TlsReport, Feedback.None,
        Feedback.Refused {
    /** Octets of a mail: a report of 25 MB in base64, and its mail around it. */
    int BYTES_MAX = 50 * 1024 * 1024;

    /** Some other mail. */
    record None() implements Feedback {
    }

    /** @param reason what was read, and what is wrong with it where, for a person */
    record Refused(String reason) implements Feedback {
    }

    /** Reads a mail; or a report that lies in a file by itself, packed or not. */
    static Feedback read(byte[] mail) {
        if (mail.length > BYTES_MAX) {
            return new Refused("The mail is larger than " + (BYTES_MAX >> 20) + " MB.");
        }
        if (mail.length == 0) {
            return new Refused("It is empty: there is nothing to read.");
        }
        try {
            return Archive.looksLikeOne(mail) || Sniffed.of(mail) != Sniffed.OTHER
                    ? Attached.read(mail, "") : ReportMail.read(mail);
        } catch (Malformed e) {
            return new Refused(Words.clean(e.getMessage()));
        }
    }

    /** @throws IOException from the stream only */
    static Feedback read(InputStream mail) throws IOException {
        return read(mail.readNBytes(BYTES_MAX + 1));
    }
}
