package dev.mailmill.mime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressLiteralTest {
    private static final String LETTERS = "::::..0112579aAfF";
    private static final int TRIES = 300_000;

    @ParameterizedTest
    @ValueSource(strings = {
        "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.1.", "127.0.0.01",
        "256.0.0.1", "1.2.3", "localhost", "fe80::1%lo", "[::1", "::1]", "", "[", "]", "[]",
        "1.2.3.4:25", "::g", "a.b", "1::2::3", ":::", "1:2:3:4:5:6:7:8::", "1:2:3:4:5:6:7",
        "1.2.3.4::", "::\uff11", "\uff11.2.3.4", "[IPv6:::1]"
    })
    void onlyAWholeWrittenAddressNamesAHost(String text) {
        assertEquals(Optional.empty(), AddressLiteral.ofHost(text));
        assertThrows(IllegalArgumentException.class, () -> new AddressLiteral(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1", "::", "::1", "2001:DB8::1", "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::", "64:ff9b::192.0.2.1", "0000:0000:0000:0000:0000:ffff:255.255.255.255"})
    void bracketsDoNotMatterForAHost(String text) {
        AddressLiteral bare = AddressLiteral.ofHost(text).orElseThrow();
        assertEquals(text.toLowerCase(Locale.ROOT), bare.text());
        assertEquals(Optional.of(bare), AddressLiteral.ofHost("[" + text + "]"));
    }

    @Test
    void aMailDomainHasBracketsAndSixItsTag() {
        assertEquals("192.0.2.1", AddressLiteral.ofDomain("[192.0.2.1]").orElseThrow().text());
        assertEquals("2001:db8::1",
                AddressLiteral.ofDomain("[IPv6:2001:DB8::1]").orElseThrow().text());
        assertTrue(AddressLiteral.ofDomain("[ipv6:::1]").isPresent());
        for (String bad : new String[] {"192.0.2.1", "[example.com]", "[2001:db8::1]",
            "[IPv6:192.0.2.1]", "[IPv6:]", "[]", "[", "", "[x400:192.0.2.1]"}) {
            assertEquals(Optional.empty(), AddressLiteral.ofDomain(bad), bad);
        }
    }

    /** Who connects hands the text to the JDK, which must never find less than we did. */
    @Test
    void whatIsTakenHereTheJdkTakesToo() {
        Random random = new Random(5321);
        int taken = 0;
        for (int i = 0; i < TRIES; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = 2 + random.nextInt(16); n > 0; n--) {
                text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
            }
            Optional<AddressLiteral> literal = AddressLiteral.ofHost(text.toString());
            if (literal.isPresent()) {
                InetAddress.ofLiteral(literal.get().text());
                taken++;
            }
        }
        assertTrue(taken > 1_000, taken + " of the tries were addresses");
    }
}
