package dev.mailmill.mime;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A delivery status notification (RFC 3464) in a multipart/report (RFC 6522): a text for people,
 * the status for programs, and what it is about. The same values always give the same octets.
 *
 * @param from      who reports
 * @param to        who sent what it is about
 * @param subject   for people
 * @param text      for people, lines divided by LF
 * @param about     the Message-ID of the original; empty for none
 * @param envid     ENVID of the original, decoded; empty for none
 * @param reporter  this server's name
 * @param arrived   when the original came
 * @param recipient whom it tells of
 * @param returned  of the original
 */
public record StatusReport(Address from, Address to, String subject, String text, String about,
        String envid, String reporter, Instant arrived, Recipient recipient, Returned returned) {
    private static final int LINE = 76;
    /** Hostile words, well below the 998 octets of a line that can't be folded. */
    private static final int SAID_MAX = 900;

    /** RFC 3464 §2.3.3; {@code expanded} is a list's and never ours. */
    public enum Action {
        FAILED, DELAYED, DELIVERED, RELAYED
    }

    /**
     * @param address  as it was submitted
     * @param orcpt    ORCPT as received: a type, a semicolon, xtext; empty for none
     * @param status   {@code 5.1.1}
     * @param remote   the server that spoke; empty when none did
     * @param said     its words, or ours
     * @param last     of the attempts
     * @param retry    until when it is tried, if it still is
     * @param log      our name for the message
     */
    public record Recipient(String address, String orcpt, Action action, String status,
            String remote, String said, Instant last, Optional<Instant> retry, String log) {
    }

    /**
     * @param head fields with CRLF; empty for nothing to return
     * @param body what followed them, if the whole is returned
     */
    public record Returned(byte[] head, Optional<byte[]> body) {
    }

    /** @param head fields with CRLF, without Date and Message-ID; @param body its parts */
    public record Written(byte[] head, byte[] body) {
    }

    /** @throws Malformed when an address or a name can't stand in a header */
    public Written write() throws Malformed {
        byte[] original = original();
        String boundary = boundary(original);
        HeaderWriter head = new HeaderWriter()
                .mailboxes("From", List.of(from))
                .mailboxes("To", List.of(to))
                .text("Subject", subject)
                .raw("Auto-Submitted", "auto-replied");
        if (!about.isEmpty() && about.length() < SAID_MAX && ascii(about).equals(about)) {
            head.raw("In-Reply-To", about).raw("References", about);
        }
        head.raw("MIME-Version", "1.0").parameters("Content-Type", "multipart/report", List.of(
                new HeaderWriter.Parameter("report-type", "delivery-status"),
                new HeaderWriter.Parameter("boundary", boundary)));
        Octets out = new Octets(2048 + original.length);
        delimiter(out, boundary);
        forPeople(out);
        delimiter(out, boundary);
        out.put("Content-Type: message/delivery-status\r\n\r\n").put(status());
        if (original.length > 0) {
            delimiter(out, boundary);
            out.put(original);
        }
        out.put("\r\n--").put(boundary).put("--\r\n");
        return new Written(head.toBytes(), out.toBytes());
    }

    private static void delimiter(Octets out, String boundary) {
        out.put("\r\n--").put(boundary).put("\r\n");
    }

    /** One that is not in what is returned: that text is somebody else's. */
    private String boundary(byte[] original) {
        String all = new String(original, StandardCharsets.ISO_8859_1);
        String name = "=_" + ascii(recipient.log()) + "_report";
        int n = 1;
        String boundary = name;
        while (all.contains(boundary)) {
            boundary = name + n++;
        }
        return boundary;
    }

    private void forPeople(Octets out) {
        byte[] lines = wrapped(text).getBytes(StandardCharsets.UTF_8);
        boolean plain = plain(lines);
        out.put("Content-Type: text/plain; charset=utf-8\r\n").put(plain ? "\r\n"
                : "Content-Transfer-Encoding: base64\r\n\r\n");
        out.put(plain ? lines : Base64.getMimeEncoder().encode(lines));
    }

    /** At spaces, and in words that are longer than a line. */
    private static String wrapped(String text) {
        StringBuilder out = new StringBuilder();
        for (String line : text.split("\n", -1)) {
            int column = 0;
            String indent = line.startsWith("  ") ? "  " : "";
            for (String word : line.split("(?<= )(?=\\S)")) {
                if (column > 0 && column + word.stripTrailing().length() > LINE) {
                    out.append("\r\n").append(indent);
                    column = indent.length();
                }
                for (int i = 0; i < word.length();) {
                    int end = word.offsetByCodePoints(i,
                            Math.min(LINE, word.codePointCount(i, word.length())));
                    out.append(i > 0 ? "\r\n" + indent : "").append(word, i, end);
                    column += end - i;
                    i = end;
                }
            }
            out.append("\r\n");
        }
        return out.toString();
    }

    private byte[] status() throws Malformed {
        HeaderWriter all = new HeaderWriter();
        if (!envid.isEmpty()) {
            all.raw("Original-Envelope-Id", ascii(envid));
        }
        all.raw("Reporting-MTA", "dns; " + ascii(reporter))
                .raw("Arrival-Date", HeaderWriter.date(arrived));
        HeaderWriter one = new HeaderWriter();
        if (!recipient.orcpt().isEmpty()) {
            one.raw("Original-Recipient", orcpt(recipient.orcpt()));
        }
        one.raw("Final-Recipient", typed(recipient.address()))
                .raw("Action", recipient.action().name().toLowerCase(Locale.ROOT))
                .raw("Status", ascii(recipient.status()));
        if (!recipient.remote().isEmpty()) {
            one.raw("Remote-MTA", "dns; " + ascii(recipient.remote()));
        }
        String said = ascii(recipient.said());
        String type = recipient.remote().isEmpty() ? "X-Mailmill; " : "smtp; ";
        if (!said.isBlank()) {
            one.raw("Diagnostic-Code", type
                    + (said.length() > SAID_MAX ? said.substring(0, SAID_MAX) : said));
        }
        one.raw("Last-Attempt-Date", HeaderWriter.date(recipient.last()))
                .raw("Final-Log-ID", ascii(recipient.log()));
        if (recipient.retry().isPresent()) {
            one.raw("Will-Retry-Until", HeaderWriter.date(recipient.retry().get()));
        }
        // an empty line divides the groups, and the last one has one too (RFC 3464 §2.1)
        return new Octets(512).put(all.toBytes()).crlf().put(one.toBytes()).crlf().toBytes();
    }

    /** RFC 6533 §3: what ASCII does not hold is written by its number. */
    private static String typed(String address) {
        if (address.chars().allMatch(c -> c >= 32 && c < 127)) {
            return "rfc822; " + address;
        }
        StringBuilder out = new StringBuilder("utf-8; ");
        address.codePoints().forEach(c -> {
            if (c > 32 && c < 127 && c != '\\' && c != '+' && c != '=') {
                out.append((char) c);
            } else {
                out.append(String.format(Locale.ROOT, "\\x{%X}", c));
            }
        });
        return out.toString();
    }

    /** The type and the address, as it was before it was made xtext (RFC 3461 §6.3). */
    private static String orcpt(String given) {
        int semicolon = given.indexOf(';');
        StringBuilder out = new StringBuilder(given.substring(0, semicolon + 1)).append(' ');
        for (int i = semicolon + 1; i < given.length(); i++) {
            char c = given.charAt(i);
            if (c == '+' && i + 2 < given.length()
                    && Character.digit(given.charAt(i + 1), 16) >= 0
                    && Character.digit(given.charAt(i + 2), 16) >= 0) {
                out.append((char) Integer.parseInt(given, i + 1, i + 3, 16));
                i += 2;
            } else {
                out.append(c);
            }
        }
        return ascii(out.toString());
    }

    /** The third part with its header, or nothing. */
    private byte[] original() {
        byte[] head = returned.head();
        if (head.length == 0) {
            return head;
        }
        boolean wide = !plain(head);
        Octets content = new Octets(head.length + 2).put(head);
        boolean whole = returned.body().isPresent();
        if (whole) {
            content.crlf().put(returned.body().get());
        }
        byte[] octets = content.toBytes();
        // RFC 6533 §5 and §6: only the "global" types may hold UTF-8, and may be encoded
        String type = wide ? whole ? "message/global" : "message/global-headers"
                : whole ? "message/rfc822" : "text/rfc822-headers";
        String encoding = wide ? "base64" : plain(octets) ? "" : "8bit";
        return new Octets(octets.length + 100).put("Content-Type: " + type + "\r\n")
                .put(encoding.isEmpty() ? "\r\n"
                        : "Content-Transfer-Encoding: " + encoding + "\r\n\r\n")
                .put(wide ? Base64.getMimeEncoder().encode(octets) : octets).toBytes();
    }

    private static boolean plain(byte[] octets) {
        for (byte b : octets) {
            if (b < 0) {
                return false;
            }
        }
        return true;
    }

    /** Words of others where only ASCII may stand; also without what could end a line. */
    private static String ascii(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(c -> out.append(c == '\t' ? ' '
                : c >= 32 && c < 127 ? (char) c : '?'));
        return out.toString();
    }
}
