package dev.mailmill.lane;

import java.util.List;

/**
 * Everybody's rules, and others that a part of the roads holds to before they are everybody's. By
 * road, not by account: a receiver's connections and rates are shared by all who send there. Which
 * domains are whose stays as everybody's rules say: a site must not be two.
 *
 * @param share in percent
 * @param salt  of the rules on trial: the same rules at a larger share keep the roads they had
 */
record Staged(Rules everybodys, Rules trial, int share, int salt) implements Receivers {
    @Override
    public Provider of(List<String> mxHosts, String domain) {
        return everybodys.of(mxHosts, domain);
    }

    @Override
    public Provider named(String name) {
        return everybodys.named(name);
    }

    @Override
    public Provider named(String name, String road) {
        return (tries(road) ? trial : everybodys).named(name);
    }

    @Override
    public boolean tries(String road) {
        int h = (road.hashCode() * 31 + salt) * 0x9E3779B9;
        h = (h ^ h >>> 15) * 0x85EBCA6B;
        return Integer.remainderUnsigned(h ^ h >>> 13, 100) < share;
    }
}
