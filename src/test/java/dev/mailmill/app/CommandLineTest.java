package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What is typed, what it answers, with which status; with a running server and without. */
class CommandLineTest {
    @TempDir
    Path folder;

    private record Said(int status, String out, String err) {
        JsonNode json() {
            assertEquals(0, status, err);
            return Lab.JSON.readTree(out);
        }

        Said fine() {
            assertEquals(0, status, err);
            assertEquals("", err);
            return this;
        }
    }

    /** Runs one command on a data folder. */
    private static Said run(Path data, String... words) {
        return run(Map.of("MAILMILL_DATA", data.toString(), "MAILMILL_HOSTNAME", "mill.test"),
                words);
    }

    private static Said run(Map<String, String> environment, String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = Main.run(new Console(new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8)), environment, words);
        return new Said(status, out.toString(StandardCharsets.UTF_8),
                err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void withoutAServerCommandsOpenTheStoreThemselves() {
        Path data = folder.resolve("data");
        administers(data);

        assertFalse(Files.exists(data.resolve("server.url")), "nothing was left behind");
        Said said = run(data, "send", "--to", "bob@there.test");
        assertEquals(1, said.status());
        assertTrue(said.err().contains("./mailmill up"), said.err());
    }

    @Test
    void withAServerTheyAskIt() {
        try (Lab lab = Lab.prepared(Map.of()).start()) {
            administers(lab.data());
        }
    }

    private void exits(Path data) {
        Map<String, String> secretly = Map.of("MAILMILL_DATA", data.toString(),
                "MAILMILL_HOSTNAME", "mill.test", "MAILMILL_EXIT_SECRET", "SG.secret");
        assertEquals(1, run(data, "exit", "create", "sg", "--kind", "sendgrid", "--domain",
                "ours.test").status(), "without a key");
        JsonNode made = run(secretly, "exit", "create", "sg", "--kind", "sendgrid", "--secret",
                "SG.secret", "--domain", "ours.test", "--json").json();
        assertEquals("[\"ours.test\"]", made.path("domains").toString());
        assertTrue(run(data, "exit", "set", "sg", "--domain", "*").fine().out()
                .contains("Its webhooks go to"));
        assertTrue(run(data, "exit", "list").fine().out().contains("sendgrid"));
        Said route = run(data, "route", "set", "all", "--share", "sg=10", "--share", "own=90",
                "--failover", "own", "--stream", "bulk").fine();
        assertTrue(route.out().contains("stream=bulk") && route.out().contains("sg=10%"),
                route.out());
        assertEquals("{\"sg\":60,\"own\":40}", run(data, "route", "set", "all", "--share",
                "sg=60", "--share", "own=40", "--json").json().path("shares").toString());
        assertEquals(1, run(data, "route", "set", "all", "--share", "sg=60").status());
        Said kept = run(data, "exit", "remove", "sg");
        assertEquals(1, kept.status());
        assertTrue(kept.err().contains("named by routes: all"), kept.err());
        run(data, "route", "remove", "all").fine();
        run(data, "exit", "remove", "sg").fine();
        assertEquals("[]", run(data, "route", "list", "--json").json().path("data").toString());
    }

    private void suppressions(Path data) {
        assertTrue(run(data, "stream", "set", "resets", "--critical", "--json").json()
                .path("critical").asBoolean());
        assertTrue(run(data, "suppression", "add", "bob@there.test", "--stream", "bulk", "--note",
                "by phone").fine().out().contains("stream bulk"));
        Path list = data.resolve("list.csv");
        run(data, "suppression", "export", list.toString()).fine();
        Path nowhere = data.resolve("nowhere/list.csv");
        assertEquals("mailmill: The file " + nowhere + " can't be written.\n",
                run(data, "suppression", "export", nowhere.toString()).err());
        assertTrue(text(list).contains("bob@there.test,stream,bulk,manual,asked,by phone,"),
                text(list));
        run(data, "suppression", "remove", "bob@there.test", "--why", "a mistake").fine();
        assertFalse(run(data, "suppression", "list").fine().out().contains("bob@"));
        write(list, "email,ip,created\neve@there.test,192.0.2.1,1700000000\nnobody\n");
        Said taken = run(data, "suppression", "import", list.toString()).fine();
        assertTrue(taken.out().contains("2 rows of sendgrid-spam-reports: 1 added, 0 were there,"
                + " 0 skipped, 1 wrong."), taken.out());
        assertTrue(taken.out().contains("line 3: "), taken.out());
        Said no = run(data, "suppression", "remove", "eve@there.test", "--why", "sales");
        assertEquals(1, no.status());
        assertTrue(no.err().contains("only the recipient"), no.err());
        assertEquals("complaint", run(data, "suppression", "list", "eve@there.test", "--json")
                .json().at("/data/0/reason").asString());
        write(list, "status,reason,email,created\n");
        assertTrue(run(data, "suppression", "import", list.toString()).err()
                .contains("sendgrid-bounces, sendgrid-blocks"));
        run(data, "suppression", "import", list.toString(), "--format", "sendgrid-blocks").fine();
        assertEquals(2, run(data, "suppression", "erase", "eve@there.test").status());
        assertTrue(run(data, "suppression", "erase", "eve@there.test", "--yes").fine().out()
                .contains("erased from 1 entries; what they stop stays stopped"));
        String kept = run(data, "suppression", "list").fine().out();
        assertTrue(kept.contains("(erased)") && !kept.contains("eve@"), kept);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void administers(Path data) {
        JsonNode printer = run(data, "smtp", "create", "--rewrite-from", "p@ours.test",
                "--network", "10.1.0.0/16", "--network", "10.2.3.4", "--json").json();
        assertEquals("p@ours.test", printer.path("rewrite_from").asString());
        assertEquals("[\"10.1.0.0/16\",\"10.2.3.4/32\"]", printer.path("networks").toString());
        Said wide = run(data, "smtp", "create", "--network", "0.0.0.0/0");
        assertEquals(1, wide.status());
        assertTrue(wide.err().contains("/0 holds strangers"), wide.err());
        assertTrue(run(data, "stream", "create", "resets", "--sensitive").fine().out()
                .contains("sensitive"));
        assertEquals("[false,\"hold\"]", Lab.JSON.createArrayNode()
                .add(run(data, "stream", "set", "resets", "--no-sensitive", "--on-ambiguous",
                        "hold", "--json").json().path("sensitive"))
                .add(run(data, "stream", "list", "--json").json().path("data").valueStream()
                        .filter(s -> s.path("name").asString().equals("resets")).findFirst()
                        .orElseThrow().path("on_ambiguous")).toString());
        exits(data);
        suppressions(data);
        String contained = run(data, "containment").fine().out();
        assertTrue(contained.lines().anyMatch(l -> l.matches("bulk +none +0 +0 +0 +unknown *")),
                contained);
        JsonNode added = run(data, "domain", "add", "ours.test", "--json").json();
        assertEquals("pending", added.path("state").asString());
        for (JsonNode row : added.path("records")) {
            for (String field : List.of("type", "name", "explanation", "purpose")) {
                assertFalse(row.path(field).asString("").isEmpty(), row.toString());
            }
        }
        Said shown = run(data, "domain", "add", "other.test", "--trust", "--ed25519").fine();
        assertTrue(shown.out().startsWith("other.test is trusted\n"), shown.out());
        assertTrue(shown.out().contains("._domainkey.other.test"), shown.out());
        assertTrue(shown.out().contains("  v=DKIM1; k=rsa; p="), shown.out());
        assertTrue(shown.out().lines().anyMatch(l -> l.matches(
                "mm1\\._domainkey\\.other\\.test\\. IN TXT "
                        + "\"v=DKIM1[^\"]{248}\" \"[^\"]{1,255}\"")),
                "a zone file's line, in pieces of at most 255 octets: " + shown.out());
        JsonNode all = run(data, "domain", "list", "--json").json().path("data");
        assertEquals(List.of("other.test", "ours.test"), all.valueStream()
                .map(d -> d.path("name").asString()).sorted().toList());
        assertTrue(run(data, "domain", "list").fine().out().contains("ours.test"));
        assertEquals(1, run(data, "domain", "add", "no domain").status());
        Said unknown = run(data, "domain", "check", "unknown.test");
        assertEquals(1, unknown.status());
        assertTrue(unknown.err().startsWith("mailmill: "), unknown.err());

        people(data);
        credentials(data, "key", "mm_");
        credentials(data, "smtp", "mms_");
    }

    private void people(Path data) {
        JsonNode added = run(data, "user", "add", "bob@ours.test", "--role", "viewer", "--name",
                "Bob", "--json").json();
        assertEquals("viewer", added.path("role").asString());
        String link = added.path("link").asString();
        assertTrue(link.matches("http://127\\.0\\.0\\.1:\\d+/welcome\\?token=[a-z2-7]{52}"), link);
        Said again = run(data, "user", "passwd", "BOB@ours.test").fine();
        assertTrue(again.out().contains("/welcome?token="), again.out());
        assertFalse(again.out().contains(link), "each link is new");
        String row = row(run(data, "user", "list").fine().out(), "bob@ours.test");
        assertTrue(row.contains("Bob") && row.contains("viewer")
                && row.matches(".* invited +off"), row);
        assertFalse(run(data, "user", "list", "--json").out().contains("token="));
        assertEquals(1, run(data, "user", "add", "bob@ours.test").status());
        assertEquals(1, run(data, "user", "add", "eve@ours.test", "--role", "king").status());
        assertEquals(1, run(data, "user", "passwd", "nobody@ours.test").status());
    }

    private void credentials(Path data, String word, String prefix) {
        JsonNode made = run(data, word, "create", "--name", "shop", "--json").json();
        String id = made.path("id").asString();
        String secret = made.path("secret").asString();
        assertTrue(secret.length() > 40 && secret.startsWith(prefix), made.toString());
        assertEquals(word.equals("smtp") ? id : "", made.path("username").asString(""));

        Said said = run(data, word, "create", "--name", "second", "--stream", "bulk").fine();
        assertTrue(said.out().contains("id        "), said.out());
        assertTrue(said.out().contains("secret    "), said.out());
        assertEquals(word.equals("smtp"), said.out().contains("username  "), said.out());
        assertEquals(1, run(data, word, "create", "--stream", "none").status());
        JsonNode kept = run(data, word, "create", "--test", "--domain", "Shop.test",
                "--per-second", "5", "--per-day", "100", "--json").json();
        assertTrue(kept.path("secret").asString().startsWith(prefix + "test_"), kept.toString());
        assertTrue(kept.path("test").asBoolean());
        assertEquals("shop.test", kept.path("domain").asString());
        assertEquals(5, kept.path("per_second").asInt());
        assertEquals(100, kept.path("per_day").asInt());
        assertTrue(row(run(data, word, "list").fine().out(), kept.path("id").asString())
                .contains("test"));
        assertEquals(1, run(data, word, "create", "--per-day", "0").status());

        String row = row(run(data, word, "list").fine().out(), id);
        assertTrue(row.contains("shop"), row);
        assertTrue(row.contains("…" + secret.substring(secret.length() - 4)), row);
        assertTrue(row.matches(".*\\d{4}-\\d\\d-\\d\\dT.*"), row);
        assertFalse(run(data, word, "list", "--json").out().contains(secret));

        assertTrue(run(data, word, "revoke", id).fine().out().contains("revoked"));
        assertTrue(row(run(data, word, "list").fine().out(), id).contains("revoked"),
                "a revoked one can be told from one that opens");
        assertEquals(1, run(data, word, "revoke", "x_unknown").status());
    }

    private static String row(String table, String id) {
        return table.lines().filter(l -> l.startsWith(id)).findFirst().orElseThrow();
    }

    @Test
    void sendFollowsALetterToItsEnd() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            lab.theirs("there.test");
            lab.sink().answers(c -> c.startsWith("RCPT TO:<nobody") ? "550 5.1.1 Nobody here"
                    : null);

            Said good = run(lab.data(), "send", "--to", "bob@there.test", "--subject", "Hi",
                    "--text", "Hi.").fine();
            Said bad = run(lab.data(), "send", "--to", "bob@there.test,nobody@there.test");
            JsonNode json = run(lab.data(), "send", "--to", "bob@there.test", "--json").json();
            Said later = run(lab.data(), "send", "--to", "bob@there.test", "--at",
                    lab.clock().instant().plusSeconds(7_200).toString()).fine();
            Said never = run(lab.data(), "send", "--to", "bob@there.test", "--at", "soon");
            Said foreign = run(lab.data(), "send", "--from", "ann@foreign.test", "--to",
                    "bob@there.test");

            assertTrue(good.out().startsWith("msg_"), good.out());
            assertTrue(good.out().contains("email.accepted"), good.out());
            assertTrue(good.out().contains("email.delivered   bob@there.test  250 2.0.0 kept"),
                    good.out());
            assertEquals(1, bad.status());
            assertTrue(bad.out().contains("email.bounced     nobody@there.test  550 5.1.1 Nobody"),
                    bad.out());
            assertEquals("delivered",
                    json.path("recipients").get(0).path("state").asString());
            assertTrue(later.out().contains("email.scheduled   bob@there.test    (sent "),
                    later.out());
            assertEquals(1, never.status());
            assertTrue(never.err().contains("mailmill: send_at must be a time"), never.err());
            assertEquals(1, foreign.status());
            assertTrue(foreign.err().contains("./mailmill domain add foreign.test"),
                    foreign.err());
        }
    }

    @Test
    void captureIsSaidPlainly() {
        try (Lab lab = Lab.prepared(Map.of(Setting.DELIVERY, "capture")).start()) {
            Said said = run(lab.data(), "send", "--to", "bob@there.test").fine();

            assertTrue(said.out().contains("NOT SENT"), said.out());
        }
    }

    @Test
    void theFirstLinesOfUpAreTakenByTheServerThatSaysThem() {
        try (Lab lab = Lab.prepared(Map.of(Setting.DELIVERY, "direct")).start()) {
            String said = welcome(lab);
            assertTrue(said.indexOf("./mailmill domain add YOUR-DOMAIN")
                    < said.indexOf("me@YOUR-DOMAIN"), said);
            assertFalse(said.contains("me@example.com"), said);
        }
        try (Lab lab = Lab.prepared(Map.of(Setting.DELIVERY, "capture")).start()) {
            String said = welcome(lab);
            assertFalse(said.contains("YOUR-DOMAIN"), said);
            assertTrue(said.contains("\"from\":\"me@example.com\""), said);
            assertEquals(202, lab.api().post("/v1/messages", "{\"from\":\"me@example.com\","
                    + "\"to\":[\"ann@example.org\"],\"subject\":\"Hello\",\"text\":\"It works.\"}")
                    .status());
        }
    }

    private static String welcome(Lab lab) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        Welcome.say(new Console(print, print), lab.settings(), lab.mill());
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void checkTellsRowByRowWhatDnsHas() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            JsonNode added = run(lab.data(), "domain", "add", "new.test", "--json").json();
            Said none = run(lab.data(), "domain", "check", "other.test");
            Said before = run(lab.data(), "domain", "check", "new.test").fine();
            added.path("records").forEach(r -> {
                String name = r.path("name").asString();
                String value = r.path("value").asString();
                switch (value.isEmpty() ? "" : r.path("type").asString()) {
                    case "MX" -> lab.dns().mx(name, value);
                    case "TXT" -> lab.dns().txt(name, value);
                    default -> { }
                }
            });
            Said after = run(lab.data(), "domain", "check", "new.test").fine();
            JsonNode json = run(lab.data(), "domain", "check", "new.test", "--json").json();

            assertEquals(1, none.status());
            assertTrue(none.err().contains("./mailmill domain add other.test"), none.err());
            assertFalse(none.err().contains("/v1/"), none.err());
            assertTrue(before.out().startsWith("new.test is pending"), before.out());
            assertTrue(before.out().contains("-> "), "what is wrong with each: " + before.out());
            assertTrue(after.out().startsWith("new.test is proven"), after.out());
            assertEquals("proven", json.path("state").asString());
        }
    }

    @Test
    void aServerElsewhereIsReachedWithAKey() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            String key = Lab.expect(201, lab.api().post("/v1/keys", "{\"scopes\":[\"admin\"]}"))
                    .path("secret").asString();
            Path here = folder.resolve("elsewhere");
            String url = lab.mill().http().toString();

            Said said = run(here, "domain", "list", "--server", url, "--key", key).fine();
            Said wrong = run(here, "domain", "list", "--server", url, "--key", "mm_wrong");
            Said nobody = run(here, "domain", "list", "--server", "http://127.0.0.1:1", "--key",
                    key);

            assertTrue(said.out().contains("ours.test"), said.out());
            assertEquals(1, wrong.status());
            assertEquals(1, nobody.status());
            assertTrue(nobody.err().contains("Nothing answers"), nobody.err());
            assertFalse(Files.exists(here), "this machine's store is none of its business");
        }
    }

    @Test
    void whatAKilledServerLeftBehindIsNotBelieved() throws Exception {
        Path data = Files.createDirectories(folder.resolve("killed"));
        Files.writeString(data.resolve("server.url"), "http://127.0.0.1:1/");
        Files.writeString(data.resolve("operator.token"), "mm_op_of_the_dead");

        assertTrue(run(data, "key", "list").fine().out().startsWith("ID"));
    }

    @Test
    void aListIsShownToItsEnd() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            int keys = 120;
            for (int i = 0; i < keys; i++) {
                Lab.expect(201, lab.api().post("/v1/keys", "{\"name\":\"k" + i + "\"}"));
            }

            String all = run(lab.data(), "key", "list").fine().out();

            for (int i = 0; i < keys; i++) {
                assertTrue(all.contains("  k" + i + "  "), "k" + i + " of " + all);
            }
        }
    }

    @Test
    void theQueueNamesWhatIsPausedAndWhatWaitsInTheStore() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            Path data = lab.data();
            lab.theirs("there.test");
            lab.sink().answers(line -> line.startsWith("RCPT") ? "450 4.2.1 not now" : null);
            lab.awaitState(lab.post("{\"from\":\"ann@" + Lab.OURS + "\",\"to\":"
                    + "[\"bob@there.test\"],\"subject\":\"s\",\"text\":\"x\"}"), "deferred");
            run(data, "queue", "pause", "--site", "google", "--stream", "transactional",
                    "--reason", "a look").fine();
            run(data, "queue", "pause", "--all", "--reason", "all", "--for", "2h").fine();

            String said = run(data, "queue", "list").fine().out();

            assertTrue(said.contains("of stream transactional, site google by operator: a look, "
                    + "until it is resumed"), said);
            assertTrue(said.contains("of all by operator: all, until "), said);
            assertTrue(said.matches("(?s).*there\\.test +transactional +transactional +1 .*"),
                    said);
            assertEquals("mailmill: for must be a time like 30s, 20min, 4h or 2d, at most 30d.\n",
                    run(data, "queue", "pause", "--all", "--reason", "x", "--for", "soon").err());
            assertEquals("mailmill: The body must name a stream, tenant, domain, site or provider,"
                    + " or say all.\n", run(data, "queue", "flush").err());
            assertEquals("mailmill: stream is no stream of this account; ./mailmill stream list"
                    + " shows them.\n", run(data, "queue", "flush", "--stream", "nope").err());
        }
    }

    @Test
    void configShowsWhatDiffersAndNoSecret() {
        Map<String, String> environment = new HashMap<>();
        environment.put("MAILMILL_DATA", folder.toString());
        environment.put("MAILMILL_DELIVERY", "smtps://us:hunter2@relay.test");
        environment.put("MAILMILL_ADMIN_KEY", "mm_0123456789abcdef0123");

        Said said = run(environment, "config").fine();
        JsonNode json = run(environment, "config", "--json").json();

        assertTrue(said.out().contains("smtps://us:***@relay.test"), said.out());
        assertFalse((said.out() + json).contains("hunter2"), said.out());
        assertFalse((said.out() + json).contains("0123456789abcdef"), said.out());
        assertEquals("smtps://us:***@relay.test", json.path("delivery").asString());
        assertEquals(3, json.size());
        assertTrue(run(Map.of(), "config").fine().out().contains("defaults"));
    }

    @Test
    void aWrongCallOrSettingIsStatusTwo() {
        Said setting = run(Map.of("MAILMILL_DELIVRY", "direct"), "config");
        Said command = run(Map.of(), "domian", "list");
        Said missing = run(Map.of(), "send");
        Said nothing = run(Map.of());
        Said help = run(Map.of(), "--help").fine();

        assertEquals(2, setting.status());
        assertTrue(setting.err().contains("Did you mean `MAILMILL_DELIVERY`?"), setting.err());
        assertEquals("", setting.out());
        assertEquals(2, command.status());
        assertEquals(2, missing.status());
        assertEquals(2, nothing.status());
        assertTrue(command.err().contains("knows no domian list.\nDid you mean"), command.err());
        assertEquals("mailmill: Missing required option: '--to=ADDRESS'\n"
                + "Help: ./mailmill send --help\n", missing.err());
        assertEquals("mailmill: \"mailmill send\" knows no --too.\nDid you mean --to?\n"
                + "Help: ./mailmill send --help\n", run(Map.of(), "send", "--too", "x").err());
        assertEquals("mailmill: \"mailmill\" knows no foo.\nHelp: ./mailmill --help\n",
                run(Map.of(), "foo").err(), "nothing is near");
        assertTrue(run(Map.of(), "key").err().startsWith("mailmill: \"mailmill key\" needs one "
                + "more word: contain, create, list, release or revoke.\n\nUsage: "));
        Said nowhere = run(Map.of(), "key", "list", "--server", "foo", "--key", "mm_k");
        assertEquals("mailmill: --server must be a URL as in http://127.0.0.1:8025, not \"foo\".\n",
                nowhere.err());
        assertEquals(2, run(Map.of(), "key", "list", "--server", "http://a.test").status());
        assertEquals(help.out(), run(Map.of(), "help").fine().out());
        assertTrue(help.out().contains("./mailmill up"), help.out());
    }
}
