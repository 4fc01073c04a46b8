package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.mailmill.http.WebClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Attachments that lie on somebody's server. */
class FilesByUrlTest {
    private static final byte[] FILE = "%PDF-1.7 é\n".repeat(500).getBytes(StandardCharsets.UTF_8);

    private final Map<String, Integer> statuses = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private HttpServer files;

    @BeforeEach
    void open() throws IOException {
        files = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        files.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            asked.add(path);
            exchange.getResponseHeaders().set("Content-Type", "application/pdf; x=y");
            exchange.getResponseHeaders().set("Location", "http://127.0.0.1/elsewhere");
            byte[] body = path.startsWith("/large") ? new byte[30_000_000] : FILE;
            exchange.sendResponseHeaders(statuses.getOrDefault(path, 200), body.length);
            try (exchange) {
                exchange.getResponseBody().write(body);
            }
        });
        files.start();
    }

    @AfterEach
    void close() {
        files.stop(0);
    }

    private String url(String path) {
        return "http://127.0.0.1:" + files.getAddress().getPort() + path;
    }

    private static String mail(String to, String... attachments) {
        return "{\"from\":\"ann@" + Lab.OURS + "\",\"to\":[\"" + to + "\"],\"subject\":\"s\","
                + "\"text\":\"x\",\"attachments\":[" + String.join(",", attachments) + "]}";
    }

    private static String at(String url) {
        return "{\"url\":\"" + url + "\"}";
    }

    private static String wrong(WebClient.Reply reply) {
        JsonNode errors = Lab.expect(422, reply).path("errors");
        List<String> all = new ArrayList<>();
        errors.forEach(e -> all.add(e.path("pointer").asString() + " "
                + e.path("detail").asString()));
        return String.join("; ", all);
    }

    private static byte[] attached(String mail) {
        String part = mail.substring(mail.indexOf("Content-Type: application/pdf"));
        String base64 = part.substring(part.indexOf("\r\n\r\n") + 4).split("\r\n--", 2)[0];
        return Base64.getMimeDecoder().decode(base64);
    }

    @ParameterizedTest
    @EnumSource
    void aFileIsFetchedOnceForARequestAndSentAsItIs(Lab.Engine engine) {
        try (Lab lab = Lab.direct(engine)) {
            lab.theirs("there.test");
            String one = at(url("/reports/June%202026.pdf"));
            String named = "{\"url\":\"" + url("/reports/June%202026.pdf")
                    + "\",\"filename\":\"other.pdf\"}";
            Lab.expect(202, lab.api().post("/v1/messages/batch", "{\"messages\":["
                    + mail("a@there.test", one) + "," + mail("b@there.test", named) + "]}"));
            lab.sink().await(2);
            lab.sink().received().forEach(m -> assertArrayEquals(FILE, attached(m.text())));
            String both = lab.sink().received().getFirst().text()
                    + lab.sink().received().getLast().text();
            assertTrue(both.contains("filename=\"June 2026.pdf\""), both);
            assertTrue(both.contains("filename=other.pdf")
                    || both.contains("filename=\"other.pdf\""), both);
            assertEquals(List.of("/reports/June 2026.pdf"), asked);
        }
    }

    @Test
    void whatCantBeFetchedIsToldByItsPlaceAndNothingIsKept() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            statuses.putAll(Map.of("/gone.pdf", 404, "/moved.pdf", 302));
            assertEquals("/attachments/0/url answered 404; /attachments/1/url answered 302, and"
                    + " redirects are not followed: name the file's own address",
                    wrong(lab.api().post("/v1/messages", mail("a@there.test",
                            at(url("/gone.pdf")), at(url("/moved.pdf"))))));
            assertTrue(wrong(lab.api().post("/v1/messages", mail("a@there.test",
                    at(url("/large.pdf"))))).contains("octets"));
            asked.clear();
            for (Map.Entry<String, String> bad : Map.of(
                    at("ftp://there.test/x"), "no http or https address",
                    at("http://a:b@127.0.0.1/x"), "without a login",
                    at("not a url"), "must be a URL",
                    at(url("/")), "filename is required",
                    "{\"url\":\"" + url("/a") + "\",\"content\":\"\"}", "both given",
                    "{\"url\":\"" + url("/a\\r\\nHost: x") + "\"}", "must be a URL")
                    .entrySet()) {
                String told = wrong(lab.api().post("/v1/messages", mail("a@there.test",
                        bad.getKey())));
                assertTrue(told.contains(bad.getValue()), bad.getKey() + ": " + told);
            }
            String[] many = new String[21];
            for (int i = 0; i < many.length; i++) {
                many[i] = at(url("/" + i + ".pdf"));
            }
            assertTrue(wrong(lab.api().post("/v1/messages", mail("a@there.test", many)))
                    .contains("/attachments/20/url is one of more than 20"));
            wrong(lab.api().post("/v1/messages", mail("nobody", at(url("/a.pdf")))));
            assertEquals(List.of(), asked, "nothing is fetched for a request that is wrong");
            assertEquals(0, Lab.expect(200, lab.api().get("/v1/messages")).path("data").size());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRepeatedRequestIsAnsweredAlsoWhenTheFileIsGone(Lab.Engine engine) {
        try (Lab lab = Lab.direct(engine)) {
            lab.theirs("there.test");
            String body = mail("a@there.test", at(url("/once.pdf")));
            String[] key = {"Idempotency-Key", "k1"};
            String first = Lab.expect(202, lab.api().post("/v1/messages", body, key))
                    .path("id").asString();
            statuses.put("/once.pdf", 404);
            WebClient.Reply again = lab.api().post("/v1/messages", body, key);
            assertEquals(first, Lab.expect(202, again).path("id").asString());
            assertEquals("true", again.header("Idempotent-Replayed").orElse(""));
            assertEquals(1, asked.size());
            lab.awaitState(first, "delivered");
            assertEquals(409, lab.api().post("/v1/messages",
                    body.replace("\"s\"", "\"t\""), key).status());
        }
    }

    @Test
    void noUrlLeadsInside() {
        try (Lab lab = Lab.prepared(Map.of(Setting.ALLOW_PRIVATE, "false")).start()) {
            lab.dns().a("inside.test", "127.0.0.1").a("both.test", "8.8.8.8", "10.0.0.1");
            int port = files.getAddress().getPort();
            for (String host : List.of("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0",
                    "10.0.0.1", "169.254.169.254", "[64:ff9b::a9fe:a9fe]", "2130706433",
                    "0x7f.1", "localhost", "inside.test", "both.test")) {
                for (String scheme : List.of("https", "http")) {
                    String told = wrong(lab.api().post("/v1/messages", mail("a@there.test",
                            at(scheme + "://" + host + ":" + port + "/a.pdf"))));
                    assertTrue(told.startsWith("/attachments/0/url "), host + ": " + told);
                }
            }
            assertEquals(List.of(), asked);
        }
    }
}
