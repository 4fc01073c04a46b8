package dev.mailmill.kill;

import dev.mailmill.FreePort;
import dev.mailmill.dns.UdpDns;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.Rcode;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * One run: start, load, kill, start again …, drain, compare. Every time the same three ledgers, and
 * the same sentences about them.
 */
final class KillRun {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> FINAL = Set.of("email.delivered", "email.relayed",
            "email.captured", "email.bounced", "email.suppressed", "email.expired",
            "email.cancelled", "email.failed");
    /** Places that are passed now and then: large bodies, new connections. */
    private static final List<String> SELDOM = List.of("bodies.", "relay.before-connect");
    /** Of the others: any moment of a group's, and passed within a second or so. */
    private static final int PASSES = 80;
    /** How much later each start is: a verdict takes two minutes. */
    private static final Duration ROUND = Duration.ofSeconds(75);
    /** For as long as it gets less, on a machine that may be busy. */
    private static final Duration STUCK = Duration.ofSeconds(60);

    private final Path folder;
    private final Map<String, String> settings;
    private final Random random;
    private final Ledger ledger = new Ledger();
    /** When, by {@link System#nanoTime}. */
    private final List<Long> killed = new ArrayList<>();
    private Duration slowest = Duration.ZERO;

    /** @param settings of the engine: empty for SQLite */
    KillRun(Path folder, Map<String, String> settings, long seed) {
        this.folder = folder;
        this.settings = settings;
        this.random = new Random(seed);
    }

    /**
     * @param wrong empty when everything holds
     * @param slowestStart from the process's start to readiness after a kill
     */
    record Report(int kills, long acknowledged, long unknown, long refused, long accepted,
            long delivered, long duplicates, long ambiguous, Callers callers,
            Duration slowestStart, Duration perKill, List<String> wrong) {
        /**
         * What those did who got marked mail.
         *
         * @param asked how often an opening or click reached a server
         * @param lost  of those that were answered: a kill came before they were written
         */
        record Callers(long asked, long lost, long left, long complained,
                Map<String, Long> figures) {
        }

        @Override
        public String toString() {
            return "kills " + kills + ", acknowledged " + acknowledged + ", unknown " + unknown
                    + ", refused " + refused + ", accepted " + accepted + ", delivered "
                    + delivered + ", duplicates " + duplicates + ", ambiguous " + ambiguous
                    + ", " + callers + ", slowest start " + slowestStart.toMillis()
                    + " ms, a kill " + perKill.toMillis() + " ms"
                    + (wrong.isEmpty() ? ", nothing lost" : ", WRONG: " + wrong);
        }
    }

    /** Kills at random moments. */
    Report random(int kills) throws Exception {
        return run(kills, (server, _) -> {
            Thread.sleep(300 + random.nextInt(1500));
            server.kill();
        }, _ -> Map.of());
    }

    /** Halts at each named place, so many times, at a random pass. */
    Report at(List<String> crashPoints, int times) throws Exception {
        List<String> rounds = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            for (String point : crashPoints) {
                int passes = point.equals("spool.after-claim") ? 1
                        : SELDOM.stream().anyMatch(point::startsWith) ? 2 : PASSES;
                rounds.add(point + ":" + (1 + random.nextInt(passes)));
            }
        }
        return run(rounds.size(), (server, round) -> {
            if (!server.ended(Duration.ofSeconds(30))) {
                throw new IOException(rounds.get(round) + " was never passed");
            }
            if (server.exitValue() != 137) {
                throw new IOException("at " + rounds.get(round) + " the server ended with "
                        + server.exitValue());
            }
        }, round -> Map.of("MAILMILL_CRASH_AT", rounds.get(round)));
    }

    private interface Death {
        void of(ServerProcess server, int round) throws Exception;
    }

    private interface Extra {
        Map<String, String> in(int round);
    }

    private Report run(int kills, Death death, Extra extra) throws Exception {
        Map<String, String> all = new HashMap<>(settings);
        int mailPort = FreePort.any();
        all.put("MAILMILL_DELIVERY", "direct");
        all.put("MAILMILL_RECEIVE", "127.0.0.1:" + mailPort);
        all.put("MAILMILL_ALLOW_PRIVATE", "true");
        all.put("MAILMILL_PUBLIC_URL", Copy.HOST);
        all.put("MAILMILL_WEB_PROXIES", "127.0.0.0/8");
        try (LedgerSink sink = new LedgerSink(); ToldLedger told = new ToldLedger();
                UdpDns nothing = new UdpDns(q -> UdpDns.answer(q, Rcode.NXDOMAIN))) {
            all.put("MAILMILL_ROUTES", "*=127.0.0.1:" + sink.port());
            all.put("MAILMILL_DNS", "127.0.0.1:" + nothing.address().getPort());
            try (ServerProcess server = new ServerProcess(folder, all);
                    Recipients recipients = new Recipients(server.api().getPort(), mailPort)) {
                sink.tell(recipients::take);
                server.start(Map.of());
                expect(201, server.post("v1/domains", "{\"name\":\"kill.test\",\"trust\":true}"));
                expect(201, server.post("v1/webhooks", "{\"url\":\"" + told.url()
                        + "\",\"batch\":100}"));
                server.kill();
                long began = System.nanoTime();
                die(server, recipients, kills, death, extra);
                Duration each = Duration.ofNanos((System.nanoTime() - began) / kills);
                long stuck = drain(server);
                // on a slow machine most mail comes after the last death, and is read now
                kill(server);
                server.ahead(ROUND.multipliedBy(kills + 1)).start(Map.of());
                recipients.later();
                List<String> wrong = new ArrayList<>(recipients.rest());
                TimeUnit.SECONDS.sleep(3); // what was answered a second ago may still be lost
                // what is still to be judged is due now
                kill(server);
                server.ahead(ROUND.multipliedBy(kills + 3)).start(Map.of());
                note(wrong, stuck > 0, stuck + " deliveries are open and get no less");
                return compare(kills, each, sink, told, server, recipients, wrong);
            }
        }
    }

    /** Each time it is later: what was clicked two deaths ago is judged while it dies again. */
    private void die(ServerProcess server, Recipients recipients, int kills, Death death,
            Extra extra) throws Exception {
        try (Load load = new Load(ledger, server.smtpPort(), server.api(), ServerProcess.KEY)) {
            load.start(8, 3, 6);
            for (int i = 0; i < kills; i++) {
                long began = System.nanoTime();
                server.ahead(ROUND.multipliedBy(i)).spawn(extra.in(i));
                recipients.later();
                if (extra.in(i).isEmpty()) {
                    server.awaitReady();
                    Duration took = Duration.ofNanos(System.nanoTime() - began);
                    slowest = took.compareTo(slowest) > 0 ? took : slowest;
                }
                death.of(server, i);
                killed.add(System.nanoTime());
            }
            server.ahead(ROUND.multipliedBy(kills)).start(Map.of());
            recipients.later();
        }
    }

    private void kill(ServerProcess server) throws InterruptedException {
        server.kill();
        killed.add(System.nanoTime());
    }

    /** @return how many are open and get no less; 0 as it should be */
    static long drain(ServerProcess server) throws IOException, InterruptedException {
        long least = Long.MAX_VALUE;
        long end = System.nanoTime() + STUCK.toNanos();
        while (System.nanoTime() < end) {
            long open = open(server);
            if (open == 0) {
                return 0;
            }
            if (open < least) {
                least = open;
                end = System.nanoTime() + STUCK.toNanos();
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return least;
    }

    private static long open(ServerProcess server) throws IOException, InterruptedException {
        for (String line : server.get("metrics").body().split("\n")) {
            if (line.startsWith("mailmill_queue_deliveries")) {
                return (long) Double.parseDouble(line.substring(line.lastIndexOf(' ')));
            }
        }
        throw new IOException("/metrics does not say how many deliveries are open");
    }

    /** What the Journal says of one recipient. */
    static final class Story {
        int accepted;
        int ambiguous;
        int held;
        final List<String> ends = new ArrayList<>();
        final List<String> all = new ArrayList<>();
    }

    static Map<String, Story> journal(ServerProcess server)
            throws IOException, InterruptedException {
        return journal(server, new Recount());
    }

    private static Map<String, Story> journal(ServerProcess server, Recount recount)
            throws IOException, InterruptedException {
        Map<String, Story> stories = new HashMap<>();
        Set<String> ids = new HashSet<>();
        String after = "";
        while (true) {
            JsonNode page = JSON.readTree(server.get("v1/events?limit=1000"
                    + (after.isEmpty() ? "" : "&after=" + after)).body());
            for (JsonNode e : page.path("data")) {
                if (!ids.add(e.path("id").asString())) {
                    throw new IOException("the Journal told a fact twice: " + e);
                }
                recount.add(e);
                String recipient = e.path("recipient").asString("");
                Story story = stories.computeIfAbsent(recipient.substring(0,
                        Math.max(0, recipient.indexOf('@'))), _ -> new Story());
                String type = e.path("type").asString();
                story.accepted += type.equals("email.accepted") ? 1 : 0;
                story.ambiguous += type.equals("email.ambiguous") ? 1 : 0;
                story.held += type.equals("email.held") ? 1 : 0;
                story.all.add(type);
                if (FINAL.contains(type)) {
                    story.ends.add(type);
                }
            }
            String next = page.path("next").asString("");
            if (page.path("data").isEmpty() || next.isEmpty() || next.equals(after)) {
                return stories;
            }
            after = next;
        }
    }

    /** Until all openings and clicks have their verdict, or no more get one. */
    private static Recount judged(ServerProcess server) throws IOException, InterruptedException {
        long end = System.nanoTime() + STUCK.toNanos();
        Recount recount = new Recount();
        journal(server, recount);
        while (!recount.judged() && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(500);
            recount = new Recount();
            journal(server, recount);
        }
        return recount;
    }

    /** Until a webhook knows all that the Journal says, or learns no more. */
    private static void hear(ToldLedger told, int events) throws InterruptedException {
        int most = 0;
        long end = System.nanoTime() + STUCK.toNanos();
        while (told.events() < events && System.nanoTime() < end) {
            if (told.events() > most) {
                most = told.events();
                end = System.nanoTime() + STUCK.toNanos();
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    private Report compare(int kills, Duration each, LedgerSink sink, ToldLedger hook,
            ServerProcess server, Recipients recipients, List<String> wrong) throws Exception {
        judged(server);
        Recount recount = new Recount();
        Map<String, Story> stories = journal(server, recount);
        hear(hook, stories.values().stream().mapToInt(s -> s.all.size()).sum());
        Map<String, List<String>> listed = Listed.await(server,
                stories.values().stream().mapToLong(s -> s.accepted).sum());
        wrong.addAll(recount.wrong(recipients.calls(), killed));
        wrong.addAll(promised(server, recipients, stories));
        // of those who are not named, several copies are told of side by side
        note(wrong, !hook.of("").stream().sorted().toList().equals(stories.getOrDefault("",
                new Story()).all.stream().sorted().toList()), "told of callers " + hook.of(""));
        long duplicates = 0;
        long ambiguous = 0;
        long delivered = 0;
        for (Map.Entry<String, Ledger.Answer> e : ledger.answers().entrySet()) {
            Story story = stories.getOrDefault(e.getKey(), new Story());
            int copies = sink.taken().containsKey(e.getKey())
                    ? sink.taken().get(e.getKey()).get() : 0;
            String name = e.getKey() + " (" + e.getValue() + ", copies " + copies + ", accepted "
                    + story.accepted + ", ambiguous " + story.ambiguous + ", ends " + story.ends
                    + ")";
            boolean told = e.getValue() == Ledger.Answer.ACKNOWLEDGED;
            note(wrong, told && story.accepted == 0, "silent: " + name);
            note(wrong, told && copies == 0 && story.ends.isEmpty(), "lost: " + name);
            note(wrong, story.accepted > 1, "accepted twice: " + name);
            note(wrong, story.accepted == 1 && story.ends.size() != 1, "not one end: " + name);
            note(wrong, story.ends.contains("email.delivered") && copies == 0, "false: " + name);
            note(wrong, copies > 0 && story.accepted == 0, "phantom: " + name);
            note(wrong, copies > 1 + story.ambiguous, "unnamed duplicate: " + name);
            List<String> ends = story.ends.stream().map(t -> t.substring(6)).toList();
            List<String> rows = listed.getOrDefault(e.getKey(), List.of());
            note(wrong, story.ends.size() == 1 && !rows.equals(ends), "listed " + rows + ": "
                    + name);
            note(wrong, !hook.of(e.getKey()).equals(story.all), "told by webhook "
                    + hook.of(e.getKey()) + " of " + story.all + ": " + name);
            duplicates += Math.max(0, copies - 1);
            ambiguous += story.ambiguous;
            delivered += story.ends.contains("email.delivered") ? 1 : 0;
        }
        for (String token : stories.keySet()) {
            note(wrong, !token.isEmpty() && !ledger.answers().containsKey(token),
                    "never sent: " + token);
        }
        long accepted = stories.values().stream().mapToLong(s -> s.accepted).sum();
        wrong.addAll(new Rollups(server, folder.resolve("data"),
                Optional.ofNullable(settings.get("MAILMILL_DATABASE"))).wrong(recount.figures()));
        return new Report(kills, ledger.count(Ledger.Answer.ACKNOWLEDGED),
                ledger.count(Ledger.Answer.UNKNOWN), ledger.count(Ledger.Answer.REFUSED),
                accepted, delivered, duplicates, ambiguous, new Report.Callers(
                        recipients.calls().size(), recount.lost(recipients.calls()),
                        recipients.left().size(), recipients.complained().size(),
                        recount.figures()), slowest, each, wrong.stream().limit(10).toList());
    }

    /** What was answered with yes is so, once: out of the list, and a complaint. */
    private static List<String> promised(ServerProcess server, Recipients recipients,
            Map<String, Story> stories) throws IOException, InterruptedException {
        List<String> wrong = new ArrayList<>();
        for (Map.Entry<String, Story> e : stories.entrySet()) {
            for (String type : List.of("email.unsubscribed", "email.complained")) {
                Set<String> yes = type.equals("email.complained") ? recipients.complained()
                        : recipients.left();
                long told = e.getValue().all.stream().filter(type::equals).count();
                note(wrong, told > 1 || told == 0 && yes.contains(e.getKey()),
                        type + " " + told + " times: " + e.getKey() + " " + e.getValue().all);
            }
        }
        Set<String> closed = new HashSet<>();
        closed.addAll(recipients.left());
        closed.addAll(recipients.complained());
        for (String token : closed) {
            HttpResponse<String> held = server.get("v1/suppressions/" + token + "%40sink.test");
            note(wrong, !held.body().contains("\"reason\""), "not suppressed: " + token + " "
                    + held.body());
        }
        return wrong;
    }

    private static void note(List<String> wrong, boolean is, String what) {
        if (is) {
            wrong.add(what);
        }
    }

    static void expect(int status, HttpResponse<String> answer) throws IOException {
        if (answer.statusCode() != status) {
            throw new IOException(answer.statusCode() + " " + answer.body());
        }
    }
}
