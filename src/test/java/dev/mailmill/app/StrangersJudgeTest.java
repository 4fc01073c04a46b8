package dev.mailmill.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mailmill.dns.UdpDns;
import dev.mailmill.mime.OpenDkim;
import dev.mailmill.smtp.SinkServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;
import tools.jackson.databind.JsonNode;

/**
 * Each door's mail as it leaves, before judges that other people made: nothing is held against it
 * that is not explained here. Their DNS has the rows that we print for the domain.
 */
class StrangersJudgeTest {
    /** For documentation (RFC 5737), as is all of the lab's Internet. */
    private static final String ADDRESS = "198.51.100.25";
    private static final String HOST = "mill.test";
    private static final String RECEIVER = "mx.there.test";
    private static final String FROM = "Ann Archer <ann@" + Lab.OURS + ">";

    /** What rspamd says against it, and why that is no fault of ours. */
    private static final Map<String, String> RSPAMD = Map.of(
            "FORGED_SENDER", "the return path is below From's domain, with a name for each copy",
            "RCVD_NO_TLS_LAST", "the lab's program hands its mail over without TLS",
            "MIME_BASE64_TEXT", "a file of text is sent octet by octet, so that it stays one",
            "MANY_INVISIBLE_PARTS", "a starter's preheader is for lists of mail, not for the mail",
            "URI_COUNT_ODD", "where a button fails, its address stands below it once more");
    /** What SpamAssassin says against it, and why that is no fault of ours. */
    private static final Map<String, String> SPAMASSASSIN = Map.of(
            "RCVD_ILLEGAL_IP", "the lab's addresses are those of RFC 5737",
            "SPF_HELO_NONE", "a row of the host name, which counts only for mail without a sender",
            "HTML_MESSAGE", "it has HTML, as was asked for",
            "DKIM_SIGNED", "each signature counts against, until it is found to be good",
            "STY_INVIS_DIRECT", "a preheader is hidden, and the lab hands over with no server"
                    + " between",
            "WEIRD_PORT", "a stack trace's File.java:118 is read as a host and its port");

    private static final Map<String, SinkServer.Received> mail = new LinkedHashMap<>();
    private static Map<String, List<String>> rows;
    private static Lab lab;
    @TempDir
    Path folder;

    @BeforeAll
    static void send() {
        lab = Lab.direct(Lab.Engine.SQLITE);
        // judges look at the date
        lab.clock().advance(Duration.between(lab.clock().instant(), Instant.now()));
        lab.theirs("there.test");
        lab.smtp().send("ann@" + Lab.OURS, "smtp@there.test", "From: " + FROM + "\r\n"
                + "To: Bob <smtp@there.test>\r\nSubject: Your order 17\r\n\r\nDear Bob,\r\n\r\n"
                + "your order 17 has left our house today.\r\n\r\nAnn\r\n");
        letter("api", "transactional", "Your order 17", "your order 17 has left our house today.",
                true, "");
        letter("file", "transactional", "Your order 17", "here is the receipt of order 17.", false,
                ",\"attachments\":[{\"filename\":\"receipt.csv\",\"type\":\"text/csv\","
                        + "\"content\":\"b3JkZXIscHJpY2UKMTcsMjAuMDAK\"}]");
        letter("bulk", "bulk", "News of this autumn",
                "our shop opens at nine on Saturdays from now on.", true, "");
        StartersTest.ALL.forEach(StrangersJudgeTest::starter);
        for (SinkServer.Received copy : lab.sink().await(4 + StartersTest.ALL.size())) {
            mail.put(path(copy.rcpts().getFirst()).split("@")[0], copy);
        }
        java.util.Set<String> sent = new java.util.HashSet<>(StartersTest.ALL);
        sent.addAll(List.of("smtp", "api", "file", "bulk"));
        assertEquals(sent, mail.keySet());
        assertTrue(mail.get("bulk").text().contains("\r\nList-Unsubscribe: <mailto:u"));
        rows = new TreeMap<>(Map.of("A " + HOST + ".", List.of(ADDRESS),
                "AAAA " + HOST + ".", List.of("2001:db8::25"),
                "PTR 25.100.51.198.in-addr.arpa.", List.of(HOST + "."),
                "MX bounces." + Lab.OURS + ".", List.of("10 " + HOST + "."),
                "MX " + Lab.OURS + ".", List.of("10 " + HOST + ".")));
        lab.rows().forEach((name, text) -> rows.put("TXT " + name + ".", List.of(quoted(text))));
    }

    /** As it comes with the program, with its sample. */
    private static void starter(String alias) {
        JsonNode made = Lab.expect(201, lab.api().post("/v1/templates",
                "{\"starter\":\"" + alias + "\"}"));
        Lab.expect(200, lab.api().post("/v1/templates/" + alias + "/publish", "{}"));
        lab.post("{\"stream\":\"" + (made.path("bulk").asBoolean() ? "bulk" : "transactional")
                + "\",\"from\":\"" + FROM + "\",\"to\":[\"Bob <" + alias + "@there.test>\"],"
                + "\"template\":\"" + alias + "\",\"data\":" + made.path("sample") + "}");
    }

    private static void letter(String door, String stream, String subject, String words,
            boolean html, String more) {
        lab.post("{\"stream\":\"" + stream + "\",\"from\":\"" + FROM + "\",\"to\":[\"Bob <" + door
                + "@there.test>\"],\"subject\":\"" + subject + "\",\"text\":\"Dear Bob,\\n\\n"
                + words + "\\n\\nAnn\"" + (html ? ",\"html\":\"<html><body><p>Dear Bob,</p><p>"
                + words + "</p><p>Ann</p></body></html>\"" : "") + more + "}");
    }

    @AfterAll
    static void stop() {
        lab.close();
    }

    @Test
    void rspamdHasNothingAgainstIt() throws Exception {
        assumeTrue(Rspamd.absent().isEmpty(), () -> Rspamd.absent().get());
        List<String> held = new ArrayList<>();
        try (UdpDns dns = dns(); Rspamd judge = Rspamd.start(folder, dns.address())) {
            for (String door : mail.keySet()) {
                Map<String, Double> said = judge.symbols(mail.get(door), ADDRESS, HOST);
                for (String good : List.of("R_DKIM_ALLOW", "R_SPF_ALLOW", "DMARC_POLICY_ALLOW")) {
                    assertTrue(said.containsKey(good), () -> door + " has no " + good + ": " + said
                            + dns.asked() + judge.log());
                }
                held.addAll(unexplained(door, said, RSPAMD));
            }
        }
        assertEquals(List.of(), held);
    }

    @Test
    void spamAssassinHasNothingAgainstIt() throws Exception {
        needs("/usr/bin/spamassassin", "spamassassin");
        ByteArrayOutputStream box = new ByteArrayOutputStream();
        for (SinkServer.Received copy : mail.values()) {
            box.writeBytes("From x Thu Jan  1 00:00:00 1970\n".getBytes(UTF_8));
            box.writeBytes(new String(arrived(copy), ISO_8859_1).replace("\r\n", "\n")
                    .getBytes(ISO_8859_1));
            box.write('\n');
        }
        Path file = Files.write(folder.resolve("box"), box.toByteArray());
        Path person = Files.createFile(folder.resolve("prefs"));
        String said;
        try (UdpDns dns = dns()) {
            said = run(Map.of(), List.of("/usr/bin/spamassassin", "-p", person.toString(),
                    "--cf=dns_server 127.0.0.1:" + dns.address().getPort(),
                    "--cf=use_bayes 0", "--cf=skip_rbl_checks 1",
                    "--cf=add_header all Hits begin,_TESTSSCORES(,)_,end", "--mbox",
                    file.toString()));
        }
        Matcher hits = Pattern.compile("(?m)^X-Spam-Hits: ((?s:.*?)),\\s*end").matcher(said);
        List<String> held = new ArrayList<>();
        for (String door : mail.keySet()) {
            assertTrue(hits.find(), said);
            Map<String, Double> one = new TreeMap<>();
            Matcher hit = Pattern.compile("(\\w+)=(-?[0-9.]+)").matcher(hits.group(1));
            while (hit.find()) {
                one.put(hit.group(1), Double.parseDouble(hit.group(2)));
            }
            for (String good : List.of("DKIM_VALID_AU", "SPF_PASS")) {
                assertTrue(one.containsKey(good), door + " has no " + good + ": " + one);
            }
            held.addAll(unexplained(door, one, SPAMASSASSIN));
        }
        assertEquals(List.of(), held);
    }

    /** By the signature alone and by the return path alone, as each can break on its way. */
    @Test
    void openDkimAndOpenDmarcFindItToBeOurs() throws Exception {
        needs("/usr/sbin/opendmarc", "opendmarc");
        OpenDkim signatures = new OpenDkim(folder, lab.rows());
        assertEquals(List.of(), signatures.refused(
                mail.values().stream().map(SinkServer.Received::message).toList()));
        Path dns = Files.writeString(folder.resolve("dmarc-dns"),
                "_dmarc." + Lab.OURS + " v=DMARC1; p=reject; adkim=s; aspf=r\n");
        Path config = Files.writeString(folder.resolve("opendmarc.conf"), "TestDNSData " + dns
                + "\nAuthservID " + RECEIVER + "\nTrustedAuthservIDs " + RECEIVER
                + "\nRequiredHeaders true\n");
        for (String door : mail.keySet()) {
            SinkServer.Received copy = mail.get(door);
            String domain = path(copy.mail()).replaceFirst(".*@", "");
            assertEquals("pass", dmarc(config, copy, "dkim=pass header.d=" + Lab.OURS), door);
            assertEquals("pass", dmarc(config, copy, "spf=pass smtp.mailfrom=" + domain), door);
            assertEquals("fail", dmarc(config, copy, "dkim=pass header.d=else.test"),
                    door + ": it looks");
        }
    }

    private String dmarc(Path config, SinkServer.Received copy, String proven) throws Exception {
        Path file = folder.resolve("arrived");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(("Authentication-Results: " + RECEIVER + "; " + proven + "\r\n")
                .getBytes(UTF_8));
        out.writeBytes(copy.message());
        Files.write(file, out.toByteArray());
        String said = run(Map.of("OPENDMARC_TEST_ENVFROM", path(copy.mail())),
                List.of("/usr/sbin/opendmarc", "-v", "-v", "-v", "-c",
                config.toString(), "-t", file.toString()));
        Matcher m = Pattern.compile("dmarc=(\\w+) .*header.from=" + Lab.OURS).matcher(said);
        assertTrue(m.find(), said);
        return m.group(1);
    }

    private static List<String> unexplained(String door, Map<String, Double> said,
            Map<String, String> explained) {
        return said.entrySet().stream()
                .filter(s -> s.getValue() > 0 && !explained.containsKey(s.getKey()))
                .map(s -> door + ": " + s).toList();
    }

    /** As the receiver's server hands it to a filter. */
    private static byte[] arrived(SinkServer.Received copy) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(("Return-Path: <" + path(copy.mail()) + ">\r\nReceived: from " + HOST + " ("
                + HOST + " [" + ADDRESS + "])\r\n\tby " + RECEIVER + " with ESMTPS id 7BCD2A1;\r\n"
                + "\t" + java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME.format(
                        lab.clock().instant().atOffset(java.time.ZoneOffset.UTC)) + "\r\n")
                .getBytes(UTF_8));
        out.writeBytes(copy.message());
        return out.toByteArray();
    }

    static String path(String command) {
        return command.replaceFirst(".*?<([^>]*)>.*", "$1");
    }

    private static UdpDns dns() throws IOException {
        return new UdpDns(query -> {
            Record q = query.getQuestion();
            String name = q.getName().toString().toLowerCase(java.util.Locale.ROOT);
            String type = Type.string(q.getType());
            List<String> found = rows.getOrDefault(type + " " + name, List.of());
            boolean exists = rows.keySet().stream().map(k -> k.split(" ")[1])
                    .anyMatch(n -> n.equals(name) || n.endsWith("." + name));
            return UdpDns.answer(query, exists ? Rcode.NOERROR : Rcode.NXDOMAIN, found.stream()
                    .map(r -> name + " 300 " + type + " " + r).toArray(String[]::new));
        });
    }

    /** In strings of 255 octets at most (RFC 1035 §3.3.14). */
    private static String quoted(String text) {
        return "\"" + text.replaceAll("(.{255})(?=.)", "$1\" \"") + "\"";
    }

    private static void needs(String program, String debianPackage) {
        assumeTrue(Files.isExecutable(Path.of(program)),
                () -> program + " is not installed (Debian: apt-get install " + debianPackage
                        + ")");
    }

    private String run(Map<String, String> environment, List<String> command)
            throws Exception {
        Path out = folder.resolve("said");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(out.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("took too long: " + command);
        }
        return Files.readString(out, ISO_8859_1);
    }
}
