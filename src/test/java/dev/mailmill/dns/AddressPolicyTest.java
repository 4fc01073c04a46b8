package dev.mailmill.dns;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPolicyTest {
    private static final AddressPolicy POLICY =
            new AddressPolicy(false, Set.of(InetAddress.ofLiteral("45.33.1.1")));

    private static byte[] octets(String literal) {
        return InetAddress.ofLiteral(literal).getAddress();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1",
        "172.31.255.255", "192.168.0.1", "169.254.169.254", "100.64.0.1", "100.127.255.255",
        "192.0.0.8", "198.18.0.53", "224.0.0.1", "239.255.255.255", "240.0.0.1",
        "255.255.255.255", "45.33.1.1",
        "::", "::1", "::127.0.0.1", "::169.254.169.254", "::10.0.0.1", "64:ff9b::a9fe:a9fe",
        "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:a9fe:a9fe::", "2002:7f00:1::", "2002:a00:1::1",
        "2001:0:a9fe:a9fe::1", "2001:0:4136:e378:8000:63bf:5601:5656", "fe80::1", "febf::1",
        "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "ff0e::1", "2001:db8::1", "100::1",
        "::ffff:0:7f00:1", "2606:4700::5efe:7f00:1", "2606:4700:0:0:200:5efe:a00:1",
        "2002:2d21:101::1", "64:ff9b::2d21:101"
    })
    void the_inside_is_refused_however_it_is_wrapped(String address) {
        assertTrue(POLICY.refusal(InetAddress.ofLiteral(address)).isPresent(), address);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "8.8.8.8", "1.1.1.1", "45.33.1.2", "100.63.255.255", "100.128.0.0", "172.15.255.255",
        "172.32.0.0", "192.167.255.255", "169.253.255.255", "198.17.255.255", "223.255.255.255",
        "2606:4700:4700::1111", "64:ff9b::808:808", "2002:808:808::1", "2a00:1450:4001:80b::1b"
    })
    void the_outside_is_allowed(String address) {
        assertFalse(POLICY.refusal(InetAddress.ofLiteral(address)).isPresent(), address);
    }

    @Test
    void a_mapped_address_is_judged_as_what_it_maps() throws Exception {
        byte[] mapped = new byte[16];
        mapped[10] = (byte) 0xff;
        mapped[11] = (byte) 0xff;
        System.arraycopy(octets("169.254.169.254"), 0, mapped, 12, 4);
        assertTrue(POLICY.refusal(InetAddress.getByAddress(mapped)).isPresent());
        assertTrue(POLICY.refusal(InetAddress.ofLiteral("::ffff:169.254.169.254")).isPresent());
    }

    @Test
    void leave_for_the_inside_is_no_leave_for_nonsense() {
        AddressPolicy lenient = new AddressPolicy(true, Set.of());
        for (String inside : new String[] {"127.0.0.1", "10.0.0.1", "::1", "fd00::1"}) {
            assertFalse(lenient.refusal(InetAddress.ofLiteral(inside)).isPresent(), inside);
        }
        for (String never : new String[] {"0.0.0.0", "224.0.0.1", "255.255.255.255", "::",
            "ff02::1"}) {
            assertTrue(lenient.refusal(InetAddress.ofLiteral(never)).isPresent(), never);
        }
    }

    @Test
    void our_own_addresses_are_known() {
        assertTrue(AddressPolicy.ownAddresses().contains(InetAddress.ofLiteral("127.0.0.1")));
    }
}
