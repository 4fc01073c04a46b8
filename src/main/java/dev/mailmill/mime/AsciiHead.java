package dev.mailmill.mime;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Takes raw UTF-8 out of a header for a peer without SMTPUTF8: encoded words in texts and display
 * names, RFC 2231 in parameters. Addresses can't be changed so; where one is not ASCII, that is the
 * end (RFC 6531 §3.6).
 */
public final class AsciiHead {
    private static final Set<String> ADDRESSES = Set.of("from", "sender", "reply-to", "to", "cc",
            "bcc", "resent-from", "resent-sender", "resent-to", "resent-cc", "resent-reply-to");
    private static final Set<String> PARAMETERS = Set.of("content-type", "content-disposition");
    private static final Set<String> STRUCTURED = Set.of("date", "message-id", "in-reply-to",
            "references", "received", "return-path", "mime-version", "content-id",
            "content-transfer-encoding", "content-location", "dkim-signature",
            "authentication-results", "resent-date", "resent-message-id");

    private AsciiHead() {
    }

    /** @return the same head when nothing has to change */
    public static Head of(Head head) throws Unrecodable {
        List<byte[]> changed = new ArrayList<>();
        for (Head.Field f : head.fields()) {
            changed.add(head.eightBit(f) ? rewrite(head, f) : null);
        }
        int[] at = {0};
        return head.edit(_ -> changed.get(at[0]++), new byte[0], new byte[0]);
    }

    private static byte[] rewrite(Head head, Head.Field f) throws Unrecodable {
        String key = f.key();
        if (!Words.isUtf8(head.bytes(), f.start(), f.end())) {
            throw new Unrecodable("the field " + f.name() + " holds octets that are no UTF-8");
        }
        String value = head.value(f);
        try {
            HeaderWriter out = new HeaderWriter();
            if (ADDRESSES.contains(key)) {
                return out.mailboxes(f.name(), mailboxes(f, value)).toBytes();
            }
            if (PARAMETERS.contains(key)) {
                return parameters(out, f, value);
            }
            if (STRUCTURED.contains(key) || key.startsWith("list-")) {
                throw new Unrecodable("the field " + f.name()
                        + " holds octets over 127 and can't be encoded");
            }
            return out.text(f.name(), value).toBytes();
        } catch (Malformed e) {
            throw new Unrecodable("the field " + f.name() + " can't be encoded: "
                    + e.getMessage());
        }
    }

    private static List<Address> mailboxes(Head.Field f, String value)
            throws Malformed, Unrecodable {
        AddressList list = AddressList.read(value);
        if (list.groups()) {
            throw new Unrecodable("the field " + f.name() + " holds a group with raw UTF-8");
        }
        List<Address> out = new ArrayList<>();
        for (Address a : list.mailboxes()) {
            if (!a.asciiLocal()) {
                throw new Unrecodable("the address " + a.spec() + " in " + f.name()
                        + " needs SMTPUTF8, which the server does not offer");
            }
            out.add(new Address(a.local(), a.domain(), a.domain(), a.name()));
        }
        return out;
    }

    private static byte[] parameters(HeaderWriter out, Head.Field f, String value)
            throws Malformed, Unrecodable {
        ContentType type = ContentType.read(value);
        boolean plain = type.clean() && type.type().chars().allMatch(c -> c < 127);
        for (HeaderWriter.Parameter p : type.parameters()) {
            plain &= p.name().indexOf('*') < 0 && p.name().chars().allMatch(c -> c < 127);
        }
        if (!plain) {
            throw new Unrecodable("the parameters of " + f.name() + " can't be encoded");
        }
        return out.parameters(f.name(), type.type(), type.parameters()).toBytes();
    }
}
