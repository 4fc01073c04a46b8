package dev.mailmill.send;

import dev.mailmill.account.StreamNames;
import dev.mailmill.analytics.MessageSearch;
import dev.mailmill.dns.AddressPolicy;
import dev.mailmill.dns.FakeDns;
import dev.mailmill.http.Caller;
import dev.mailmill.http.Egress;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.http.WebClient;
import dev.mailmill.http.WebDoor;
import dev.mailmill.http.WebLimits;
import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Desk;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.News;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.TrafficClass;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.net.ssl.SSLSocketFactory;

/**
 * The API door over a store in memory and an Intake that takes everything it is not told to refuse.
 */
final class SendLab implements AutoCloseable {
    static final Instant NOW = Instant.parse("2026-11-23T21:00:00Z");
    static final int MESSAGE_BYTES_MAX = 25 * 1024 * 1024;
    static final Stream USUAL = stream(1, 1, "transactional", TrafficClass.TRANSACTIONAL);
    static final Stream BULK = stream(2, 1, "bulk", TrafficClass.BULK);
    static final Stream OTHERS = stream(3, 2, "transactional", TrafficClass.TRANSACTIONAL);

    final MemoryStore store = new MemoryStore(InstantSource.fixed(NOW));
    final List<Submission> submissions = new CopyOnWriteArrayList<>();
    private final Ids ids = new Ids(InstantSource.fixed(NOW), 1);
    private volatile Function<Submission, Optional<Refusal>> refuses = _ -> Optional.empty();
    private final SendRoutes.Settings settings;
    /** What a search answers; what is found is shown elsewhere, on the real one. */
    volatile Function<MessageSearch.Query, MessageSearch.Page> search =
            _ -> new MessageSearch.Page(List.of(), Optional.empty());
    private final News news = new News();
    private final WebDoor door;
    final WebClient ours;
    final WebClient theirs;
    final WebClient mayRead;
    final WebClient maySend;
    final WebClient nobody;

    SendLab() {
        this(MESSAGE_BYTES_MAX);
    }

    SendLab(int messageBytesMax) {
        this(new SendRoutes.Settings(messageBytesMax, _ -> false));
    }

    SendLab(SendRoutes.Settings settings) {
        this.settings = settings;
        door = WebDoor.open("127.0.0.1", 0, SendLab::caller, routes(), WebLimits.DEFAULT,
                new StoreTrouble(), Optional.empty());
        ours = new WebClient(door.port(), "mm_ours");
        theirs = new WebClient(door.port(), "mm_theirs");
        mayRead = new WebClient(door.port(), "mm_read");
        maySend = new WebClient(door.port(), "mm_send");
        nobody = new WebClient(door.port(), "");
    }

    List<Routes> routes() {
        return List.of(new SendRoutes(new PlainAddresses(), new Names(), taking(this::accept),
                        egress(), true, settings),
                new DeskRoutes(store, new Desk(store, this::accept, (_, _) -> { },
                        MemoryBodies::new, SendLab::stream, head -> head,
                        InstantSource.fixed(NOW)), (_, _) -> true, new PlainAddresses()),
                new ReadRoutes(store, store, news, SendLab::stream),
                new SearchRoutes(q -> search.apply(q), new Names(), SendLab::stream,
                        (_, _) -> Optional.empty()));
    }

    /** For a door whose requests name no files. */
    static Egress egress() {
        return new Egress(new FakeDns(), new AddressPolicy(true, Set.of()),
                (SSLSocketFactory) SSLSocketFactory.getDefault());
    }

    static SendRoutes.Acceptance taking(BiFunction<List<Submission>,
            Optional<Submission.Idempotency>, Admission> accept) {
        return new SendRoutes.Acceptance() {
            @Override
            public Admission accept(List<Submission> all,
                    Optional<Submission.Idempotency> idempotency) {
                return accept.apply(all, idempotency);
            }

            @Override
            public Admission check(List<Submission> all) {
                return accept.apply(all, Optional.empty());
            }

            @Override
            public Optional<Admission> earlier(long tenant, Submission.Idempotency key) {
                return Optional.empty();
            }
        };
    }

    private static Stream stream(long id) {
        return id == 1 ? USUAL : id == 2 ? BULK : OTHERS;
    }

    private static Optional<Caller> caller(String key) {
        return switch (key) {
            case "mm_ours" -> Optional.of(new Caller(1, "key_1", Set.of("*")));
            case "mm_theirs" -> Optional.of(new Caller(2, "key_2", Set.of("send", "read")));
            case "mm_read" -> Optional.of(new Caller(1, "key_3", Set.of("read")));
            case "mm_send" -> Optional.of(new Caller(1, "key_4", Set.of("send")));
            default -> Optional.empty();
        };
    }

    private static Stream stream(long id, long tenant, String name, TrafficClass carries) {
        return new Stream(id, tenant, name, carries, Stream.Schedule.TRANSACTIONAL,
                Stream.ReturnPath.SIGNED, Stream.OnAmbiguous.RESEND);
    }

    private static final class Names implements StreamNames {
        @Override
        public Optional<Stream> named(long tenant, String name) {
            return List.of(USUAL, BULK, OTHERS).stream()
                    .filter(s -> s.tenant() == tenant && s.name().equals(name)).findFirst();
        }

        @Override
        public Stream usual(long tenant) {
            return tenant == 1 ? USUAL : OTHERS;
        }
    }

    /** From now on Intake refuses what the function says. */
    void refuse(Function<Submission, Optional<Refusal>> reason) {
        refuses = reason;
    }

    private Admission accept(Submission one, Optional<Submission.Idempotency> idempotency) {
        return accept(List.of(one), idempotency);
    }

    Admission accept(List<Submission> all, Optional<Submission.Idempotency> idempotency) {
        List<Refusal> refusals = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            int place = i;
            refuses.apply(all.get(i)).ifPresent(r ->
                    refusals.add(new Refusal(place, r.reason(), r.field(), r.detail())));
        }
        if (!refusals.isEmpty()) {
            return new Admission.Refused(refusals);
        }
        List<Spool.Addition> additions = all.stream().map(this::addition).toList();
        return switch (store.add(additions, idempotency, true)) {
            case Spool.Added.Stored _ -> {
                submissions.addAll(all);
                yield new Admission.Accepted(additions.stream().map(SendLab::receipt).toList(),
                        false);
            }
            case Spool.Added.Replayed r -> new Admission.Accepted(r.receipts(), true);
            case Spool.Added.Conflict _ -> new Admission.Refused(List.of(Refusal.of(
                    Refusal.Reason.KEY_CONFLICT, "", "The key was used for another body.")));
        };
    }

    private Spool.Addition addition(Submission s) {
        long id = ids.next(s.envelope().recipients().size());
        Letter letter = letter(s.content(), id);
        Message message = new Message(id, s.who().tenant(), s.stream().id(), s.who().door(),
                s.who().credential(), NOW, s.envelope().sender(), "", "", s.options(), letter);
        List<Delivery> deliveries = new ArrayList<>();
        List<List<Fact>> first = new ArrayList<>();
        s.envelope().recipients().forEach(r -> {
            boolean suppressed = r.address().startsWith("suppressed@");
            deliveries.add(new Delivery(id + deliveries.size(), id, s.who().tenant(),
                    s.stream().id(), s.stream().carries(), r.address(), r.domain(), "", "",
                    suppressed ? State.SUPPRESSED : State.QUEUED, 0, NOW,
                    NOW.plus(s.options().expiresIn().orElse(Duration.ofHours(48)))));
            Fact accepted = new Fact.Accepted(s.who().door(), letter.size());
            first.add(suppressed
                    ? List.of(accepted, new Fact.Suppressed("hard bounce")) : List.of(accepted));
        });
        return new Spool.Addition(message, deliveries, first);
    }

    private static Letter letter(Content content, long id) {
        String name = "<" + id + "@example.com>";
        return switch (content) {
            case Content.Written w -> new Letter(("From: " + w.from().address()
                    + "\r\nSubject: " + w.subject() + "\r\n").getBytes(StandardCharsets.UTF_8),
                    Body.of((w.text() + "\r\n").getBytes(StandardCharsets.UTF_8)), 0,
                    w.subject(), name, List.of(w.from().address()));
            case Content.Raw(byte[] head, Body body) ->
                    new Letter(head, body, 0, "again", name, List.of("ann@example.com"));
            case Content.Templated t -> new Letter(("From: " + t.from().address() + "\r\n")
                    .getBytes(StandardCharsets.UTF_8), Body.of(t.data()), 0, t.template(), name,
                    List.of(t.from().address()));
        };
    }

    /** A draft that lies in memory. */
    private static final class MemoryBodies extends Bodies.Draft {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public void write(int octet) {
            bytes.write(octet);
        }

        @Override
        public Body keep() {
            return Body.of(bytes.toByteArray());
        }

        @Override
        public long size() {
            return bytes.size();
        }

        @Override
        public void close() {
        }
    }

    private static Admission.Receipt receipt(Spool.Addition a) {
        return new Admission.Receipt(a.message().id(), a.deliveries().stream()
                .map(d -> new Admission.Copy(d.address(), d.state())).toList());
    }

    /** All routes of these and the door, as {@code method path}, and the scope of each. */
    Map<String, String> scopes(List<Routes> more) {
        Map<String, String> scopes = new TreeMap<>();
        Router recorder = new Router() {
            @Override
            public Router get(String path, String scope, Action action) {
                scopes.put("get " + path, scope);
                return this;
            }

            @Override
            public Router post(String path, String scope, Action action) {
                scopes.put("post " + path, scope);
                return this;
            }

            @Override
            public Router post(String path, String scope, int bodyBytesMax, Action action) {
                return post(path, scope, action);
            }

            @Override
            public Router patch(String path, String scope, Action action) {
                scopes.put("patch " + path, scope);
                return this;
            }

            @Override
            public Router delete(String path, String scope, Action action) {
                scopes.put("delete " + path, scope);
                return this;
            }

            @Override
            public Router open(String path, Action action) {
                return get(path, "", action);
            }

            @Override
            public Router only(String prefix, Predicate<String> host) {
                return this;
            }

            @Override
            public Router openPost(String path, int bodyBytesMax, Action action) {
                return post(path, "", action);
            }
        };
        routes().forEach(r -> r.into(recorder));
        more.forEach(r -> r.into(recorder));
        return scopes;
    }

    @Override
    public void close() {
        List.of(ours, theirs, mayRead, maySend, nobody).forEach(WebClient::close);
        door.close();
    }
}
