package dev.mailmill.smtp;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Optional;

/**
 * From where mail leaves: one of our addresses, and the name that goes with it.
 *
 * @param name  as facts and rules call it; empty for the machine's own way out
 * @param bind  the IPv4 address to connect from; under {@link Via} one of the proxy's
 * @param bind6 the IPv6 address, likewise. Where only one of both is there, only its kind of
 *              address is connected to: the other would be reached from an address nobody named
 * @param ehlo  what EHLO says; empty for the client's usual name
 * @param proxy through which it leaves
 */
public record SmtpClientSource(String name, Optional<InetAddress> bind,
        Optional<InetAddress> bind6, String ehlo, Optional<Proxy> proxy) {
    /** The machine's own addresses, as its routes choose them. */
    public static final SmtpClientSource OWN = own("");

    /** A machine that connects for us. */
    public sealed interface Proxy {
        InetAddress address();

        int port();
    }

    /** RFC 1928, with user and password as of RFC 1929; which address it uses is its own affair. */
    public record Socks5(InetAddress address, int port, Optional<SmtpClientLogin> login)
            implements Proxy {
    }

    /**
     * One that is told by the PROXY protocol, version 2, from which of its addresses to connect,
     * and where to: HAProxy with {@code source 0.0.0.0 usesrc clientip}.
     */
    public record Via(InetAddress address, int port) implements Proxy {
    }

    public SmtpClientSource {
        if (bind.isPresent() && !(bind.get() instanceof Inet4Address)
                || bind6.isPresent() && !(bind6.get() instanceof Inet6Address)) {
            throw new IllegalArgumentException("source " + name + ": an IPv4 address comes first,"
                    + " an IPv6 address second");
        }
        if (!ehlo.chars().allMatch(c -> c > 32 && c < 127)) {
            throw new IllegalArgumentException("source " + name + ": EHLO can't say " + ehlo);
        }
        if (proxy.isPresent() && proxy.get() instanceof Via && bind.isEmpty() && bind6.isEmpty()) {
            throw new IllegalArgumentException("source " + name + ": a PROXY header names the"
                    + " address to connect from, and there is none");
        }
    }

    /** The same under a name. */
    public static SmtpClientSource own(String name) {
        return new SmtpClientSource(name, Optional.empty(), Optional.empty(), "",
                Optional.empty());
    }

    /** Ours, to connect to that one from; empty for any. */
    Optional<InetAddress> from(InetAddress to) {
        return to instanceof Inet4Address ? bind : bind6;
    }

    boolean reaches(InetAddress to) {
        return bind.isEmpty() && bind6.isEmpty() || from(to).isPresent();
    }

    /** For a sentence about what can't be reached. */
    String called() {
        return name.isEmpty() ? "this machine" : "source " + name;
    }
}
