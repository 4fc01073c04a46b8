package dev.mailmill.app;

import dev.mailmill.http.WebDoor;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Stream;
import dev.mailmill.sql.Postgres;
import dev.mailmill.sql.Seeding;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;

/**
 * Every page and what the API reads, with a month of mail behind it, at two sizes on two engines:
 * {@code PagesBench [engines, "sqlite postgres"] [messages, "100000 1000000"]}. The pages are the
 * router's, so that a new one is among them. {@code bench/pages} runs it.
 */
final class PagesBench {
    private static final int WARM = 10;
    private static final int ASKED = 50;
    private static final int FOLDS = 4;
    /** What takes so long is asked a few times only. */
    private static final double LONG_SECONDS = 10;
    private static final int FEW = 5;
    /** Of these there are pictures. */
    private static final List<String> SEEN = List.of("/", "/deliverability", "/messages",
            "/messages?domain=gmail.com", "/queue", "/domains/" + Lab.OURS, "/suppressions");
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** What a page may take. */
    private static final double BAR_MS = 100;
    /** How much longer ten times the facts may take, above what is noise. */
    private static final double BAR_RATIO = 1.3;
    private static final double NOISE_MS = 3;
    /** They end with the visit, never end, or are no pages. */
    private static final List<String> LEFT_OUT = List.of("/metrics", "/v1/backup", "/u/", "/t/");

    private final Lab lab;
    private final Seeding.Seeded seeded;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1).build();
    private final String cookie;
    private final Map<String, String> firsts = new HashMap<>();

    private PagesBench(Lab lab, Seeding.Seeded seeded, String cookie) {
        this.lab = lab;
        this.seeded = seeded;
        this.cookie = cookie;
    }

    private record Took(double half, double ninetyFive, int status, int bytes) {
    }

    public static void main(String[] args) throws Exception {
        String[] engines = (args.length > 0 ? args[0] : "sqlite postgres").split(" ");
        int[] sizes = Arrays.stream((args.length > 1 ? args[1] : "100000 1000000").split(" "))
                .mapToInt(Integer::parseInt).toArray();
        String only = args.length > 2 ? args[2] : "";
        kept().ifPresent(folder -> Postgres.keep(folder.resolve("postgres")));
        boolean missed = false;
        for (String engine : engines) {
            List<Map<String, Took>> all = new ArrayList<>();
            for (int size : sizes) {
                all.add(run(Lab.Engine.valueOf(engine.toUpperCase(Locale.ROOT)), size, only));
            }
            missed |= print(engine, sizes, all);
        }
        System.exit(missed ? 1 : 0);
    }

    private static Map<String, Took> run(Lab.Engine engine, int messages, String only)
            throws Exception {
        Optional<Path> kept = kept().map(folder -> folder.resolve(
                engine.name().toLowerCase(Locale.ROOT) + messages));
        Map<Setting, String> settings = engine == Lab.Engine.POSTGRES && kept.isPresent()
                ? Map.of(Setting.DATABASE, Postgres.named("pages" + messages))
                : engine.settings();
        try (Lab lab = Lab.prepared(settings).with(Setting.DELIVERY, "hold")) {
            Kept of;
            if (kept.isPresent() && Files.exists(kept.get())) {
                copy(kept.get(), lab.data());
                of = Kept.read(kept.get());
                lab.start();
            } else {
                of = seeded(lab, engine, messages);
                fold(lab.start(), of.seeded().facts());
                if (kept.isPresent()) {
                    lab.stop();
                    copy(lab.data(), kept.get());
                    of.write(kept.get());
                    lab.start();
                }
            }
            standAtTheEnd(lab);
            return new PagesBench(lab, of.seeded(), of.cookie()).ask(only);
        }
    }

    /** Where stores stay, to be asked again. */
    private static Optional<Path> kept() {
        return Optional.ofNullable(System.getenv("MAILMILL_PAGES_KEPT")).map(Path::of);
    }

    private static Kept seeded(Lab lab, Lab.Engine engine, int messages) throws Exception {
        lab.start();
        lab.own(Lab.OURS);
        String template = Lab.expect(201, lab.api().post("/v1/templates",
                TemplatesTest.WELCOME)).path("id").asString();
        Lab.expect(201, lab.api().post("/v1/exits", "{\"name\":\"relay\",\"kind\":\"smtp\","
                + "\"smtp\":\"smtp://u:p@relay.isp.test:587\"}"));
        Lab.expect(200, lab.api().post("/v1/routes", "{\"name\":\"news\",\"match\":"
                + "{\"stream\":\"bulk\"},\"shares\":{\"relay\":30,\"own\":70}}"));
        lab.tenant("second");
        lab.tenant("third");
        List<Seeding.Account> accounts = new ArrayList<>();
        lab.mill().accounts().tenants().forEach(t -> accounts.add(new Seeding.Account(t.id(),
                lab.mill().accounts().streams(t.id()).stream().map(Stream::id).toList(),
                t.id() == 1 ? Ids.parse("tpl_", template) : 0)));
        String cookie = Visitor.owner(lab).cookie;
        lab.stop();
        long began = System.nanoTime();
        try (Seeding seeding = Seeding.of(lab.data(),
                Optional.ofNullable(engine.settings().get(Setting.DATABASE))
                        .map(_ -> lab.settings().text(Setting.DATABASE)))) {
            Seeding.Seeded seeded = seeding.month(accounts, messages, lab.clock().instant());
            System.out.printf("%s: %,d messages, %,d facts written in %.0f s%n",
                    engine.name().toLowerCase(Locale.ROOT), messages, seeded.facts(),
                    seconds(began));
            return new Kept(seeded, cookie);
        }
    }

    /** A store that is asked again: {@code MAILMILL_PAGES_KEPT} names a folder for them. */
    private record Kept(Seeding.Seeded seeded, String cookie) {
        void write(Path folder) throws IOException {
            Files.writeString(folder.resolve("bench"), String.join("\n", cookie,
                    Long.toString(seeded.facts()), Long.toString(seeded.newest()),
                    Long.toString(seeded.wide()), Long.toString(seeded.refused()),
                    seeded.refusedTo()));
        }

        static Kept read(Path folder) throws IOException {
            List<String> lines = Files.readAllLines(folder.resolve("bench"));
            return new Kept(new Seeding.Seeded(Long.parseLong(lines.get(1)),
                    Long.parseLong(lines.get(2)), Long.parseLong(lines.get(3)),
                    Long.parseLong(lines.get(4)), lines.get(5)), lines.getFirst());
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (java.util.stream.Stream<Path> all = Files.walk(from)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static double seconds(long began) {
        return (System.nanoTime() - began) / 1e9;
    }

    /** Until all folds have read everything; says how long each took. */
    private static void fold(Lab lab, long facts) {
        long began = System.nanoTime();
        double cpu = cpuSeconds();
        Map<String, Double> done = new TreeMap<>();
        double told = 0;
        boolean behind = true;
        // what has just started has not looked yet, and is not behind
        while (behind || done.size() < FOLDS && seconds(began) < 60) {
            LockSupport.parkNanos(500_000_000);
            Map<String, Double> lags = lags(lab);
            behind = lags.isEmpty() || lags.values().stream().anyMatch(lag -> lag > 0);
            lags.forEach((fold, lag) -> {
                if (lag > 0) {
                    done.put(fold, seconds(began));
                }
            });
            if (seconds(began) - told > 30) {
                told = seconds(began);
                System.out.println("  behind, in seconds of the month: " + lags);
            }
        }
        done.forEach((fold, s) -> System.out.printf("  fold %s: %.0f s, %,.0f facts/s%n", fold, s,
                facts / s));
        System.out.printf("  processor time, all in this process: %.0f µs a fact%n",
                (cpuSeconds() - cpu) * 1e6 / facts);
    }

    /**
     * Puts those at the journal's end that follow it and are no folds, as they would be had they
     * lived through this month: no page is asked beside them.
     */
    private static void standAtTheEnd(Lab lab) {
        String head = lab.mill().journal().head().text();
        for (String of : List.of("containment", "report", "suppression")) {
            lab.store().write(h -> h.execute("UPDATE " + of + "_cursor SET position = ?", head));
        }
        lab.stop();
        lab.start();
    }

    private static double cpuSeconds() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    private static Map<String, Double> lags(Lab lab) {
        Map<String, Double> all = new TreeMap<>();
        for (String line : lab.api().get("/metrics").text().split("\n")) {
            if (line.startsWith("mailmill_fold_lag_seconds{")) {
                all.put(line.replaceAll(".*fold=\"([^\"]+)\".*", "$1"),
                        Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)));
            }
        }
        return all;
    }

    private Map<String, Took> ask(String only) throws Exception {
        Map<String, Took> all = new LinkedHashMap<>();
        for (String path : paths()) {
            if (!path.contains(only)) {
                continue;
            }
            Took took = took(path);
            all.put(path, took);
            if (took.ninetyFive() >= BAR_MS) {
                System.out.printf(Locale.ROOT, "  slow: %s %.1f, %.1f ms%n", path, took.half(),
                        took.ninetyFive());
            }
        }
        walk(all);
        return all;
    }

    private Took took(String path) throws Exception {
        List<Double> ms = new ArrayList<>();
        HttpResponse<byte[]> last = null;
        long first = System.nanoTime();
        for (int i = -WARM; i < ASKED && (ms.size() < FEW || seconds(first) < LONG_SECONDS); i++) {
            long began = System.nanoTime();
            last = get(path);
            if (last == null) {
                System.out.println("  " + path + " was not answered in time");
                return new Took(1e6, 1e6, 599, 0);
            }
            if (i >= 0 || seconds(first) > LONG_SECONDS) {
                ms.add((System.nanoTime() - began) / 1e6);
            }
            if (last.statusCode() >= 300) {
                break;
            }
        }
        ms.sort(null);
        return ms.isEmpty() ? new Took(0, 0, last.statusCode(), 0)
                : new Took(ms.get(ms.size() / 2), ms.get(ms.size() * 95 / 100),
                        last.statusCode(), last.body().length);
    }

    /** Every screen once through a real browser; some are kept to be looked at. */
    private void walk(Map<String, Took> all) {
        Path pictures = Path.of(System.getProperty("mailmill.pictures", "target/pictures"));
        Map<String, Double> took = new TreeMap<>();
        List<String> wrong = new ArrayList<>();
        try (Browser browser = Browser.start()) {
            browser.size(1280, 900).open(PagesTest.base(lab) + "/login")
                    .type("input[name=email]", "ann@example.org")
                    .type("input[name=password]", PagesTest.PASSWORD)
                    .click("button[type=submit]").await("header", "Mailmill");
            for (String path : all.keySet()) {
                if (path.startsWith("/v1/") || all.get(path).status() != 200) {
                    continue;
                }
                browser.open(PagesTest.base(lab) + path);
                if (browser.count("#main") == 0) {
                    continue; // a part of a page, or a file
                }
                took.put(path, browser.run("const n = performance.getEntriesByType('navigation')"
                        + "[0]; return n.responseStart - n.requestStart").asDouble());
                PagesTest.wide(browser, path, 1280, wrong);
            }
            for (String path : SEEN) {
                String name = path.replaceAll("[^a-z]+", "-").replaceAll("^-|-$", "");
                for (String look : List.of("light 1280", "dark 1280", "light 360")) {
                    browser.prefers(look.split(" ")[0])
                            .size(Integer.parseInt(look.split(" ")[1]), 900)
                            .open(PagesTest.base(lab) + path);
                    LockSupport.parkNanos(500_000_000); // charts draw themselves
                    browser.picture(pictures.resolve("million-" + name + "-"
                            + look.replace(' ', '-') + ".png"));
                }
            }
        }
        System.out.printf(Locale.ROOT, "  Chromium opened %d screens, to the first octet at most"
                + " %.0f ms; too wide: %s%n", took.size(), took.values().stream()
                .mapToDouble(ms -> ms).max().orElse(0), wrong);
    }

    /** Null when it takes too long. */
    private HttpResponse<byte[]> get(String path) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(PagesTest.base(lab)
                + path)).timeout(PATIENCE);
        if (path.startsWith("/v1/")) {
            request.setHeader("Authorization", "Bearer " + lab.settings().text(Setting.ADMIN_KEY));
        } else {
            request.setHeader("Accept", "text/html").setHeader("Cookie", cookie);
        }
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (HttpTimeoutException e) {
            return null;
        }
    }

    /** The router's, with what their braces stand for, and the filters that a person sets. */
    private List<String> paths() {
        // now, so that it is told nothing of the month
        Lab.expect(201, lab.api().post("/v1/webhooks", "{\"url\":\"https://app.example/\"}"));
        List<String> all = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        for (String route : routes()) {
            if (LEFT_OUT.stream().anyMatch(route::startsWith) || route.contains("events/live")) {
                continue;
            }
            String path = filled(route);
            (path.contains("{") ? unknown : all).add(path);
        }
        all.addAll(drilled());
        System.out.println("  not asked, since nothing is known to ask for: " + unknown);
        return all;
    }

    private String filled(String route) {
        String message = Ids.text("msg_", seeded.newest());
        return route.replace("/messages/{id}", "/messages/" + message)
                .replace("/domains/{name}", "/domains/" + Lab.OURS)
                .replace("/domains/{domain}", "/domains/" + Lab.OURS)
                .replace("/streams/{name}", "/streams/transactional")
                .replace("/streams/{stream}", "/streams/transactional")
                .replace("/starters/{alias}", "/starters/" + first("/v1/templates/starters",
                        "alias"))
                .replace("/templates/{id}", "/templates/" + first("/v1/templates", "id"))
                .replace("/versions/{number}", "/versions/1")
                .replace("{id}/diff", "{id}/diff?from=1&to=1")
                .replace("/exits/{name}", "/exits/" + first("/v1/exits", "name"))
                .replace("/routes/{name}", "/routes/" + first("/v1/routes", "name"))
                .replace("/suppressions/{address}", "/suppressions/" + first("/v1/suppressions",
                        "address"))
                .replace("/webhooks/{id}", "/webhooks/" + first("/v1/webhooks", "id"))
                .replace("/credentials/{id}", "/credentials/" + first("/v1/keys", "id"))
                .replace("/errors/{slug}", "/errors/not-found")
                .replace("/versions/{version}", "/versions/" + first("/v1/shaping/versions",
                        "version"));
    }

    /** Of a list's first; the brace stays where there is none. */
    private String first(String list, String field) {
        return firsts.computeIfAbsent(list, path -> {
            JsonNode answer = Lab.expect(200, lab.api().get(path));
            for (JsonNode array : answer.isArray() ? List.of(answer) : answer.values()) {
                if (array.isArray() && !array.isEmpty()) {
                    return array.get(0).path(field).asString("{" + field + "}");
                }
            }
            return "{" + field + "}";
        });
    }

    private List<String> routes() {
        return lab.mill().ways().stream().filter(w -> w.method().equals("GET"))
                .map(WebDoor.Way::path).toList();
    }

    private List<String> drilled() {
        List<String> all = new ArrayList<>();
        for (String id : List.of(Ids.text("msg_", seeded.wide()),
                Ids.text("msg_", seeded.refused()))) {
            all.add("/messages/" + id);
            all.add("/messages/" + id + "/timeline");
            all.add("/v1/messages/" + id + "/events");
        }
        for (String state : List.of("delivered", "bounced", "deferred", "held", "suppressed")) {
            all.add("/messages?state=" + state);
        }
        String middle = Ids.text("at_", Ids.floor(lab.clock().instant()
                .minus(Duration.ofDays(15))));
        for (String span : List.of("24h", "7d", "30d")) {
            all.add("/?span=" + span);
            all.add("/deliverability?span=" + span);
            all.add("/deliverability?span=" + span + "&provider=gmail");
            all.add("/deliverability?span=" + span + "&figure=bounced&reason=mailbox_unknown");
        }
        all.addAll(List.of("/messages?stream=transactional", "/messages?tag=tag3",
                "/messages?tag=rare7", "/messages?door=smtp", "/messages?domain=gmail.com",
                "/messages?to=user1", "/messages?to=user4711", "/messages?to=user",
                "/messages?to=" + encoded(seeded.refusedTo()), "/messages?subject=invoice",
                "/messages?subject=invoice+receipt", "/messages?subject=4711",
                "/messages?before=" + middle, "/messages?state=bounced&stream=bulk",
                "/messages?state=bounced&before=" + middle,
                "/messages?tag=tag3&subject=news&state=bounced"));
        for (String q : List.of("user4711", "gmail.com", "\"invoice receipt\"", "tag:tag3",
                "mailbox full", "spamhaus", "no such user", "blocked zen",
                "state:bounced provider:gmail", seeded.refusedTo())) {
            all.add("/messages?q=" + encoded(q));
        }
        for (int days : new int[] {1, 7, 30}) {
            String from = "/v1/stats?from=" + lab.clock().instant().minus(Duration.ofDays(days));
            all.add(from);
            for (String by : List.of("stream", "provider", "reason", "template", "tag", "domain",
                    "door")) {
                all.add(from + "&by=" + by);
            }
            all.add(from + "&everywhere=true&by=account");
            all.add(from + "&interval=hour&by=provider");
            all.add(from + "&tag=tag3");
            all.add(from + "&provider=gmail&by=reason");
            all.add(from.replace("/v1/stats?", "/v1/stats.csv?") + "&by=provider");
        }
        return all;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static boolean print(String engine, int[] sizes, List<Map<String, Took>> all) {
        boolean missed = false;
        System.out.print("| " + engine + " |");
        for (int size : sizes) {
            System.out.printf(" %,d: p50, p95 ms |", size);
        }
        System.out.println(" ratio of p50 |\n|---|" + "---|".repeat(sizes.length) + "---|");
        for (String path : all.getLast().keySet()) {
            Took first = all.getFirst().get(path);
            Took last = all.getLast().get(path);
            if (first == null || last.status() >= 300) {
                System.out.println("| " + path + " | answers " + last.status() + " |");
                continue;
            }
            boolean slow = last.ninetyFive() >= BAR_MS;
            boolean grows = last.half() > first.half() * BAR_RATIO
                    && last.half() - first.half() > NOISE_MS;
            missed |= slow || grows;
            System.out.print("| " + path + " |");
            for (Map<String, Took> one : all) {
                System.out.printf(Locale.ROOT, " %.1f, %.1f |", one.get(path).half(),
                        one.get(path).ninetyFive());
            }
            System.out.printf(Locale.ROOT, " %.2f%s%s |%n", last.half() / first.half(),
                    slow ? " **slow**" : "", grows ? " **grows**" : "");
        }
        return missed;
    }
}
