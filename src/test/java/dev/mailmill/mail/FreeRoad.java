package dev.mailmill.mail;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A road that bears what a test says. */
public final class FreeRoad implements Traffic.Road {
    private final Transport.Site site;
    private final String source;
    int most = 4;
    int bulk = 4;
    int under;
    Duration gap = Duration.ZERO;
    private Instant next = Instant.MIN;
    private final Map<Traffic.Flow, Traffic.Hold> holds = new HashMap<>();

    public FreeRoad(String site) {
        this(Transport.Site.own(site, 0), "");
    }

    FreeRoad(Transport.Site site, String source) {
        this.site = site;
        this.source = source;
    }

    void keep(Traffic.Flow flow, Instant until) {
        holds.put(flow, new Traffic.Hold(Traffic.Hold.Constraint.RULE, "a test says so",
                until, Reply.local("", ""),
                Traffic.Hold.Reach.FLOW));
    }

    @Override
    public String key() {
        return source.isEmpty() ? site.name() : site.name() + " from " + source;
    }

    @Override
    public Transport.Site site() {
        return site;
    }

    @Override
    public String source() {
        return source;
    }

    @Override
    public int attemptsMax() {
        return most;
    }

    @Override
    public int bulkMax() {
        return bulk;
    }

    @Override
    public boolean proven() {
        return true;
    }

    @Override
    public Optional<Traffic.Hold> hold(Traffic.Flow flow, Instant now) {
        return Optional.ofNullable(holds.get(flow)).filter(h -> h.until().isAfter(now));
    }

    @Override
    public Instant pace(Instant now, Duration grace) {
        Instant at = next.isAfter(now) ? next : now;
        if (!at.isAfter(now.plus(grace))) {
            next = at.plus(gap);
        }
        return at;
    }

    @Override
    public int messagesMax() {
        return 0;
    }

    @Override
    public Instant connect(Instant now, Duration grace) {
        return now;
    }

    @Override
    public void began(Traffic.Flow flow) {
        under++;
    }

    @Override
    public void ended(Traffic.Flow flow) {
        under--;
    }

    @Override
    public Traffic.Effect told(Traffic.Flow flow, Outcome outcome, Instant now) {
        return Traffic.Effect.NONE;
    }

    @Override
    public Traffic.Picture picture(Instant now) {
        return new Traffic.Picture(most, most, "", 0, 0, 0, Reply.local("", ""),
                Reply.local("", ""));
    }
}
