package dev.mailmill.domain;

import dev.mailmill.dns.Authority;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Where a row went that is not at its name: panels and people misplace them in few ways. */
final class Misplaced {
    private static final List<String> SELECTORS = List.of("mm1", "mm2", "mme1", "mme2", "mm",
            "mailmill", "default", "mail", "dkim", "selector1", "s1", "k1", "google");
    /** Nobody names a host so. */
    private static final String NOBODY = "mailmill-nobody-here";

    private final Authority authority;
    private final String domain;
    private final String zone;

    /** @param zone that the domain's rows are in, which panels add to each name */
    Misplaced(Authority authority, String domain, String zone) {
        this.authority = authority;
        this.domain = domain;
        this.zone = zone;
    }

    /**
     * Where it is, and what to do, in words.
     *
     * @param ours whether a text is this row's
     */
    Optional<String> words(DnsRow row, Predicate<String> ours) {
        Authority.Type type = Authority.Type.valueOf(row.type());
        for (Map.Entry<String, String> place : places(row).entrySet()) {
            if (Reading.of(authority, place.getKey(), type).values().stream().anyMatch(ours)
                    && !wild(place.getKey(), type, ours)) {
                return Optional.of("found at " + place.getKey() + ": " + place.getValue());
            }
        }
        return Optional.empty();
    }

    /** Elsewhere, and the cure of each. */
    private Map<String, String> places(DnsRow row) {
        String name = row.name();
        String entered = row.entered(zone);
        Map<String, String> places = new LinkedHashMap<>();
        String doubled = "enter only `" + entered + "`, the panel adds " + zone + " by itself";
        places.put(name + "." + zone, doubled);
        places.put(name + "." + domain, doubled);
        if (name.indexOf('_') >= 0) {
            places.put(name.replace("_", ""), "the underscore is lost, and it belongs to the name:"
                    + " enter `" + entered + "`; if the panel refuses underscores, ask who runs"
                    + " it");
        }
        if (!domain.equals(zone) && name.endsWith("." + domain)) {
            String short_ = name.substring(0, name.length() - domain.length()) + zone;
            places.put(short_, "it is of " + domain + ", not of " + zone + ": enter `" + entered
                    + "`");
        }
        if (row.purpose() == DnsRow.Purpose.DKIM) {
            String selector = name.substring(0, name.indexOf('.'));
            for (String other : selectors(selector)) {
                places.put(other + "._domainkey." + domain, "that is the selector `" + other
                        + "`, and mail is signed with `" + selector + "`: enter `" + entered
                        + "`");
            }
            places.put(selector + "." + domain, "`_domainkey` is missing in the name: enter `"
                    + entered + "`");
            places.put("_domainkey." + selector + "." + domain, "the parts are in the wrong order:"
                    + " enter `" + entered + "`");
            places.put("_domainkey." + domain, "the selector is missing: enter `" + entered + "`");
        }
        places.put(domain, "that is the domain itself: enter the name `" + entered + "`");
        if (!zone.equals(domain)) {
            places.put(zone, "that is the zone itself: enter the name `" + entered + "`");
        }
        places.remove(name);
        return places;
    }

    private static List<String> selectors(String but) {
        List<String> others = new ArrayList<>(SELECTORS);
        others.remove(but);
        return others;
    }

    /** The wildcard that answers for a name in place of a row of its own; empty for none. */
    Optional<String> wildcard(String name, Authority.Type type, List<String> said) {
        List<String> sorted = said.stream().sorted().toList();
        Optional<String> wild = Optional.empty();
        // the highest that still answers so: it does for all names below it
        for (String over = above(name); over.equals(zone) || over.endsWith("." + zone);
                over = above(over)) {
            List<String> nobody = Reading.of(authority, NOBODY + "." + over, type).values();
            if (!nobody.stream().sorted().toList().equals(sorted)) {
                break;
            }
            wild = Optional.of("*." + over);
        }
        return wild;
    }

    private boolean wild(String name, Authority.Type type, Predicate<String> ours) {
        return Reading.of(authority, NOBODY + "." + above(name), type).values().stream()
                .anyMatch(ours);
    }

    private static String above(String name) {
        return name.substring(name.indexOf('.') + 1);
    }
}
