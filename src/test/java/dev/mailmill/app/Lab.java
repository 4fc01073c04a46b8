package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Credential;
import dev.mailmill.account.Minting;
import dev.mailmill.dns.FakeDns;
import dev.mailmill.domain.LentKeys;
import dev.mailmill.http.WebClient;
import dev.mailmill.smtp.ClientTls;
import dev.mailmill.smtp.SinkServer;
import dev.mailmill.sql.Database;
import dev.mailmill.sql.Postgres;
import dev.mailmill.sql.Sqlite;
import dev.mailmill.sql.StoreSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.james.jdkim.DKIMVerifier;
import org.apache.james.jdkim.api.SignatureRecord;
import org.apache.james.jdkim.exceptions.FailException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The whole platform in this process, between a DNS that a test writes, one server that takes all
 * recipients' mail, and a clock that can jump. Each wait ends after twenty seconds, with what was
 * there instead.
 */
final class Lab implements AutoCloseable {
    static final JsonMapper JSON = new JsonMapper();
    /** Ours: trusted from the start. */
    static final String OURS = "ours.test";
    private static final String OPERATOR = "mm_lab_0123456789abcdef0123456789abcdef";
    private static final long PATIENCE_SECONDS = 20;
    /** Each look is a call or two: what takes long is not asked for all the time. */
    private static final long PAUSE_MILLIS_MIN = 5;
    private static final long PAUSE_MILLIS_MAX = 20;

    /** Where the truth is kept. */
    enum Engine {
        SQLITE, POSTGRES;

        Map<Setting, String> settings() {
            return this == SQLITE ? Map.of() : Map.of(Setting.DATABASE, Postgres.database());
        }
    }

    private final LabClock clock = new LabClock();
    private final FakeDns dns = new FakeDns();
    private final SinkServer sink = SinkServer.start();
    private final Path folder;
    private final Map<Setting, String> settings = new EnumMap<>(Setting.class);
    private final Map<String, String> rows = new ConcurrentHashMap<>();
    private Optional<ClientTls> tls = Optional.empty();
    private StoreSettings.Limits limits = StoreSettings.Limits.DEFAULT;
    private Mailmill mill;
    private WebClient api;
    private MailProgram smtp;

    private Lab(Map<Setting, String> changes) {
        try {
            folder = Files.createTempDirectory("mailmill-lab");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        settings.put(Setting.DATA, folder.resolve("data").toString());
        settings.put(Setting.HTTP, "127.0.0.1:0");
        settings.put(Setting.SUBMISSION, "127.0.0.1:0");
        settings.put(Setting.SUBMISSIONS, "127.0.0.1:0");
        settings.put(Setting.RECEIVE, "127.0.0.1:0");
        settings.put(Setting.HOSTNAME, "mill.test");
        settings.put(Setting.ADMIN_KEY, OPERATOR);
        settings.put(Setting.INSECURE_AUTH, "true");
        settings.put(Setting.DELIVERY, "direct");
        settings.put(Setting.ALLOW_PRIVATE, "true");
        settings.put(Setting.MX_PORT, Integer.toString(sink.port()));
        settings.putAll(changes);
    }

    /** Delivers to the servers that DNS names, which are all one; {@link #OURS} is ours. */
    static Lab direct(Engine engine) {
        Lab lab = prepared(engine.settings()).start();
        lab.own(OURS);
        return lab;
    }

    /** Not started yet. */
    static Lab prepared(Map<Setting, String> changes) {
        return new Lab(changes);
    }

    Lab with(Setting setting, String value) {
        settings.put(setting, value);
        return this;
    }

    /** What verifies servers' certificates. */
    Lab with(ClientTls client) {
        tls = Optional.of(client);
        return this;
    }

    Lab with(StoreSettings.Limits bounds) {
        limits = bounds;
        return this;
    }

    Lab start() {
        return start(Mailmill.Role.SERVER);
    }

    /** The API and the store, and nothing that attempts; a start before has made the account. */
    void startWithoutDelivery() {
        start(Mailmill.Role.MAINTENANCE);
    }

    private Lab start(Mailmill.Role role) {
        if (!settings.containsKey(Setting.DATABASE) && !Files.exists(data())) {
            Sqlite.tables(data());
        }
        mill = Mailmill.start(Settings.of(settings), role,
                new Mailmill.World(clock, Optional.of(dns), tls, limits, LentKeys.CRYPTO));
        api = api(OPERATOR);
        mill.firstStart().ifPresent(first ->
                smtp = smtp(first.smtp().credential().id(), first.smtp().secret()));
        return this;
    }

    /** What it was started with. */
    Settings settings() {
        return Settings.of(settings);
    }

    void stop() {
        api.close();
        mill.close();
    }

    void restart() {
        stop();
        start();
    }

    /** Adds a domain and trusts it; the rows it is to publish are kept for {@link #signers}. */
    JsonNode own(String domain) {
        JsonNode made = expect(201, api.post("/v1/domains",
                "{\"name\":\"" + domain + "\",\"trust\":true}"));
        keep(made.path("records"));
        return made;
    }

    /** A verifier sees these rows in DNS. */
    void keep(JsonNode records) {
        records.forEach(r -> {
            if (r.path("type").asString().equals("TXT")) {
                rows.put(r.path("name").asString(), r.path("value").asString());
            }
        });
    }

    /** The TXT rows of all domains of ours. */
    Map<String, String> rows() {
        return Map.copyOf(rows);
    }

    /** Somebody else's domain, whose mail the sink takes. */
    String theirs(String domain) {
        dns.mx(domain, "10 mx." + domain).a("mx." + domain, "127.0.0.1");
        return domain;
    }

    /** Another account, which has proven nothing yet. */
    WebClient tenant(String name) {
        long id = mill.accounts().makeTenant(name).orElseThrow();
        Minting minted = mill.accounts().mint(new Accounts.Wish(id, Credential.Kind.API, name, "",
                Set.of("send", "read", "admin"), ""));
        return api(((Minting.Minted) minted).secret());
    }

    /** The login of the first start; its stream is {@code smtp}. */
    MailProgram smtp() {
        return smtp;
    }

    MailProgram smtp(String user, String secret) {
        return new MailProgram(() -> mill.submissionPort(), user, secret);
    }

    /** A new login whose mail goes into a stream. */
    MailProgram smtpOn(String stream) {
        JsonNode made = expect(201, api.post("/v1/smtp-credentials",
                "{\"stream\":\"" + stream + "\"}"));
        return smtp(made.path("username").asString(), made.path("secret").asString());
    }

    /** As the operator. */
    WebClient api() {
        return api;
    }

    WebClient api(String key) {
        return new WebClient(mill.http().getPort(), key);
    }

    /** Accepted; answers the id. */
    String post(String message) {
        return expect(202, api.post("/v1/messages", message)).path("id").asString();
    }

    /** A short letter over the API. */
    String write(String to) {
        return post("{\"from\":\"Ann <ann@" + OURS + ">\",\"to\":[\"" + to
                + "\"],\"subject\":\"Hello\",\"text\":\"It works.\"}");
    }

    static JsonNode expect(int status, WebClient.Reply reply) {
        assertEquals(status, reply.status(), reply.text());
        return reply.json();
    }

    SinkServer sink() {
        return sink;
    }

    FakeDns dns() {
        return dns;
    }

    LabClock clock() {
        return clock;
    }

    Mailmill mill() {
        return mill;
    }

    /** The truth itself. */
    Database store() {
        return mill.database();
    }

    Path folder() {
        return folder;
    }

    Path data() {
        return Path.of(settings.get(Setting.DATA));
    }

    JsonNode message(String id) {
        return expect(200, api.get("/v1/messages/" + id));
    }

    /** The states of a message's recipients, in their order. */
    List<String> states(String id) {
        List<String> states = new ArrayList<>();
        message(id).path("recipients").forEach(r -> states.add(r.path("state").asString()));
        return states;
    }

    List<JsonNode> events(String id) {
        return expect(200, api.get("/v1/messages/" + id + "/events")).path("data").valueStream()
                .toList();
    }

    /** The events' types, without {@code email.}. */
    List<String> told(String id) {
        return events(id).stream().map(e -> e.path("type").asString().substring(6)).toList();
    }

    /** Until all recipients are in a state; then what was told. */
    List<String> awaitState(String id, String state) {
        await(() -> states(id).stream().allMatch(state::equals),
                () -> id + " is " + states(id) + ", not " + state + ": " + events(id));
        return told(id);
    }

    /** The data of the n-th event of a type, from 1. */
    JsonNode awaitEvent(String id, String type, int n) {
        await(() -> told(id).stream().filter(type::equals).count() >= n,
                () -> id + " has no " + type + ": " + events(id));
        return events(id).stream().filter(e -> e.path("type").asString().equals("email." + type))
                .skip(n - 1L).findFirst().orElseThrow().path("data");
    }

    static void await(BooleanSupplier come, Supplier<String> instead) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        long pause = TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS_MIN);
        while (!come.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError(instead.get());
            }
            LockSupport.parkNanos(pause);
            pause = Math.min(pause * 5 / 4, TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS_MAX));
        }
    }

    /** The domains whose signatures jDKIM accepts by the rows that {@link #own} printed. */
    List<String> signers(byte[] message) {
        DKIMVerifier verifier = new DKIMVerifier((_, selector, domain) ->
                Optional.ofNullable(rows.get(selector + "._domainkey." + domain)).stream()
                        .toList());
        try {
            List<SignatureRecord> good = verifier.verify(new ByteArrayInputStream(message));
            return good == null ? List.of()
                    : good.stream().map(r -> r.getDToken().toString()).toList();
        } catch (FailException e) {
            throw new AssertionError("jDKIM does not accept the signature: " + e, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            if (mill != null) {
                stop();
            }
        } finally {
            sink.close();
            try (var files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
