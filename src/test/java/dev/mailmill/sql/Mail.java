package dev.mailmill.sql;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.TrafficClass;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Makes mail for tests. */
final class Mail {
    static final byte[] HEAD = "Subject: hi\r\nFrom: a@example.com\r\n"
            .getBytes(StandardCharsets.US_ASCII);

    private final Ids ids;
    private final InstantSource clock;
    long tenant = 1;
    long stream = 7;
    TrafficClass carries = TrafficClass.TRANSACTIONAL;
    State state = State.QUEUED;
    Duration dueIn = Duration.ZERO;
    Duration expiresIn = Duration.ofDays(2);
    Body body = Body.of("hello\r\n".getBytes(StandardCharsets.US_ASCII));
    Submission.Options options = Submission.Options.NONE;

    Mail(Ids ids, InstantSource clock) {
        this.ids = ids;
        this.clock = clock;
    }

    Spool.Addition to(String... addresses) {
        return with(ids.next(addresses.length), addresses);
    }

    Spool.Addition with(long id, String... addresses) {
        Instant now = Instant.ofEpochMilli(clock.millis());
        Letter letter = new Letter(HEAD, body, Letter.EIGHT_BIT, "hi", "<1@example.com>",
                List.of("a@example.com", "b@example.com"));
        Message m = new Message(id, tenant, stream, Door.API, "key_1", now, "s@example.com", "env",
                "FULL", options, letter);
        List<Delivery> deliveries = new ArrayList<>();
        List<List<Fact>> facts = new ArrayList<>();
        for (int i = 0; i < addresses.length; i++) {
            String domain = addresses[i].substring(addresses[i].indexOf('@') + 1);
            deliveries.add(new Delivery(id + i, id, tenant, stream, carries, addresses[i], domain,
                    "rfc822;" + addresses[i], "FAILURE", state, 0, now.plus(dueIn),
                    now.plus(expiresIn)));
            facts.add(List.of(new Fact.Accepted(Door.API, letter.size())));
        }
        return new Spool.Addition(m, deliveries, facts);
    }
}
