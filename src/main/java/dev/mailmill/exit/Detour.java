package dev.mailmill.exit;

import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.Transport;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** A road that leads to another place than it was made for: only its connections are others. */
record Detour(Traffic.Road road, Transport.Site site) implements Traffic.Road {
    @Override
    public String key() {
        return road.key();
    }

    @Override
    public String source() {
        return road.source();
    }

    @Override
    public int attemptsMax() {
        return road.attemptsMax();
    }

    @Override
    public int bulkMax() {
        return road.bulkMax();
    }

    @Override
    public boolean proven() {
        return road.proven();
    }

    @Override
    public Optional<Traffic.Hold> hold(Traffic.Flow flow, Instant now) {
        return road.hold(flow, now);
    }

    @Override
    public Instant pace(Instant now, Duration grace) {
        return road.pace(now, grace);
    }

    @Override
    public int messagesMax() {
        return road.messagesMax();
    }

    @Override
    public Instant connect(Instant now, Duration grace) {
        return road.connect(now, grace);
    }

    @Override
    public Traffic.Effect told(Traffic.Flow flow, Outcome outcome, Instant now) {
        return road.told(flow, outcome, now);
    }

    @Override
    public void began(Traffic.Flow flow) {
        road.began(flow);
    }

    @Override
    public void ended(Traffic.Flow flow) {
        road.ended(flow);
    }

    @Override
    public Traffic.Picture picture(Instant now) {
        return road.picture(now);
    }
}
