package dev.mailmill.analytics;

import dev.mailmill.analytics.MessageSearch.Cursor;
import dev.mailmill.analytics.MessageSearch.Query;
import dev.mailmill.mail.Conversation;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.State;
import dev.mailmill.sql.Postgres;
import dev.mailmill.sql.Store;
import dev.mailmill.sql.StoreSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

/**
 * How long lists take as they grow: {@code SearchBench <empty folder> [postgres]}. Folds so
 * many facts, with made-up mail behind them, and asks each kind of question at each size.
 */
final class SearchBench {
    private static final int[] SIZES = {100_000, 1_000_000};
    private static final int PAGE = 1_000;
    private static final int ASKED = 200;
    private static final String[] WORDS = ("order receipt password reset welcome invoice shipped"
            + " delivery news offer week your account team update").split(" ");
    private static final Reply OK = new Reply(250, "2.0.0", "ok queued as 123", "mx.example.org");
    private static final Reply NO = new Reply(550, "5.1.1", "no such user here", "mx.example.org");

    private final Random random = new Random(1);
    private final Store store;
    private final MessageSearch search;
    private final Made made = new Made();
    private final SearchFold fold = new SearchFold(Duration.ofDays(400));
    private final Ids ids;
    private long lastId;

    private SearchBench(Store store) {
        this.store = store;
        this.search = new MessageSearch(store.views(), _ -> false);
        this.ids = store.ids();
    }

    public static void main(String[] args) {
        Path folder = Path.of(args[0]);
        StoreSettings settings = args.length > 1 ? StoreSettings.postgres(folder,
                Postgres.database()) : StoreSettings.sqlite(folder);
        try (Store store = Store.open(settings, InstantSource.system(),
                new SimpleMeterRegistry())) {
            SearchBench bench = new SearchBench(store);
            Map<String, List<String>> table = new LinkedHashMap<>();
            int rows = 0;
            for (int size : SIZES) {
                long began = System.nanoTime();
                int from = rows;
                for (; rows < size; rows += PAGE) {
                    bench.fold(rows);
                }
                double seconds = (System.nanoTime() - began) / 1e9;
                System.out.printf("%d rows, %.0f rows/s folded, two facts each%n", rows,
                        (rows - from) / seconds);
                bench.ask(size).forEach((name, took) ->
                        table.computeIfAbsent(name, _ -> new ArrayList<>()).add(took));
            }
            System.out.println("| list | p50, p95 ms at 100,000 | at 1,000,000 |\n|---|---|---|");
            table.forEach((name, took) ->
                    System.out.println("| " + name + " | " + String.join(" | ", took) + " |"));
        }
    }

    /** Accepts a thousand, and then says what became of them. */
    private void fold(int first) {
        List<Journal.Entry> accepted = new ArrayList<>();
        List<Journal.Entry> ends = new ArrayList<>();
        made.outlines.clear();
        for (int i = 0; i < PAGE; i++) {
            long id = ids.next(1);
            lastId = id;
            Instant at = Ids.time(id);
            int n = random.nextInt(first + PAGE);
            String domain = "d" + random.nextInt(2_000) + ".example";
            String address = "user" + n + "@" + domain;
            made.outlines.put(id, new Journal.Outline(id, address, domain, 1, Door.API, at,
                    word() + " " + word() + " " + (first + i), random.nextInt(10) == 0
                    ? List.of("tag" + random.nextInt(100)) : List.of(), at, 0, false,
                    ""));
            Fact end = random.nextInt(100) == 0 ? new Fact.Bounced(NO, 1, false)
                    : new Fact.Delivered(OK, 1);
            accepted.add(entry(id, at, address, new Fact.Accepted(Door.API, 4096)));
            ends.add(entry(id, at, address, end));
        }
        for (List<Journal.Entry> page : List.of(accepted, ends)) {
            Fold.Work work = fold.prepare(new Passage(made, page,
                    Journal.Position.START));
            store.views().write(h -> {
                work.write(h.getConnection(), store.views().postgres());
                return null;
            });
        }
    }

    private String word() {
        return WORDS[random.nextInt(WORDS.length)];
    }

    private static Journal.Entry entry(long id, Instant at, String address, Fact fact) {
        return new Journal.Entry(Journal.Position.START, at, 1, 1 + id % 3, id, id, address, fact);
    }

    private Map<String, String> ask(int size) {
        Map<String, Supplier<SearchContract.Find>> questions = new LinkedHashMap<>();
        questions.put("all", SearchContract.Find::new);
        questions.put("recipient, all of it", () -> new SearchContract.Find()
                .recipient("user" + random.nextInt(size) + "@"));
        questions.put("recipient, 4 digits of 6", () -> new SearchContract.Find()
                .recipient("user" + (1000 + random.nextInt(9000))));
        questions.put("recipient, what all begin with", () -> new SearchContract.Find()
                .recipient("user"));
        questions.put("recipient, a tenth", () -> new SearchContract.Find()
                .recipient("user" + (1 + random.nextInt(9))));
        questions.put("domain", () -> new SearchContract.Find()
                .domain("d" + random.nextInt(2_000) + ".example"));
        questions.put("bounced", () -> new SearchContract.Find().state(State.BOUNCED));
        questions.put("queued: none", () -> new SearchContract.Find().state(State.QUEUED));
        questions.put("stream and delivered", () -> new SearchContract.Find().stream(2)
                .state(State.DELIVERED));
        questions.put("by SMTP: none", () -> new SearchContract.Find().door(Door.SMTP));
        questions.put("tag", () -> new SearchContract.Find().tag("tag" + random.nextInt(100)));
        questions.put("subject, common word", () -> new SearchContract.Find().subject(word()));
        questions.put("subject, two words", () -> new SearchContract.Find()
                .subject(word() + " " + word()));
        questions.put("subject, one message", () -> new SearchContract.Find()
                .subject("" + random.nextInt(size)));
        questions.put("one message", () -> new SearchContract.Find().message(lastId));
        Map<String, String> took = new LinkedHashMap<>();
        questions.forEach((name, find) -> took.put(name, time(() -> find.get().limit(100)
                .query())));
        took.put("all, from the middle", time(this::middle));
        return took;
    }

    private Query middle() {
        Query all = Query.all(1, 100);
        return new Query(1, all.recipient(), all.domain(), all.state(), all.stream(), all.tag(),
                all.door(), all.message(), all.subject(),
                all.said(), all.provider(), all.template(), all.since(), all.until(),
                Optional.of(new Cursor(lastId - (lastId - Ids.floor(Ids.time(lastId)
                        .minusSeconds(5))) / 2)), 100);
    }

    private String time(Supplier<Query> query) {
        double[] ms = new double[ASKED];
        for (int i = 0; i < ASKED; i++) {
            Query q = query.get();
            long began = System.nanoTime();
            search.page(q);
            ms[i] = (System.nanoTime() - began) / 1e6;
        }
        Arrays.sort(ms);
        return String.format("%.1f, %.1f", ms[ASKED / 2], ms[ASKED * 95 / 100]);
    }

    /** A journal of which only what lies beside the facts is asked. */
    private static final class Made implements Journal {
        private final Map<Long, Outline> outlines = new HashMap<>();

        @Override
        public Map<Long, Outline> outlines(Collection<Long> deliveries) {
            Map<Long, Outline> some = new HashMap<>(outlines);
            some.keySet().retainAll(deliveries);
            return some;
        }

        @Override
        public Set<Long> relayed(Collection<Long> deliveries, Position until) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Map<Long, String> asked(Collection<Long> deliveries) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Page read(long tenant, Position after, int limit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<Entry> of(long tenant, long messageId) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<Conversation> conversations(long tenant, long messageId) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Position head() {
            throw new UnsupportedOperationException();
        }
    }
}
