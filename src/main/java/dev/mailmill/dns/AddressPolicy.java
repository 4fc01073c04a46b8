package dev.mailmill.dns;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The one place that says which addresses may be connected to for a stranger's sake: an MX, a
 * tenant's URL. It judges the address that is about to be connected to, never a name.
 */
public final class AddressPolicy {
    /** Nobody's to connect to, whatever is allowed. */
    private static final List<Net> NEVER = nets("""
            0.0.0.0/8 this network
            224.0.0.0/4 multicast
            240.0.0.0/4 reserved
            ::/128 unspecified
            ff00::/8 multicast""");
    /** Somebody's inside; ours, for all we know. */
    private static final List<Net> INSIDE = nets("""
            10.0.0.0/8 private
            100.64.0.0/10 shared by a carrier
            127.0.0.0/8 loopback
            169.254.0.0/16 link-local
            172.16.0.0/12 private
            192.0.0.0/24 special
            192.0.2.0/24 documentation
            192.88.99.0/24 6to4 relay
            192.168.0.0/16 private
            198.18.0.0/15 benchmark
            198.51.100.0/24 documentation
            203.0.113.0/24 documentation
            ::1/128 loopback
            64:ff9b:1::/48 local NAT64
            100::/64 discard
            2001:2::/48 benchmark
            2001:10::/28 ORCHID
            2001:20::/28 ORCHID
            2001:db8::/32 documentation
            3fff::/20 documentation
            5f00::/16 segment routing
            fc00::/7 private
            fe80::/10 link-local
            fec0::/10 site-local""");

    private final boolean allowPrivate;
    private final Set<InetAddress> own;

    /**
     * @param allowPrivate for tests and closed networks: the inside, and ourselves, are allowed
     * @param own          our own addresses, where mail would loop
     */
    public AddressPolicy(boolean allowPrivate, Set<InetAddress> own) {
        this.allowPrivate = allowPrivate;
        this.own = Set.copyOf(own);
    }

    /** This machine's addresses, as they are now. */
    public static Set<InetAddress> ownAddresses() {
        Set<InetAddress> all = new HashSet<>();
        try {
            for (NetworkInterface i : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                for (InetAddress a : Collections.list(i.getInetAddresses())) {
                    // without the zone, as a record would name it
                    all.add(InetAddress.getByAddress(a.getAddress()));
                }
            }
        } catch (SocketException | java.net.UnknownHostException e) {
            return all;
        }
        return all;
    }

    /** Why it must not be connected to; empty when it may. */
    public Optional<String> refusal(InetAddress address) {
        return refusal(address, address.getAddress());
    }

    private Optional<String> refusal(InetAddress told, byte[] address) {
        Optional<String> why = in(NEVER, address);
        if (why.isEmpty() && !allowPrivate) {
            why = in(INSIDE, address).or(() -> ours(address));
        }
        if (why.isPresent()) {
            return Optional.of(told.getHostAddress() + " is " + why.get());
        }
        for (byte[] wrapped : wrapped(address)) {
            Optional<String> inner = refusal(told, wrapped);
            if (inner.isPresent()) {
                return inner;
            }
        }
        return Optional.empty();
    }

    private Optional<String> ours(byte[] address) {
        return own.stream().anyMatch(o -> Arrays.equals(o.getAddress(), address))
                ? Optional.of("our own") : Optional.empty();
    }

    /** The IPv4 addresses that packets to an IPv6 address may end up at. */
    private static List<byte[]> wrapped(byte[] a) {
        if (a.length == 4) {
            return List.of();
        }
        byte[] last = Arrays.copyOfRange(a, 12, 16);
        if (starts(a, 0, 12)) {
            // compatible (RFC 4291 §2.5.5.1); loopback only looks like it
            return word(a, 12) == 0 && word(a, 14) == 1 ? List.of() : List.of(last);
        }
        if (starts(a, 0, 10) && (a[10] & a[11] & 0xff) == 0xff
                || starts(a, 0, 8) && (a[8] & a[9] & 0xff) == 0xff && a[10] == 0 && a[11] == 0) {
            // mapped (RFC 4291 §2.5.5.2), translated (RFC 2765)
            return List.of(last);
        }
        if (word(a, 0) == 0x64 && word(a, 2) == 0xff9b) {
            // NAT64 (RFC 6052)
            return List.of(last);
        }
        if (word(a, 0) == 0x2002) {
            // 6to4 (RFC 3056)
            return List.of(Arrays.copyOfRange(a, 2, 6));
        }
        if (word(a, 0) == 0x2001 && word(a, 2) == 0) {
            // Teredo (RFC 4380): the server, and the client with its bits turned
            byte[] client = last.clone();
            for (int i = 0; i < 4; i++) {
                client[i] ^= (byte) 0xff;
            }
            return List.of(Arrays.copyOfRange(a, 4, 8), client);
        }
        if ((word(a, 8) & 0xfdff) == 0 && word(a, 10) == 0x5efe) {
            // ISATAP (RFC 5214)
            return List.of(last);
        }
        return List.of();
    }

    private static boolean starts(byte[] a, int value, int length) {
        for (int i = 0; i < length; i++) {
            if (a[i] != value) {
                return false;
            }
        }
        return true;
    }

    private static int word(byte[] a, int at) {
        return (a[at] & 0xff) << 8 | a[at + 1] & 0xff;
    }

    private static Optional<String> in(List<Net> nets, byte[] address) {
        for (Net net : nets) {
            if (net.contains(address)) {
                return Optional.of(net.what());
            }
        }
        return Optional.empty();
    }

    private static List<Net> nets(String table) {
        return table.lines().map(line -> {
            int slash = line.indexOf('/');
            int space = line.indexOf(' ');
            return new Net(InetAddress.ofLiteral(line.substring(0, slash)).getAddress(),
                    Integer.parseInt(line.substring(slash + 1, space)), line.substring(space + 1));
        }).toList();
    }

    private record Net(byte[] base, int bits, String what) {
        boolean contains(byte[] address) {
            if (address.length != base.length) {
                return false;
            }
            int whole = bits / 8;
            if (!Arrays.equals(base, 0, whole, address, 0, whole)) {
                return false;
            }
            int rest = bits % 8;
            int mask = 0xff00 >> rest & 0xff;
            return rest == 0 || (base[whole] & mask) == (address[whole] & mask);
        }
    }
}
