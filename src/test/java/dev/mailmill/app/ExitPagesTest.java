package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.exit.FakeProvider;
import dev.mailmill.http.WebClient.Reply;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Exits and routes, set up by a person. */
class ExitPagesTest {
    private final FakeProvider provider = FakeProvider.start();

    @AfterEach
    void close() {
        provider.close();
    }

    private String[] exit(String name, String... more) {
        String[] all = java.util.Arrays.copyOf(new String[] {"name", name, "kind", "sendgrid",
            "secret", FakeProvider.KEY, "domains", Lab.OURS, "url", provider.url()},
                10 + more.length);
        System.arraycopy(more, 0, all, 10, more.length);
        return all;
    }

    private static Reply seeOther(Visitor visitor, Reply reply, String to) {
        assertEquals(303, reply.status(), reply.text());
        assertEquals(to, reply.header("Location").orElse(""));
        return visitor.get(to);
    }

    @ParameterizedTest
    @EnumSource
    void anExitIsAddedTestedRoutedChangedAndRemoved(Lab.Engine engine) {
        try (Lab lab = Lab.direct(engine)) {
            Visitor ann = Visitor.owner(lab);
            lab.own(Lab.OURS);
            Reply wrong = ann.submit("/exits", exit("Not good"));
            assertEquals(422, wrong.status());
            assertTrue(wrong.text().contains("must be 1 to 63 lower-case letters"), wrong.text());
            assertFalse(wrong.text().contains(FakeProvider.KEY), "no secret comes back");
            Reply made = seeOther(ann, ann.submit("/exits", exit("sg")), "/exits/sg");
            assertFalse(made.text().contains(FakeProvider.KEY), "shown never");
            assertTrue(made.text().contains("not used yet"), made.text());

            String told = ann.submit("/exits/sg/test", "to", "bob@rcpt.test").text();
            assertTrue(told.contains("Taken: it is on its way to bob@rcpt.test."), told);
            assertTrue(told.contains(provider.sent().getLast().id()), told);
            assertTrue(told.contains("works"), told);
            provider.always(401, "{\"errors\":[{\"message\":\"bad <b>key</b>\"}]}");
            told = ann.submit("/exits/sg/test", "to", "bob@rcpt.test").text();
            assertTrue(told.contains("Not taken") && told.contains("bad &lt;b&gt;key"), told);
            assertTrue(ann.get("/exits").text().contains("bad &lt;b&gt;key"));
            assertEquals(422, ann.submit("/exits/sg/test", "to", "nobody").status());

            Reply uneven = ann.submit("/routes", "name", "all", "share-own", "90", "share-sg",
                    "20");
            assertEquals(422, uneven.status());
            assertTrue(uneven.text().contains("must be 100 in sum, and are 110"), uneven.text());
            assertTrue(uneven.text().contains("value=\"90\""), "what was said is still there");
            seeOther(ann, ann.submit("/routes", "name", "all", "share-own", "90", "share-sg",
                    "10", "failover", "sg", "stream", "bulk"), "/routes/all");
            String all = ann.get("/exits").text();
            assertTrue(all.contains("own\u00a090\u00a0%, sg\u00a010\u00a0%"), all);
            assertTrue(all.contains("stream bulk"), all);
            assertEquals(422, ann.submit("/exits/sg/remove").status(), "a route names it");
            seeOther(ann, ann.submit("/routes/all/remove"), "/exits");

            seeOther(ann, ann.submit("/exits/sg", "domains", Lab.OURS + ", more.test", "url",
                    provider.url(), "secret", ""), "/exits/sg");
            assertEquals(422, ann.submit("/exits/sg", "domains", Lab.OURS, "url",
                    "http://far.test/").status(), "the API's checks");
            provider.instead(_ -> java.util.Optional.empty());
            assertTrue(ann.submit("/exits/sg/test", "to", "c@rcpt.test", "from",
                    "me@" + Lab.OURS).text().contains("Taken"), "its key was kept");
            seeOther(ann, ann.submit("/exits/sg/remove"), "/exits");
            assertEquals(404, ann.get("/exits/sg").status());
        }
    }

    @Test
    void nobodyElseChangesAnythingAndNothingIsChangedByLooking() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            Visitor ann = Visitor.owner(lab);
            lab.own(Lab.OURS);
            ann.submit("/exits", exit("sg"));
            ann.submit("/routes", "name", "all", "share-sg", "100");
            Visitor dev = QueueActsTest.somebody(ann, "dev@example.org", "developer");
            assertEquals(200, dev.get("/exits").status());
            assertFalse(dev.get("/exits/sg").text().contains("Send one mail"));
            assertEquals(200, dev.get("/routes/all").status());
            Visitor eve = QueueActsTest.stranger(ann);
            String[] route = {"name", "all", "share-own", "100"};
            for (String path : List.of("/exits", "/exits/sg", "/routes/all")) {
                assertEquals(404, eve.get(path).status(), path);
            }
            for (String path : List.of("/exits", "/exits/sg", "/exits/sg/test",
                    "/exits/sg/remove", "/routes", "/routes/all/remove")) {
                String[] said = path.equals("/exits") ? exit("evil") : path.equals("/routes")
                        ? route : new String[] {"to", "x@rcpt.test", "domains", "evil.test"};
                assertEquals(403, ann.post(path, said).status(), path + " without a token");
                assertEquals(403, dev.submit(path, said).status(), path + " by a developer");
                assertEquals(404, eve.submit(path, said).status(), path + " by another account");
                int status = ann.get(path).status();
                assertTrue(status == 405 || status == 200, path + " by GET: " + status);
            }
            assertEquals(0, provider.calls(), "nothing was tested");
            String all = ann.get("/exits").text();
            assertTrue(all.contains("sg\u00a0100\u00a0%"), all);
            assertFalse(all.contains("evil"), all);
        }
    }
}
