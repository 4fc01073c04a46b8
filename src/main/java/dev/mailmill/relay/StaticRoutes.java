package dev.mailmill.relay;

import dev.mailmill.dns.Dns;
import dev.mailmill.mime.AddressLiteral;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The operator's word on who takes a domain's mail, in place of its MX: {@code
 * example.com=mx.inside:25,*=relay:2525}. Such a server counts as the recipient's own.
 */
public final class StaticRoutes {
    public static final StaticRoutes NONE = new StaticRoutes(Map.of());

    /** A server. */
    record Place(String host, int port) {
        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    private final Map<String, Place> routes;
    private final Optional<Place> all;

    private StaticRoutes(Map<String, Place> routes) {
        this.routes = Map.copyOf(routes);
        this.all = Optional.ofNullable(routes.get("*"));
    }

    /** @throws IllegalArgumentException naming the part that is wrong */
    public static StaticRoutes parse(String setting) {
        Map<String, Place> routes = new HashMap<>();
        for (String part : setting.split(",")) {
            String text = part.trim();
            if (text.isEmpty()) {
                continue;
            }
            int equals = text.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("route \"" + text
                        + "\": write domain=host:port, or *=host:port for all domains");
            }
            String domain = text.substring(0, equals).trim().toLowerCase(Locale.ROOT);
            if (routes.put(domain, place(text, text.substring(equals + 1).trim())) != null) {
                throw new IllegalArgumentException("two routes for " + domain);
            }
        }
        return routes.isEmpty() ? NONE : new StaticRoutes(routes);
    }

    private static Place place(String route, String text) {
        int colon = text.lastIndexOf(':');
        boolean bareSix = !text.startsWith("[") && text.indexOf(':') != colon;
        boolean port = colon >= 0 && !bareSix && colon > text.lastIndexOf(']');
        String host = (port ? text.substring(0, colon) : text).toLowerCase(Locale.ROOT);
        int number = 25;
        try {
            number = port ? Integer.parseInt(text.substring(colon + 1)) : number;
        } catch (NumberFormatException e) {
            number = 0;
        }
        if (number < 1 || number > 65_535) {
            throw new IllegalArgumentException("route \"" + route + "\": the port is no number");
        }
        if (!Dns.hostName(host) && AddressLiteral.ofHost(host).isEmpty()) {
            throw new IllegalArgumentException("route \"" + route + "\": \"" + host
                    + "\" is neither a host name nor an address");
        }
        return new Place(host, number);
    }

    Optional<Place> of(String domain) {
        Place own = routes.get(domain);
        return own != null ? Optional.of(own) : all;
    }
}
