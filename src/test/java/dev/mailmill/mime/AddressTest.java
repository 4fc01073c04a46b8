package dev.mailmill.mime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.CpuTime;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
    @Test
    void aPlainAddressKeepsItsLettersAndComparesWithoutCase() throws Malformed {
        Address a = Address.parse("Ann.Lee+Shop@Example.COM");
        assertEquals("Ann.Lee+Shop@Example.COM", a.spec());
        assertEquals("example.com", a.domain());
        assertEquals("ann.lee+shop@example.com", a.key());
    }

    @Test
    void theKeyIsTheSameForComposedAndDecomposedLetters() throws Malformed {
        assertEquals(Address.parse("jos\u00e9@bücher.example").key(),
                Address.parse("JOSE\u0301@XN--BCHER-KVA.example").key());
    }

    @Test
    void sharpSStaysItselfAsIdna2008Has() throws Malformed {
        assertEquals("xn--fuball-cta.example", Address.parse("a@fußball.example").domain());
        assertNotEquals(Address.parse("a@fussball.example").key(),
                Address.parse("a@fußball.example").key());
    }

    @Test
    void aHomographIsAnotherDomain() throws Malformed {
        Address cyrillic = Address.parse("ceo@\u0430pple.com");
        assertTrue(cyrillic.domain().startsWith("xn--"), cyrillic.domain());
        assertNotEquals("apple.com", cyrillic.domain());
    }

    /** One reader takes the label as it is, another for the one in the comment. */
    @ParameterizedTest
    @ValueSource(strings = {
        "ａｐｐｌｅ", // apple, full-width
        "oran\u212ae", // oranke: the Kelvin sign
        "\u2126mega", // omega: the Ohm sign
        "o\ufb03ce", // office: a ligature
        "bu\u0308cher", // bücher, decomposed
        "\u24d0pple", // apple, circled
        "a\u00b2", // a2: superscript
        "stra\u1e9ee"}) // strasse, or straße
    void aDomainThatReadersMapToAnotherIsRefused(String label) {
        assertThrows(Malformed.class, () -> Address.parse("a@" + label + ".test"), label);
        assertThrows(Malformed.class, () -> Address.ofPath("a@" + label + ".test"), label);
    }

    @Test
    void caseIsNoOtherForm() throws Malformed {
        assertEquals(Address.parse("a@b\u00fccher.test").domain(),
                Address.parse("a@B\u00dcCHER.test").domain());
        assertEquals(Address.parse("a@\u03bf\u03b4\u03bf\u03c3.test").domain(),
                Address.parse("a@\u039f\u0394\u039f\u03a3.test").domain());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "@b.test", "a@", "a@b@c.test", "\"a\"@b.test",
        "a b@c.test", "<a@b.test>", "a@b.test>", "<aaa@bbb.com>ccc@ddd.com",
        "a@b.test(c@d.test)", "a(x)@b.test", "a@b.test,c@d.test", "a@b.test\u0000@c",
        "a\u0000@b.test", "\"x@evil.test x\"@internal.test", "=?utf-8?q?a=40b?=c@host.test",
        "a@b.test\r\nBcc: c@d.test", "a@b.test\n", " a@b.test", "a@b.test ", ".a@b.test",
        "a.@b.test", "a..b@c.test", "a@b..test", "a@.b.test", "a@b.test.", "a@-b.test",
        "a@b-.test", "a@b_c.test", "a@localhost", "a@127.0.0.1", "a@[127.0.0.1]",
        "a@xn--\u00e4.test", "a@xn--a.test", "a@xn--zzzzzzzzzz99999999.test", "g: a@b.test;",
        "a＠b.test", "a\u200d@b.test", "a@b\u3002test", "a@b\uff0etest", "a\u0085@b.test",
        "a@b\u2028.test", "a@b.te\ud800st", "\ud800@b.test", "a%b@c.test@d.test"})
    void anApiTakesOneAddrSpecAndNothingElse(String text) {
        assertThrows(Malformed.class, () -> Address.parse(text), text);
    }

    @Test
    void lengthsHaveTheirBounds() throws Malformed {
        assertEquals(64, Address.parse("a".repeat(64) + "@b.test").local().length());
        assertThrows(Malformed.class, () -> Address.parse("a".repeat(65) + "@b.test"));
        assertThrows(Malformed.class, () -> Address.parse("é".repeat(33) + "@b.test"));
        assertThrows(Malformed.class, () -> Address.parse("a@" + "b".repeat(64) + ".test"));
        assertThrows(Malformed.class, () -> Address.parse("a@" + "bb.".repeat(90) + "test"));
    }

    @Test
    void anSmtpPathMayBeQuotedOrALiteral() throws Malformed {
        assertEquals("x@evil.test x", Address.ofPath("\"x@evil.test x\"@internal.test").local());
        assertEquals("internal.test",
                Address.ofPath("\"x@evil.test x\"@internal.test").domain());
        assertEquals("\"x@evil.test x\"@internal.test",
                Address.ofPath("\"x@evil.test x\"@internal.test").spec());
        assertEquals("[127.0.0.1]", Address.ofPath("a@[127.0.0.1]").domain());
        assertEquals("[ipv6:::1]", Address.ofPath("a@[IPv6:::1]").domain());
        assertEquals("localhost", Address.ofPath("root@localhost").domain());
        for (String bad : List.of("a@[127.0.0.256]", "a@[1:2]", "a@[IPv6:1::2::3]", "a@[]",
                "\"a@b.test", "\"a\"b\"@c.test", "@x:a@b.test", "a@b@c.test", "\"a\\\"@b.test",
                "a@[127.0.0.1", "\"a\nb\"@c.test")) {
            assertThrows(Malformed.class, () -> Address.ofPath(bad), bad);
        }
    }

    @Test
    void aHeaderListHasNamesGroupsAndComments() throws Malformed {
        AddressList list = AddressList.read("Ann Lee <a@b.test>, \"Doe, J.\" <j@d.test> (home),"
                + " team: x@y.test, Q. Public <q@p.test>;, , =?utf-8?q?J=C3=B6rg?="
                + " =?utf-8?q?_M?= <jm@z.test>");
        assertEquals(List.of("a@b.test", "j@d.test", "x@y.test", "q@p.test", "jm@z.test"),
                list.mailboxes().stream().map(Address::spec).toList());
        assertEquals(List.of("Ann Lee", "Doe, J.", "", "Q. Public", "Jörg M"),
                list.mailboxes().stream().map(Address::name).toList());
        assertTrue(list.groups());
        assertFalse(AddressList.read("a@b.test").groups());
    }

    @Test
    void aDisplayNameIsNoAddress() throws Malformed {
        List<Address> found = AddressList.read("\"b@victim.com\" <a@own.test>").mailboxes();
        assertEquals(1, found.size());
        assertEquals("own.test", found.getFirst().domain());
        assertEquals("b@victim.com", found.getFirst().name());
        Address word = AddressList.read("=?utf-8?q?b=40victim.com_=3Cx?= <a@own.test>")
                .mailboxes().getFirst();
        assertEquals("own.test", word.domain());
        assertEquals("b@victim.com <x", word.name());
    }

    @ParameterizedTest
    @ValueSource(strings = {"<aaa@bbb.com>ccc@ddd.com", "b@victim.com <a@own.test>",
        "a@own.test b@victim.com", "<a@own.test> <b@victim.com>", "a@own.test(b@victim.com)",
        "=?utf-8?q?a=40b?=c@host.test", "=?utf-8?q?b@victim.com?= <a@own.test>",
        "<@victim.com:a@own.test>", "g: h: a@b.test;;", "g: a@b.test", "a@b.test;",
        "Ann <a@b.test", "\"Ann <a@b.test>", "Ann", "<>", "a.b.c", "a@b.test\u0000", "a@\u0000b",
        "Ann \u0001 <a@b.test>", "a@b.test (", "<\"=?utf-8?q?a?=\"@b.test>", "a@", "@b.test",
        "a@[1.2.3.4", "(x) <a@b.test>)", "Ann <a b@c.test>"})
    void whatHasTwoReadingsIsRefused(String value) {
        assertThrows(Malformed.class, () -> AddressList.read(value), value);
    }

    @Test
    void deepNestingIsBoundedAndNotRecursive() {
        assertThrows(Malformed.class, () -> AddressList.read("(".repeat(1_000_000) + "a@b.test"));
        assertThrows(Malformed.class, () -> AddressList.read("a:".repeat(500_000)));
    }

    @Test
    void noInputThrowsAnythingElseOrTakesLong() {
        String alphabet = "ab@.,:;<>()\"\\[] \t=?utf-8?q?é\u0000\r\n1-_xn--";
        Random random = new Random(20261123);
        long start = CpuTime.nanos();
        for (int n = 0; n < 60_000; n++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(40);
            for (int i = 0; i < length; i++) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            readAll(text.toString());
        }
        for (String unit : List.of("a", "a,", "(", "()", "\"", "\\", "=?", "=?utf-8?q?a?= ", "<",
                "a@b.test,", "é", ".", "xn--", "[", ":")) {
            readAll(unit.repeat(1_000_000 / unit.length()));
        }
        assertTrue(CpuTime.nanos() - start < 10_000_000_000L, "took too long");
    }

    private static void readAll(String text) {
        try {
            Address a = Address.parse(text);
            assertEquals(a, Address.parse(a.spec()));
            assertEquals(a, Address.ofPath(text));
        } catch (Malformed e) {
            assertFalse(e.getMessage().isEmpty());
        }
        try {
            for (Address a : AddressList.read(text).mailboxes()) {
                assertEquals(a.key(), Address.ofPath(a.spec()).key());
            }
        } catch (Malformed e) {
            assertFalse(e.getMessage().isEmpty());
        }
        Words.decode(text);
        ContentType.read(text);
    }
}
