package dev.mailmill.exit;

import dev.mailmill.account.ChangeWatch;
import dev.mailmill.account.MasterKey;
import dev.mailmill.account.Secrets;
import dev.mailmill.account.TestStore;
import dev.mailmill.dns.FakeDns;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.mail.Transport;
import dev.mailmill.relay.Courier;
import dev.mailmill.relay.FakeAttempt;
import dev.mailmill.smtp.ClientTls;
import dev.mailmill.smtp.SinkServer;
import dev.mailmill.smtp.SmtpClient;
import dev.mailmill.smtp.SmtpClientSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Exits in a small store, services that a test scripts, and a way of our own that remembers. */
final class ExitLab implements AutoCloseable {
    static final Instant NOW = Instant.parse("2026-11-27T19:00:00Z");

    final FakeProvider provider = FakeProvider.start();
    final SinkServer sink = SinkServer.start();
    final Own own = new Own("own");
    final Own mx = new Own("mx");
    final Set<Long> doubtful = new HashSet<>();
    final Exits exits;
    final RoutedTransport transport;
    final TestStore store;
    private final Path folder;
    private final ChangeWatch watch;
    private final SmtpClient client = new SmtpClient(
            SmtpClientSettings.of("client.test", Duration.ofSeconds(10)), ClientTls.standard());
    private final Courier courier =
            new Courier(Courier.Settings.DEFAULT, client, InstantSource.system());
    private long ids = 100;

    ExitLab() {
        this(Duration.ofSeconds(20));
    }

    /** @param answers how long a service may take */
    ExitLab(Duration answers) {
        try {
            folder = Files.createTempDirectory("mailmill-exits");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        store = TestStore.make(folder.resolve("mail.db"));
        watch = new ChangeWatch(store);
        Secrets secrets = Secrets.open(store, new MasterKey.Source(
                Optional.of("a passphrase of at least 32 characters"), folder),
                InstantSource.fixed(NOW), new SecureRandom());
        exits = new Exits(store, secrets, watch, InstantSource.fixed(NOW), new SecureRandom());
        transport = new RoutedTransport(new RoutedTransport.Ways(own, mx, courier, new FakeDns()),
                exits, new RoutedTransport.Parties(ExitLab::stream, id -> "tenant" + id,
                        _ -> Optional.empty(),
                        domain -> domain.equals("gmail.test") ? "google" : ""),
                d -> doubtful.contains(d.id()), Duration.ofSeconds(10), answers);
    }

    private static Stream stream(long id) {
        return new Stream(id, 1, "stream" + id, TrafficClass.TRANSACTIONAL,
                Stream.Schedule.TRANSACTIONAL, Stream.ReturnPath.SIGNED,
                Stream.OnAmbiguous.RESEND);
    }

    /** The operator's configured way. */
    static final class Own implements Transport {
        private final String name;
        final List<String> took = new ArrayList<>();
        /** By which its connections would be kept. */
        final List<String> roads = new ArrayList<>();
        Outcome outcome = new Outcome.Delivered(new Reply(250, "2.0.0", "ok", "mx.rcpt.test"));

        Own(String name) {
            this.name = name;
        }

        @Override
        public Optional<Site> site(Delivery delivery) {
            return Optional.of(find(delivery));
        }

        @Override
        public Site find(Delivery delivery) {
            return Site.own(name + ":" + delivery.domain(), 7);
        }

        @Override
        public Outcome attempt(Attempt attempt) {
            roads.add(attempt.road().site().servers());
            attempt.askIntent();
            if (attempt.awaitIntent(Duration.ofSeconds(1))) {
                took.add(attempt.delivery().address());
            }
            return outcome;
        }
    }

    /** An exit to the scripted services, where ours.test is verified. */
    void exit(String name, Exit.Kind kind, Function<Exit, Exit> change, String smtp) {
        Exit exit = new Exit(exits.newId(), name, kind, provider.url(), "eu-west-1", "",
                "AKIDEXAMPLE", List.of("ours.test", "unproven.test"), NOW);
        if (!exits.add(change.apply(exit), new Exit.Keys(FakeProvider.KEY, smtp, "hook"))) {
            throw new AssertionError(name + " is taken");
        }
    }

    void exit(String name, Exit.Kind kind) {
        exit(name, kind, e -> e, "");
    }

    static Exit at(Exit e, String url) {
        return new Exit(e.id(), e.name(), e.kind(), url, e.region(), e.account(), e.accessKey(),
                e.domains(), e.created());
    }

    static Exit verified(Exit e, String... domains) {
        return new Exit(e.id(), e.name(), e.kind(), e.url(), e.region(), e.account(),
                e.accessKey(), List.of(domains), e.created());
    }

    /** All mail: shares as name, percent, name, percent. */
    void route(List<String> failover, Object... shares) {
        route("all", Route.Match.ALL, failover, shares);
    }

    void route(String name, Route.Match match, List<String> failover, Object... shares) {
        Map<String, Integer> percent = new LinkedHashMap<>();
        for (int i = 0; i < shares.length; i += 2) {
            percent.put((String) shares[i], (Integer) shares[i + 1]);
        }
        exits.set(name, match, percent, failover).orElseThrow();
    }

    /** The same recipient of the same message again, as it stands after so many attempts. */
    Delivery delivery(String to, int attempts) {
        return new Delivery(ids, ids, 1, 1, TrafficClass.TRANSACTIONAL, to,
                to.substring(to.lastIndexOf('@') + 1), "", "",
                attempts == 0 ? State.QUEUED : State.DEFERRED, attempts, NOW,
                NOW.plusSeconds(3600));
    }

    FakeAttempt written(String from, String to) {
        return attempt(Door.API, from, delivery(to, 0));
    }

    FakeAttempt attempt(Door door, String from, Delivery d) {
        Letter letter = new Letter(("From: Ann <" + from + ">\r\nTo: Bob <" + d.address()
                + ">, c@else.test\r\nSubject: Hello\r\nX-Order: 12\r\nMessage-ID: <m@ours.test>"
                + "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "Content-Transfer-Encoding: 7bit\r\n").getBytes(StandardCharsets.US_ASCII),
                Body.of("It works.\r\n".getBytes(StandardCharsets.US_ASCII)), 0, "Hello",
                "<m@ours.test>", List.of(from));
        return FakeAttempt.of(new Message(d.message(), 1, 1, door, "key", NOW, from, "", "",
                Submission.Options.NONE, letter), d);
    }

    /** From now on another delivery is meant. */
    void next() {
        ids += 10;
    }

    Outcome send(String to) {
        next();
        return transport.attempt(written("ann@ours.test", to));
    }

    @Override
    public void close() {
        transport.close();
        courier.close();
        client.close();
        watch.close();
        sink.close();
        provider.close();
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
