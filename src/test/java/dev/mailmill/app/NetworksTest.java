package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Clients that are known by where they are: behind a proxy, so that a test can be anywhere. */
@ParameterizedClass
@EnumSource
class NetworksTest {
    private static final int PATIENCE_MS = 20_000;
    private static Lab lab;
    @Parameter
    private Lab.Engine engine;

    @BeforeParameterizedClassInvocation
    static void start(Lab.Engine engine) {
        lab = Lab.prepared(engine.settings()).with(Setting.TRUSTED_PROXIES, "127.0.0.1")
                .with(Setting.TRUSTED_NETWORKS, "10.9.0.0/16").start();
        lab.own(Lab.OURS);
        lab.theirs("there.test");
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        lab.close();
    }

    /** A device that can't log in. */
    private static final class Device implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader in;
        private final OutputStream out;

        Device(String address) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), lab.mill().submissionPort());
            socket.setSoTimeout(PATIENCE_MS);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(),
                    StandardCharsets.UTF_8));
            out = socket.getOutputStream();
            say("PROXY TCP4 " + address + " 127.0.0.1 40000 587");
            say("HELO device.test");
        }

        String say(String line) throws IOException {
            out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
            return in.readLine();
        }

        String mail() throws IOException {
            return say("MAIL FROM:<a@ours.test>");
        }

        String send(String from) throws IOException {
            String mail = mail();
            if (!mail.startsWith("250")) {
                return mail;
            }
            say("RCPT TO:<bob@there.test>");
            say("DATA");
            return say("From: " + from + "\r\n\r\nHi.\r\n.");
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static JsonNode made(String json) {
        return Lab.expect(201, lab.api().post("/v1/smtp-credentials", json));
    }

    private static WebClient.Reply asked(String networks) {
        return lab.api().post("/v1/smtp-credentials", "{\"networks\":[" + networks + "]}");
    }

    private static JsonNode message(String taken) {
        assertTrue(taken.startsWith("250 2.0.0 "), taken);
        return lab.message(taken.replaceFirst(".* queued as (msg_\\w+).*", "$1"));
    }

    @Test
    void theNarrowestNetworkSaysWhoItIs() throws IOException {
        String wide = made("{\"networks\":[\"10.1.0.0/16\",\"2001:db8::/32\"]}").path("id")
                .asString();
        String narrow = made("{\"stream\":\"bulk\",\"networks\":[\"10.1.2.77/24\"]}").path("id")
                .asString();
        String one = made("{\"networks\":[\"10.9.8.7\"],\"rewrite_from\":\"dev@ours.test\"}")
                .path("id").asString();
        try (Device a = new Device("10.1.3.1"); Device b = new Device("10.1.2.1");
                Device c = new Device("10.9.8.7"); Device d = new Device("10.9.8.6");
                Device e = new Device("10.2.0.1")) {
            assertEquals(wide, message(a.send("a@ours.test")).path("credential").asString());
            JsonNode bulk = message(b.send("a@ours.test"));
            assertEquals(narrow, bulk.path("credential").asString());
            assertEquals("bulk", bulk.path("stream").asString());
            JsonNode rewritten = message(c.send("printer@factory.test"));
            assertEquals(one, rewritten.path("credential").asString());
            assertEquals("dev@ours.test", rewritten.path("from").asString());
            assertEquals("network", message(d.send("a@ours.test")).path("credential").asString());
            assertTrue(e.mail().startsWith("530 5.7.0 "));
            assertTrue(a.send("ann@there.test").startsWith("550 5.7.1 from: there.test"),
                    "who may stand in From is asked all the same");
        }
    }

    @Test
    void itBeginsAndEndsAtOnceOnOpenConnectionsToo() throws IOException {
        try (Device device = new Device("10.5.0.1")) {
            assertTrue(device.mail().startsWith("530 5.7.0 "));
            String id = made("{\"networks\":[\"10.5.0.0/24\"]}").path("id").asString();
            message(device.send("a@ours.test"));
            assertTrue(device.mail().startsWith("250 "));
            device.say("RCPT TO:<bob@there.test>");
            assertTrue(device.say("DATA").startsWith("354"));
            assertEquals(204, lab.api().delete("/v1/smtp-credentials/" + id).status());

            assertTrue(device.say("From: a@ours.test\r\n\r\nHi.\r\n.").startsWith("530 5.7.0 "));
            assertTrue(device.mail().startsWith("530 5.7.0 "));

            JsonNode shown = lab.api().get("/v1/smtp-credentials?limit=100").json().path("data")
                    .valueStream().filter(c -> c.path("id").asString().equals(id)).findFirst()
                    .orElseThrow();
            assertEquals("[\"10.5.0.0/24\"]", shown.path("networks").toString());
            made("{\"networks\":[\"10.5.0.0/24\"]}");
        }
    }

    @Test
    void oneNetworkIsOneLogins() {
        made("{\"name\":\"first\",\"networks\":[\"10.6.0.0/16\"]}");

        WebClient.Reply again = asked("\"10.7.0.0/16\",\"10.6.1.1/16\"");

        assertEquals(409, again.status(), again.text());
        assertTrue(again.text().contains("10.6.0.0/16"), again.text());
        made("{\"networks\":[\"10.7.0.0/16\"],\"rewrite_from\":\"p@ours.test\"}");
        String page = Visitor.owner(lab).get("/credentials").text();
        assertTrue(page.contains("without a login from 10.6.0.0/16<"), page);
        assertTrue(page.contains("a foreign From becomes p@ours.test; without a login from"
                + " 10.7.0.0/16<"), page);
    }

    @Test
    void whatWouldLetStrangersInIsRefused() {
        WebClient.Reply wrong = asked("\"0.0.0.0/0\",\"::/0\",\"10.0.0.0/33\",\"example.com\","
                + "\"10.0.0.0/7\"");

        assertEquals(422, wrong.status());
        assertEquals(List.of("/networks/0", "/networks/1", "/networks/2", "/networks/3",
                "/networks/4"), wrong.pointers());
        assertTrue(wrong.text().contains("/0 holds strangers"), wrong.text());
        assertEquals(List.of("/networks"), lab.api().post("/v1/keys",
                "{\"networks\":[\"10.0.0.0/8\"]}").pointers(), "a key is no login");
    }
}
