package dev.mailmill.lane;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * The rules that hold: those that are shipped, with the installation's own over them. Immutable.
 *
 * @param version of the installation's own; 0 when there are none
 * @param tree    as written, both together
 */
record Rules(long version, ObjectNode tree, List<Provider> providers,
        Map<String, Provider> byMx, Map<String, Provider> byDomain, Map<String, Provider> byName)
        implements Receivers {
    private static final String SHIPPED = "/shaping/rules.yaml";

    /** @throws RulesError when they can't be understood together */
    static Rules of(String own, long version) throws RulesError {
        ObjectNode tree = RulesReader.over(RulesReader.tree(shippedText()),
                RulesReader.tree(own));
        List<Provider> providers = RulesReader.read(tree);
        Map<String, Provider> byMx = new HashMap<>();
        Map<String, Provider> byDomain = new HashMap<>();
        Map<String, Provider> byName = new HashMap<>();
        for (Provider p : providers) {
            byName.put(p.name(), p);
            for (String end : p.mx()) {
                put(byMx, end, p, "mx");
            }
            for (String domain : p.domains()) {
                put(byDomain, domain, p, "domains");
            }
        }
        return new Rules(version, tree, providers, Map.copyOf(byMx), Map.copyOf(byDomain),
                Map.copyOf(byName));
    }

    private static void put(Map<String, Provider> map, String name, Provider p, String key)
            throws RulesError {
        Provider before = map.put(name, p);
        if (before != null) {
            throw new RulesError("providers." + p.name() + "." + key, name + " is "
                    + before.name() + "'s already");
        }
    }

    /** What comes with the product. */
    static Rules shipped() {
        try {
            return of("", 0);
        } catch (RulesError e) {
            throw new IllegalStateException("the shipped rules are wrong: " + e.getMessage(), e);
        }
    }

    static String shippedText() {
        try (InputStream in = Rules.class.getResourceAsStream(SHIPPED)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Provider of(List<String> mxHosts, String domain) {
        Provider own = byDomain.get(domain);
        if (own != null) {
            return own;
        }
        for (String host : mxHosts) {
            Provider of = ofHost(host);
            if (of != null) {
                return of;
            }
        }
        return named(OTHER);
    }

    /** The host itself, or the longest end of it that the rules name; null when none. */
    Provider ofHost(String host) {
        Provider exact = byMx.get(host);
        for (int dot = host.indexOf('.'); exact == null && dot >= 0;
                dot = host.indexOf('.', dot + 1)) {
            exact = byMx.get(host.substring(dot));
        }
        return exact;
    }

    @Override
    public Provider named(String name) {
        Provider named = byName.get(name);
        return named != null ? named : byName.get(OTHER);
    }
}
