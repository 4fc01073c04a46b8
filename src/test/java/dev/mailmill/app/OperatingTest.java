package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.dns.FakeDns;
import dev.mailmill.dns.ScriptedDns;
import dev.mailmill.mime.BodyHash;
import dev.mailmill.mime.DkimLab;
import dev.mailmill.mime.DkimSigner;
import dev.mailmill.mime.Head;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What an operator types: backup, restore, why, doctor, inspect. */
class OperatingTest {
    @TempDir
    Path folder;

    private record Said(int status, String out, String err) {
        JsonNode json() {
            return Lab.JSON.readTree(out);
        }
    }

    private static Said run(Map<String, String> more, Path data, String... words) {
        Map<String, String> environment = new HashMap<>(Map.of("MAILMILL_DATA", data.toString(),
                "MAILMILL_HOSTNAME", "mill.test", "MAILMILL_HTTP", "127.0.0.1:0"));
        environment.putAll(more);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = Main.run(new Console(new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8)), environment, words);
        return new Said(status, out.toString(StandardCharsets.UTF_8),
                err.toString(StandardCharsets.UTF_8));
    }

    private static Said run(Path data, String... words) {
        return run(Map.of(), data, words);
    }

    private String inTheFolder(String name) {
        return folder.resolve(name).toString();
    }

    /** A running server tells why; its backup is refused where it is damaged or has no place. */
    @Test
    void whyAndBackupOfARunningServer() throws IOException {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            lab.theirs("there.test");
            lab.theirs("full.test");
            lab.theirs("shut.test");
            lab.sink().answers(c -> c.startsWith("RCPT TO:<bob@full")
                    ? "452 4.2.2 mailbox full \u001b[2J" : c.startsWith("RCPT TO:<bob@shut")
                    ? "421 4.3.2 not now" : null);
            String done = lab.write("bob@there.test");
            lab.awaitState(done, "delivered");
            String full = lab.write("bob@full.test");
            lab.awaitEvent(full, "deferred", 1);
            String shut = lab.write("bob@shut.test");
            lab.awaitEvent(shut, "deferred", 1);

            JsonNode why = Lab.expect(200, lab.api().get("/v1/messages/" + full + "/why"))
                    .at("/recipients/0");
            assertEquals("next_try", why.path("constraint").asString(), why.toString());
            assertEquals(lab.events(full).getLast().at("/data/until").asString(),
                    why.path("until").asString().replace("Z", ".000Z").replaceAll(
                            "(\\.\\d{3})\\.000Z", "$1Z"));
            assertEquals("lane", Lab.expect(200, lab.api().get("/v1/messages/" + shut + "/why"))
                    .at("/recipients/0/constraint").asString());
            Said said = run(lab.data(), "why", full);
            assertEquals(0, said.status(), said.err());
            assertTrue(said.out().contains("because  The mailbox is full."), said.out());
            assertFalse(said.out().contains("\u001b"), said.out());
            assertTrue(run(lab.data(), "why", done).out().contains("has taken it"));
            assertEquals(1, run(lab.data(), "why", "msg_0000000000000").status());

            Said made = run(lab.data(), "backup", inTheFolder("copy"), "--json");
            assertEquals(0, made.status(), made.err());
            assertEquals(3, made.json().at("/counts/messages").asInt());
            assertEquals(2, made.json().at("/counts/open").asInt());
            Said again = run(lab.data(), "backup", inTheFolder("copy"));
            assertEquals(1, again.status());
            assertTrue(again.err().contains("copy is a backup itself"), again.err());
            Files.createDirectory(folder.resolve("many"));
            assertTrue(run(lab.data(), "backup", inTheFolder("many")).out()
                    .contains("many/mailmill-"), "a folder gets one inside");
            Said without = run(lab.data(), "backup", inTheFolder("bare"), "--without-master-key");
            assertTrue(without.out().contains("left out"), without.out());
            assertFalse(Files.exists(folder.resolve("bare/master.key")));
            try (Stream<Path> left = Files.list(folder)) {
                assertEquals(List.of("bare", "copy", "many"), left.map(p -> p.getFileName()
                        .toString()).sorted().toList(), "no drafts");
            }
        }
    }

    @Test
    void aRestoreChecksAndOverwritesNothing() throws IOException {
        Path data = folder.resolve("data");
        assertEquals(0, run(data, "domain", "add", "ours.test", "--trust").status());
        assertEquals(0, run(data, "backup", inTheFolder("copy")).status());

        Said taken = run(data, "restore", inTheFolder("copy"));
        assertEquals(1, taken.status());
        assertTrue(taken.err().contains("is not empty") && taken.err().contains("MAILMILL_DATA"),
                taken.err());
        Said none = run(folder.resolve("new"), "restore", inTheFolder("data"));
        assertTrue(none.err().contains("is no backup"), none.err());
        Said other = run(Map.of("MAILMILL_DATABASE", "postgresql://x@localhost/x"),
                folder.resolve("new"), "restore", inTheFolder("copy"));
        assertTrue(other.err().contains("is of sqlite"), other.err());
        assertEquals(2, run(data, "restore").status(), "one of the two");

        Said back = run(folder.resolve("new"), "restore", inTheFolder("copy"));
        assertEquals(0, back.status(), back.err());
        assertTrue(back.out().contains("None of them was open."), back.out());
        assertTrue(run(folder.resolve("new"), "domain", "list").out().contains("ours.test"));
        assertTrue(run(folder.resolve("new"), "restore", "--release").out()
                .contains("Nothing is held"));
        assertTrue(run(data, "restore", "--release").out().contains("never came from a backup"));

        Files.writeString(folder.resolve("copy/mail.db"), "x", StandardOpenOption.APPEND);
        Said damaged = run(folder.resolve("third"), "restore", inTheFolder("copy"));
        assertEquals(1, damaged.status());
        assertTrue(damaged.err().contains("mail.db has changed"), damaged.err());
    }

    @Test
    void aRestoreThatWasCutOffIsSaidAgain() throws IOException {
        Path data = folder.resolve("data");
        assertEquals(0, run(data, "domain", "add", "ours.test", "--trust").status());
        assertEquals(0, run(data, "backup", inTheFolder("copy")).status());
        Path half = Files.createDirectory(folder.resolve("half"));
        Files.writeString(half.resolve("restoring"), "copy\n");
        Files.writeString(half.resolve("views.db"), "half of it");

        Said start = run(half, "domain", "list");
        assertEquals(2, start.status());
        assertTrue(start.err().contains("was cut off"), start.err());
        assertEquals(0, run(half, "restore", inTheFolder("copy")).status());
        assertTrue(run(half, "domain", "list").out().contains("ours.test"));
    }

    @Test
    void doctorFindsWhatFailsAndSaysTheCure() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Map<String, String> settings = Map.of("MAILMILL_SUBMISSION",
                    "127.0.0.1:" + taken.getLocalPort(), "MAILMILL_SUBMISSIONS", "127.0.0.1:0",
                    "MAILMILL_RECEIVE", "127.0.0.1:0",
                    "MAILMILL_DNS", "127.0.0.1:1", "MAILMILL_HOSTNAME", "mill");
            Said said = run(settings, folder.resolve("data"), "doctor", "--json");
            assertEquals(1, said.status(), said.err());
            assertFalse(said.json().path("healthy").asBoolean());
            Map<String, JsonNode> found = new HashMap<>();
            said.json().path("findings").forEach(f -> found.put(f.path("what").asString(), f));
            assertEquals("fail", found.get("submission").path("grade").asString());
            assertTrue(found.get("submission").path("cure").asString()
                    .contains("MAILMILL_SUBMISSION"));
            assertEquals("ok", found.get("submissions").path("grade").asString());
            assertEquals("ok", found.get("fsync").path("grade").asString().replace("warn", "ok"));
            assertEquals("warn", found.get("dns").path("grade").asString(), "calm, not a failure");
            assertEquals("warn", found.get("dnssec").path("grade").asString());
            assertEquals("warn", found.get("host name").path("grade").asString());
            assertEquals("ok", found.get("way out").path("grade").asString(), "it captures");
            assertTrue(run(settings, folder.resolve("data"), "doctor").out()
                    .contains("fail  submission"));
            try (Stream<Path> left = Files.list(folder)) {
                assertEquals(0, left.count(), "it leaves nothing behind");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
            "validate,       true,  ok,   proven from the root's keys,     ''",
            "validate,       false, warn, leaves signatures out,           MAILMILL_DNS ",
            "trust-resolver, true,  ok,   (AD),                            ''",
            "trust-resolver, false, warn, no AD bit,                       =validate",
            "off,            true,  ok,   DANE is not used,                ''"})
    void doctorSaysWhetherProofsComeThrough(String mode, boolean proven, String grade,
            String found, String cure) {
        FakeDns dns = new FakeDns().mx(Doctor.SIGNED, "10 mail.ietf.org");
        if (proven) {
            dns.proven(Doctor.SIGNED);
        }
        Settings settings = Settings.of(Map.of(Setting.DNSSEC, mode));
        Doctor.Finding finding = new Doctor(settings, dns).proof("dnssec");
        assertEquals(grade, finding.grade().word());
        assertTrue(finding.found().contains(found), finding.found());
        assertTrue(finding.cure().contains(cure), finding.cure());
        assertEquals(grade.equals("ok"), finding.cure().isEmpty(), "a cure where one is needed");
    }

    @Test
    void inspectTellsABounce() throws IOException {
        Path file = folder.resolve("bounce.eml");
        Files.writeString(file, """
                From: MAILER-DAEMON@there.test
                Content-Type: multipart/report; report-type=delivery-status; boundary=b

                --b
                Content-Type: message/delivery-status

                Final-Recipient: rfc822; bob@there.test
                Action: failed
                Status: 5.0.0
                Diagnostic-Code: smtp; 550 user unknown\u009b2J
                --b--
                """.replace("\n", "\r\n"));
        Said said = run(folder, "inspect", file.toString());
        assertEquals(0, said.status(), said.err());
        assertTrue(said.out().contains("There is no such mailbox"), said.out());
        assertFalse(said.out().contains("\u009b"), said.out());
        JsonNode json = run(folder, "inspect", file.toString(), "--json").json();
        assertEquals("dsn", json.path("kind").asString());
        assertEquals("mailbox_unknown", json.at("/recipients/0/class").asString());
        assertEquals("hard", json.at("/recipients/0/bounce").asString());
        assertEquals(1, run(folder, "inspect", inTheFolder("none.eml")).status());
    }

    /** A signature of ours holds and a changed one does not; the sender's records are looked at. */
    @Test
    void inspectVerifiesByDns() throws Exception {
        String header = "From: ada@here.test\r\nSubject: Hello\r\n";
        byte[] body = "Good day.\r\n".getBytes(StandardCharsets.UTF_8);
        String signature = new String(DkimSigner.sign(
                Head.read(header.getBytes(StandardCharsets.UTF_8)),
                new BodyHash().update(body, 0, body.length).finish(),
                List.of(DkimLab.ed("here.test")), java.time.Instant.ofEpochSecond(1_800_000_000)),
                StandardCharsets.UTF_8);
        Path file = folder.resolve("signed.eml");
        // as an editor keeps it
        Files.writeString(file, (signature + header).replace("\r\n", "\n") + "\nGood day.\n");
        try (ScriptedDns dns = new ScriptedDns().with(
                "e1._domainkey.here.test. TXT \"" + DkimLab.record("e1") + "\"",
                "_dmarc.here.test. TXT \"v=DMARC1; p=reject; pct=50\"",
                "here.test. TXT \"v=spf1 ip4:192.0.2.0/24 -all\"")) {
            Map<String, String> settings = Map.of("MAILMILL_DNS",
                    "127.0.0.1:" + dns.address().getPort());
            String[] words = {"inspect", file.toString(), "--verify", "--from-address",
                    "198.51.100.1", "--helo", "mail.here.test", "--mail-from", "ada@here.test"};
            Said said = run(settings, folder, words);
            assertEquals(0, said.status(), said.err());
            assertTrue(said.out().contains("dkim   pass       d=here.test s=e1 ed25519-sha256"),
                    said.out());
            assertTrue(said.out().contains("spf    fail       here.test"), said.out());
            assertTrue(said.out().contains("DMARC record of here.test: the tag pct"), said.out());
            words = Stream.concat(Stream.of(words), Stream.of("--json")).toArray(String[]::new);
            JsonNode json = run(settings, folder, words).json().path("verified");
            assertEquals("pass", json.at("/dmarc/result").asString());
            assertEquals("-all", json.at("/spf/mechanism").asString());
            Files.writeString(file, Files.readString(file).replace("Good day", "Bad day"));
            JsonNode changed = run(settings, folder, words).json().path("verified");
            assertEquals("fail", changed.at("/dkim/0/result").asString());
            assertEquals("reject", changed.at("/dmarc/disposition").asString());
            assertEquals(1, run(settings, folder, "inspect", file.toString(), "--verify",
                    "--from-address", "somewhere").status());
        }
    }
}
