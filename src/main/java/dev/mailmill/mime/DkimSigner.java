package dev.mailmill.mime;

import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/**
 * Writes DKIM-Signature fields (RFC 6376, 8301, 8463). Relaxed for header and body: relays refold
 * fields and trim line ends, which simple does not survive, and every receiver knows relaxed.
 * Without {@code l=}, which lets strangers append, and with {@code t=} from the accept time, so
 * that a retry signs the same bytes.
 */
public final class DkimSigner {
    /** Signed once more than they occur: nobody can add a second (RFC 6376 §8.15). */
    private static final List<String> OVERSIGNED = List.of("from", "to", "subject", "date",
            "message-id", "mime-version", "content-type", "content-transfer-encoding");
    /**
     * Signed as often as they occur and not once more: lists add or replace these on the way, and
     * may (RFC 6376 §5.4.1; List-Unsubscribe by RFC 8058 §4).
     */
    private static final Set<String> SIGNED = Set.of("sender", "reply-to", "cc", "resent-date",
            "resent-from", "resent-sender", "resent-to", "resent-cc", "resent-message-id",
            "in-reply-to", "references", "content-id", "content-description",
            "content-disposition", "content-language", "list-id", "list-help", "list-subscribe",
            "list-unsubscribe", "list-unsubscribe-post", "list-post", "list-owner",
            "list-archive", "feedback-id", "cfbl-address", "cfbl-feedback-id", "auto-submitted");
    private static final int LINE = 76;

    private DkimSigner() {
    }

    /**
     * One field per key, each with CRLF, to stand above the header.
     *
     * @param bodyHash of {@link BodyHash}
     * @throws GeneralSecurityException when a key can't sign
     */
    public static byte[] sign(Head head, String bodyHash, List<DkimKey> keys, Instant time)
            throws GeneralSecurityException {
        // The same for all keys: the names, and the fields in the names' order.
        StringBuilder names = new StringBuilder(256);
        Octets text = new Octets(1536);
        select(head, names, text);
        int shared = text.size();
        Octets result = new Octets(512 * keys.size());
        for (DkimKey key : keys) {
            text.cut(shared);
            Octets field = new Octets(768);
            field.put("DKIM-Signature: v=1; a=").put(key.algorithm())
                    .put("; c=relaxed/relaxed; d=").put(key.domain()).put(";\r\n s=")
                    .put(key.selector()).put("; t=").put(Long.toString(time.getEpochSecond()))
                    .put(";\r\n h=");
            fold(field, names);
            field.put(";\r\n bh=").put(bodyHash).put(";\r\n b=");
            relaxed(text, field.array(), 0, "DKIM-Signature".length() + 1, field.size());
            text.cut(text.size() - 2);
            byte[] signed = key.rsa() ? key.sign(text.array(), text.size())
                    : key.sign(sha256(text), 32);
            wrap(field, Base64.getEncoder().encode(signed));
            result.put(field.array(), 0, field.size());
        }
        return result.toBytes();
    }

    private static byte[] sha256(Octets text) {
        var digest = BodyHash.sha256();
        digest.update(text.array(), 0, text.size());
        return digest.digest();
    }

    private static void select(Head head, StringBuilder names, Octets text) {
        List<Head.Field> fields = head.fields();
        String[] keys = new String[fields.size()];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = fields.get(i).key();
        }
        for (String name : OVERSIGNED) {
            // Repeated names count from the bottom up (RFC 6376 §5.4.2); the one too many is empty.
            for (int i = keys.length - 1; i >= 0; i--) {
                if (keys[i].equals(name)) {
                    add(head, fields.get(i), name, names, text);
                }
            }
            names.append(names.isEmpty() ? "" : ":").append(name);
        }
        for (int i = keys.length - 1; i >= 0; i--) {
            if (SIGNED.contains(keys[i])) {
                add(head, fields.get(i), keys[i], names, text);
            }
        }
    }

    private static void add(Head head, Head.Field f, String name, StringBuilder names,
            Octets text) {
        names.append(names.isEmpty() ? "" : ":").append(name);
        relaxed(text, head.bytes(), f.start(), f.value(), f.end());
    }

    /** RFC 6376 §3.4.2, with the name in lower case. */
    static void relaxed(Octets out, byte[] b, int start, int value, int end) {
        for (int i = start; i < value - 1; i++) {
            int c = b[i];
            if (c != ' ' && c != '\t') {
                out.put(c >= 'A' && c <= 'Z' ? c + 32 : c);
            }
        }
        out.put(':').relaxed(b, value, end).crlf();
    }

    private static void fold(Octets out, StringBuilder names) {
        int column = 3;
        int from = 0;
        while (from < names.length()) {
            int colon = names.indexOf(":", from);
            int end = colon < 0 ? names.length() : colon + 1;
            if (column + end - from > LINE) {
                out.put("\r\n  ");
                column = 2;
            }
            out.put(names.substring(from, end));
            column += end - from;
            from = end;
        }
    }

    private static void wrap(Octets out, byte[] base64) {
        int column = 3;
        int from = 0;
        while (from < base64.length) {
            int length = Math.min(LINE - column, base64.length - from);
            out.put(base64, from, length);
            from += length;
            if (from < base64.length) {
                out.put("\r\n  ");
                column = 2;
            }
        }
        out.crlf();
    }
}
