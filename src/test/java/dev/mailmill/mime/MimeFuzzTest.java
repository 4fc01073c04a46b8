package dev.mailmill.mime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Headers, addresses and types that nobody would write: read or refused, at once. */
class MimeFuzzTest {
    @Test
    void headers() throws IOException {
        Mutations.run("mime-head", Mutations.seeds(List.of(Corpus.folder("mime"))), bytes -> {
            byte[] head = crlf(bytes);
            try {
                Head read = Head.read(head);
                for (Head.Field field : read.fields()) {
                    read.value(field);
                    Words.decode(read.value(field));
                }
                assertArrayEquals(head, read.with(new byte[0], new byte[0]).bytes());
                read.refolded();
            } catch (Malformed e) {
                // refused
            }
        });
    }

    @Test
    void bodies() throws IOException {
        Mutations.run("mime-body", Mutations.seeds(List.of(Corpus.folder("mime"))), bytes -> {
            int end = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n");
            if (end < 0) {
                return;
            }
            byte[] body = java.util.Arrays.copyOfRange(bytes, end + 4, bytes.length);
            try {
                Recoding plan = Recoding.plan(Head.read(java.util.Arrays.copyOf(bytes, end + 2)),
                        new ByteArrayInputStream(body), true);
                plan.open(new ByteArrayInputStream(body)).readAllBytes();
            } catch (Malformed | Unrecodable e) {
                // refused
            }
        });
    }

    @Test
    void addresses() throws IOException {
        Mutations.run("address", Mutations.seeds(List.of(),
                "Ann <ann@example.org>, \"B, C\" <b.c@example.org> (a (nested) comment)",
                "Group: a@b.test, c@d.test;, x@y.test", "\"quo\\\"ted\"@example.org",
                "=?utf-8?q?J=C3=B6rg?= <j@xn--bcher-kva.example>", "<@a,@b:route@example.org>",
                "user@[IPv6:2001:db8::1]", "a.b.c@d.e.f.g, ,,, <>",
                "j\u00c3\u00b6rg@b\u00c3\u00bccher.example"),
                bytes -> {
                    String text = new String(bytes, StandardCharsets.UTF_8);
                    try {
                        for (Address a : AddressList.read(text).mailboxes()) {
                            // what was read is written so that it is read again
                            assertEquals(a.key(), Address.parse(a.spec()).key());
                        }
                    } catch (Malformed e) {
                        // refused
                    }
                    try {
                        ContentType.read(text).parameter("boundary");
                        Address.ofPath(text);
                    } catch (Malformed e) {
                        // refused
                    }
                });
    }

    /** Up to the empty line, with the line ends that the reader wants. */
    private static byte[] crlf(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1)
                .replaceAll("\r?\n", "\r\n");
        int end = text.indexOf("\r\n\r\n");
        return (end < 0 ? text : text.substring(0, end + 2))
                .getBytes(StandardCharsets.ISO_8859_1);
    }
}
