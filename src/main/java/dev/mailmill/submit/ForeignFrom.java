package dev.mailmill.submit;

import dev.mailmill.account.Login.Rewrite;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.AddressList;
import dev.mailmill.mime.Head;
import dev.mailmill.mime.HeaderWriter;
import dev.mailmill.mime.Malformed;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;

/**
 * Gives mail of strangers, as contact forms and printers send it, an author that the account may
 * speak for: {@code Ann <ann@theirs>} becomes {@code "Ann via Site" <forms@ours>}, and an answer
 * still reaches Ann by Reply-To. A Sender that is not the account's goes: it would name somebody
 * who has not sent this (RFC 5322 §3.6.2), and From has one author now, who needs none. All other
 * octets stay.
 */
final class ForeignFrom {
    private static final byte[] NONE = new byte[0];
    private static final int NAME_CODE_POINTS_MAX = 100;
    private static final int AUTHORS_MAX = 100;

    private ForeignFrom() {
    }

    /**
     * @param owned whether a domain is the account's
     * @return the same where From is the account's already, or can't be read: then it is refused
     *         where all mail is looked at
     */
    static Head rewritten(Head head, Rewrite rewrite, Predicate<String> owned) throws Malformed {
        List<Head.Field> fields = head.all("From");
        if (fields.size() != 1) {
            return head;
        }
        List<Address> authors = mailboxes(head, fields.getFirst());
        boolean ours = authors.stream().allMatch(a -> owned.test(a.domain()));
        if (ours || authors.size() > AUTHORS_MAX) {
            return head;
        }
        byte[] from = author(authors.getFirst(), rewrite);
        boolean answered = head.all("Reply-To").stream().anyMatch(f -> !head.value(f).isEmpty());
        byte[] instead = answered ? from : joined(from, replyTo(head, fields.getFirst()));
        return head.edit(f -> {
            if (f.is("From")) {
                return instead;
            }
            boolean gone = f.is("Sender") && foreign(head, f, owned)
                    || f.is("Reply-To") && !answered;
            return gone ? NONE : null;
        }, NONE, NONE);
    }

    /** None where they can't be read. */
    private static List<Address> mailboxes(Head head, Head.Field f) {
        try {
            return AddressList.read(head.value(f)).mailboxes();
        } catch (Malformed e) {
            return List.of();
        }
    }

    private static boolean foreign(Head head, Head.Field f, Predicate<String> owned) {
        return mailboxes(head, f).stream().anyMatch(a -> !owned.test(a.domain()));
    }

    private static byte[] author(Address author, Rewrite rewrite) throws Malformed {
        String who = clean(author.name().isBlank() ? author.local() : author.name());
        Address own = Address.parse(rewrite.address());
        String name = (who.isEmpty() ? "" : who + " ") + "via " + clean(rewrite.via());
        return new HeaderWriter().mailboxes("From", List.of(new Address(own.local(), own.domain(),
                own.domain(), name.strip()))).toBytes();
    }

    /**
     * What may stand in a header and be seen as it is: a name comes decoded, so anything may be in
     * it, line ends and marks that turn the writing direction too.
     */
    private static String clean(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().limit(NAME_CODE_POINTS_MAX).forEach(c -> {
            boolean turns = c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069
                    || c == 0x200e || c == 0x200f || c == 0x61c;
            String one = Character.toString(c);
            boolean shown = c != '\t' && !turns && HeaderWriter.unclean(one).isEmpty();
            out.append(shown ? one : " ");
        });
        return out.toString().strip().replaceAll(" {2,}", " ");
    }

    /** The octets of the authors as they came: names, comments and folds stay theirs. */
    private static byte[] replyTo(Head head, Head.Field from) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("Reply-To:".getBytes(StandardCharsets.US_ASCII));
        out.write(head.bytes(), from.value(), from.end() - from.value());
        return out.toByteArray();
    }

    private static byte[] joined(byte[] a, byte[] b) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(a);
        out.writeBytes(b);
        return out.toByteArray();
    }
}
