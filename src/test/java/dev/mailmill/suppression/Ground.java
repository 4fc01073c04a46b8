package dev.mailmill.suppression;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.ChangeWatch;
import dev.mailmill.account.MasterKey;
import dev.mailmill.account.Secrets;
import dev.mailmill.account.StreamPlan;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Gate;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.sql.Postgres;
import dev.mailmill.sql.Sqlite;
import dev.mailmill.sql.Store;
import dev.mailmill.sql.StoreSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A node with a store, accounts and suppressions, and a clock that a test moves. */
final class Ground implements AutoCloseable {
    /** Where the truth is kept. */
    enum Engine {
        SQLITE, POSTGRES;

        Optional<String> url() {
            return this == SQLITE ? Optional.empty() : Optional.of(Postgres.database());
        }
    }

    static final String KEY = "a master key of thirty-two characters or more";

    final Store store;
    final Accounts accounts;
    final Suppressions suppressions;
    private final ChangeWatch watch;
    private long deliveries = 1000;
    Instant now = Instant.parse("2026-11-23T10:00:00Z");

    Ground(Path folder, Optional<String> url) {
        InstantSource clock = () -> now;
        SecureRandom random = new SecureRandom();
        if (url.isEmpty()) {
            Sqlite.tables(folder);
        }
        store = Store.open(new StoreSettings(folder, url, StoreSettings.Limits.DEFAULT), clock,
                new SimpleMeterRegistry());
        Secrets secrets = Secrets.open(store.database(), new MasterKey.Source(Optional.of(KEY),
                folder), clock, random);
        watch = new ChangeWatch(store.database());
        accounts = new Accounts(store.database(), secrets, watch, clock, random, Map.of());
        suppressions = Suppressions.open(store.database(), secrets, accounts, folder, clock);
    }

    Stream stream(String name) {
        return accounts.named(1, name).orElseThrow();
    }

    Stream makeStream(String name, TrafficClass carries, boolean critical) {
        return accounts.makeStream(1, new StreamPlan(name, carries, Stream.Schedule.TRANSACTIONAL,
                Stream.ReturnPath.SIGNED, Stream.OnAmbiguous.RESEND, false, 1, Stream.POOL,
                Stream.Reports.ON_REQUEST, critical)).orElseThrow();
    }

    /** Something happened to mail of a stream. */
    void happened(Cause cause, Stream stream, String address) {
        happened(cause, stream, address, ++deliveries);
    }

    void happened(Cause cause, Stream stream, String address, long delivery) {
        suppressions.noted(new Suppressions.Event(stream.tenant(), stream.id(), address, cause,
                true, delivery, "550 5.1.1 no such user", "in session", now));
    }

    void later(Duration by) {
        now = now.plus(by);
    }

    /** The word that mail for the address gets now: go, or why not. */
    String word(Stream stream, String address) {
        return word(stream, address, ++deliveries);
    }

    String word(Stream stream, String address, long delivery) {
        Delivery d = new Delivery(delivery, delivery, stream.tenant(), stream.id(),
                stream.carries(), address, address.substring(address.lastIndexOf('@') + 1), "",
                "", State.QUEUED, 0, now, now.plus(Duration.ofDays(1)));
        Letter letter = new Letter(new byte[0], Body.of(new byte[0]), 0, "", "<x@y>", List.of());
        Message m = new Message(delivery, stream.tenant(), stream.id(), Door.API, "key", now, "",
                "", "", Submission.Options.NONE, letter);
        return switch (suppressions.gate().release(d, m)) {
            case Gate.Release.Go() -> "go";
            case Gate.Release.Suppress(String reason) -> reason.split(":")[0];
            case Gate.Release.Hold(String reason) -> "hold " + reason;
            case Gate.Release.Capture() -> "capture";
            case Gate.Release.Later(Instant _, String _) -> "later";
        };
    }

    @Override
    public void close() {
        suppressions.close();
        watch.close();
        store.close();
    }
}
