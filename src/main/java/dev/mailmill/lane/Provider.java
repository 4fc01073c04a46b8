package dev.mailmill.lane;

import java.util.List;

/**
 * A receiver of mail that is known by name, and the rules for it.
 *
 * @param name      in lower case, {@code google}
 * @param mx        ends of MX host names, {@code .google.com}; any of a domain's hosts decides
 * @param domains   recipient domains that are its own whatever their MX
 * @param rollUp    whether all its domains are one site; else each set of MX hosts is one
 * @param fresh     for a source that is new there
 * @param warm      for one that has made its way
 * @param reactions in order; the first that matches is taken
 * @param source    where the figures come from, for people
 */
record Provider(String name, List<String> mx, List<String> domains, boolean rollUp,
        Caps fresh, Caps warm, List<Reaction> reactions, String source) {
    public Provider {
        mx = List.copyOf(mx);
        domains = List.copyOf(domains);
        reactions = List.copyOf(reactions);
    }
}
