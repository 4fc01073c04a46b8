package dev.mailmill.lane;

import dev.mailmill.mail.Stream;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;

/**
 * One of our addresses, from which mail goes out.
 *
 * @param pool   streams choose one
 * @param weight its part of the pool's mail
 * @param ip4    bound to; empty: the system's choice
 * @param ip6    bound to; empty: nothing goes out over IPv6 from here
 * @param ehlo   its name; empty: the server's
 * @param proxy  through which it is reached, as {@code socks5://host:port}; empty for none
 * @param warm   has made its way: no warm-up
 * @param paused takes no more mail
 */
public record Source(String name, String pool, int weight, Optional<InetAddress> ip4,
        Optional<InetAddress> ip6, String ehlo, String proxy, boolean warm, boolean paused,
        Instant created) {
    static final String POOL = Stream.POOL;
    /** The machine's own, as long as no other is set up. */
    static final Source OWN = new Source("", POOL, 1, Optional.empty(), Optional.empty(), "", "",
            false, false, Instant.EPOCH);
}
