package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mailmill.FreePort;
import dev.mailmill.relay.UnpackedServer;
import dev.mailmill.smtp.PostfixInstance;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A real Postfix and a real Exim say yes to mail of ours, find out later that it can't be
 * delivered, and bring their reports, in their own words, to port 25.
 */
class BouncesOverTheWireTest {
    private static final String THEIRS = "there.test";
    private static final String BACK = "bounces." + Lab.OURS;

    @TempDir
    Path box;

    /** One of them, ready to take mail. */
    private interface Server extends AutoCloseable {
        int port();

        String log() throws IOException;

        @Override
        void close();
    }

    private interface Start {
        /** @param next passes on to there */
        Server at(int back, int next) throws IOException;
    }

    @Test
    void postfix() throws Exception {
        assumeTrue(PostfixInstance.absent().isEmpty(), () -> PostfixInstance.absent().get());
        comesBack((back, next) -> {
            PostfixInstance postfix = PostfixInstance.start(
                    PostfixInstance.bouncing(THEIRS, box, BACK, back, next));
            return new Server() {
                @Override
                public int port() {
                    return postfix.port();
                }

                @Override
                public String log() throws IOException {
                    return postfix.log();
                }

                @Override
                public void close() {
                    postfix.close();
                }
            };
        });
    }

    @Test
    void exim() throws Exception {
        assumeTrue(UnpackedServer.noExim().isEmpty(), () -> UnpackedServer.noExim().get());
        comesBack((back, next) -> {
            UnpackedServer exim = UnpackedServer.bouncingExim(BACK, back, next);
            return new Server() {
                @Override
                public int port() {
                    return exim.port();
                }

                @Override
                public String log() throws IOException {
                    return exim.log();
                }

                @Override
                public void close() {
                    exim.close();
                }
            };
        });
    }

    private static void comesBack(Start start) throws Exception {
        int receive = FreePort.any();
        try (Lab lab = Lab.prepared(Lab.Engine.SQLITE.settings())
                .with(Setting.RECEIVE, "127.0.0.1:" + receive);
                Server server = start.at(receive, lab.sink().port())) {
            lab.with(Setting.MX_PORT, Integer.toString(server.port())).start();
            lab.own(Lab.OURS);
            lab.theirs(THEIRS);
            Visitor visitor = Visitor.owner(lab);
            try {
                theReportIsUnderstood(lab, visitor);
                assertFalse(server.log().contains("TLS error"), "our farewell is understood");
            } catch (AssertionError e) {
                throw new AssertionError(e.getMessage() + "\n" + server.log(), e);
            }
        }
    }

    private static void theReportIsUnderstood(Lab lab, Visitor visitor) {
        bounced(lab, visitor, "gone", "mailbox_unknown", "There is no such mailbox at the",
                "Check the address for a slip");
        Lab.await(() -> suppressed(lab, "gone"), () -> "gone@ is still mailed");

        bounced(lab, visitor, "full", "mailbox_full", "The mailbox is full.",
                "Only its owner can make room; reach them another way.");
        assertFalse(suppressed(lab, "full"), "one full mailbox suppresses nobody");

        // the next hop's words, in the report of the server that passed it on
        lab.sink().answers(l -> l.startsWith("RCPT") ? "550 5.7.1 [192.0.2.1] is on a blocklist"
                : null);
        bounced(lab, visitor, "elsewhere", "policy_reputation",
                "or is on a blocklist that it asks.", "the cause has to stop first.");
        lab.sink().answers(l -> l.startsWith("RCPT") ? "451 4.3.0 try again later" : null);
        bounced(lab, visitor, "elsewhere", "server_fault",
                "The recipient's server takes no mail at the moment.",
                "If it lasts, their operator has to be told");
        assertFalse(suppressed(lab, "elsewhere"), "trouble of machines suppresses nobody");
    }

    private static boolean suppressed(Lab lab, String who) {
        return lab.api().get("/v1/suppressions/" + who + "@" + THEIRS).status() == 200;
    }

    private static void bounced(Lab lab, Visitor visitor, String who, String reason, String means,
            String cure) {
        String id = lab.write(who + "@" + THEIRS);
        JsonNode data = lab.awaitEvent(id, "bounced", 1);

        assertEquals(List.of("accepted", "delivered", "bounced"), lab.told(id));
        assertEquals(List.of("delivered"), lab.states(id), "counted apart");
        assertTrue(data.path("late").asBoolean(), data::toString);
        assertEquals(reason, data.at("/reply/class/name").asString(), data::toString);
        String page = plain(visitor.get("/messages/" + id).text());
        for (String words : List.of(data.at("/reply/text").asString(), means,
                "It had said yes at first.", cure)) {
            assertTrue(page.contains(words.strip()), () -> words + " is not on " + page);
        }
    }

    /** What a person reads of it. */
    private static String plain(String html) {
        return html.replaceAll("<[^>]*>", " ").replace("&#39;", "'").replace("&#34;", "\"")
                .replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">")
                .replace("&amp;", "&");
    }
}
