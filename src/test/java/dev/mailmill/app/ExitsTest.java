package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.mailmill.exit.FakeProvider;
import dev.mailmill.exit.FakeProvider.Hook;
import dev.mailmill.exit.FakeProvider.Said;
import dev.mailmill.exit.FakeProvider.Sent;
import dev.mailmill.http.WebClient;
import dev.mailmill.http.WebClient.Reply;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Mail that leaves by somebody else's service, and what the service tells of it later. */
class ExitsTest {
    private final FakeProvider provider = FakeProvider.start();
    private Lab lab;

    @AfterEach
    void close() {
        if (lab != null) {
            lab.close();
        }
        provider.close();
    }

    /** Makes an exit to the services; answers where its webhooks go. */
    private String exit(String name, String kind, String more) {
        return Lab.expect(201, lab.api().post("/v1/exits", "{\"name\":\"" + name
                + "\",\"kind\":\"" + kind + "\",\"url\":\"" + provider.url() + "\",\"secret\":\""
                + FakeProvider.KEY + "\",\"domains\":[\"" + Lab.OURS + "\"]" + more + "}"))
                .path("webhook_path").asString();
    }

    private void route(String shares) {
        Lab.expect(200, lab.api().post("/v1/routes",
                "{\"name\":\"all\",\"shares\":" + shares + "}"));
    }

    private Reply hook(String path, Hook hook) {
        try (WebClient service = lab.api("")) {
            return service.post(path, hook.body(), hook.headers());
        }
    }

    private Sent sentTo(String address) {
        return provider.sent().stream().filter(s -> s.to().equals(address)).findFirst()
                .orElseThrow();
    }

    private String relayed(String to) {
        String id = lab.write(to);
        lab.awaitState(id, "relayed");
        return id;
    }

    @ParameterizedTest
    @EnumSource
    void what_sendgrid_took_is_delivered_or_bounced_by_its_signed_word(Lab.Engine engine) {
        lab = Lab.direct(engine);
        String path = exit("sg", "sendgrid",
                ",\"webhook_secret\":\"" + provider.verificationKey() + "\"");
        route("{\"sg\":100}");
        String good = relayed("good@rcpt.test");
        String lost = relayed("lost@rcpt.test");
        String silent = relayed("silent@rcpt.test");
        Instant now = lab.clock().instant();
        Hook hook = provider.sendGridHook(now,
                FakeProvider.sendGridEvent("processed", sentTo("silent@rcpt.test").id()),
                FakeProvider.sendGridEvent("delivered", sentTo("good@rcpt.test").id()),
                FakeProvider.sendGridEvent("bounce", sentTo("lost@rcpt.test").id()),
                FakeProvider.sendGridEvent("delivered", "of-another-program"));
        assertEquals(204, hook(path, hook).status());
        assertEquals(List.of("accepted", "relayed", "delivered"),
                lab.awaitState(good, "delivered"));
        assertEquals(List.of("accepted", "relayed", "bounced"), lab.awaitState(lost, "bounced"));
        assertEquals(List.of("relayed"), lab.states(silent));
        JsonNode reply = lab.events(lost).getLast().path("data");
        assertTrue(reply.toString().contains("no such user") && reply.toString()
                .contains("5.1.1"), reply.toString());
        // the same call again, and a later one that says otherwise
        assertEquals(409, hook(path, hook).status());
        assertEquals(204, hook(path, provider.sendGridHook(now.plusSeconds(1),
                FakeProvider.sendGridEvent("bounce", sentTo("good@rcpt.test").id()))).status());
        assertEquals(List.of("delivered"), lab.states(good));
        assertEquals(3, lab.events(good).size());
    }

    @Test
    void each_service_is_heard_by_its_own_proof() {
        lab = Lab.direct(Lab.Engine.SQLITE);
        String postmark = exit("pm", "postmark",
                ",\"webhook_secret\":\"" + FakeProvider.POSTMARK_HOOK + "\"");
        String mailgun = exit("mg", "mailgun",
                ",\"webhook_secret\":\"" + FakeProvider.MAILGUN_SIGNING + "\"");
        String resend = exit("rs", "resend",
                ",\"webhook_secret\":\"" + FakeProvider.RESEND_SIGNING + "\"");
        Instant now = lab.clock().instant();
        route("{\"pm\":100}");
        String first = relayed("a@rcpt.test");
        String second = relayed("b@rcpt.test");
        assertEquals(204, hook(postmark, FakeProvider.postmarkHook("Delivery",
                sentTo("a@rcpt.test").id())).status());
        lab.awaitState(first, "delivered");
        assertEquals(204, hook(postmark, FakeProvider.postmarkHook("Bounce",
                sentTo("b@rcpt.test").id())).status());
        lab.awaitState(second, "bounced");
        route("{\"mg\":100}");
        String third = relayed("c@rcpt.test");
        String fourth = relayed("d@rcpt.test");
        assertEquals(204, hook(mailgun, FakeProvider.mailgunHook(now, "t0", "failed",
                "temporary", sentTo("c@rcpt.test"))).status());
        assertEquals(List.of("relayed"), lab.states(third));
        assertEquals(204, hook(mailgun, FakeProvider.mailgunHook(now, "t1", "delivered", "",
                sentTo("c@rcpt.test"))).status());
        lab.awaitState(third, "delivered");
        // the signature does not cover the body: with a token that was used it proves nothing
        assertEquals(409, hook(mailgun, FakeProvider.mailgunHook(now, "t1", "failed",
                "permanent", sentTo("d@rcpt.test"))).status());
        assertEquals(List.of("relayed"), lab.states(fourth));
        assertEquals(204, hook(mailgun, FakeProvider.mailgunHook(now, "t2", "failed",
                "permanent", sentTo("d@rcpt.test"))).status());
        lab.awaitState(fourth, "bounced");
        route("{\"rs\":100}");
        String fifth = relayed("e@rcpt.test");
        assertEquals(204, hook(resend, FakeProvider.resendHook(now, "msg_1", "email.delivered",
                sentTo("e@rcpt.test").id())).status());
        lab.awaitState(fifth, "delivered");
    }

    @Test
    void what_mailgun_says_of_one_recipient_is_not_taken_for_anothers() {
        lab = Lab.direct(Lab.Engine.SQLITE);
        String mailgun = exit("mg", "mailgun",
                ",\"webhook_secret\":\"" + FakeProvider.MAILGUN_SIGNING + "\"");
        route("{\"mg\":100}");
        String both = lab.post("{\"from\":\"Ann <ann@" + Lab.OURS + ">\",\"to\":["
                + "\"here@rcpt.test\",\"Gone@rcpt.test\"],\"subject\":\"Hello\",\"text\":\"x\"}");
        lab.awaitState(both, "relayed");
        assertEquals(sentTo("here@rcpt.test").id(), sentTo("Gone@rcpt.test").id());
        Instant now = lab.clock().instant();
        assertEquals(204, hook(mailgun, FakeProvider.mailgunHook(now, "t1", "failed",
                "permanent", sentTo("Gone@rcpt.test"))).status());
        assertEquals(List.of("relayed", "bounced"), lab.states(both));
        assertEquals(204, hook(mailgun, FakeProvider.mailgunHook(now, "t2", "delivered", "",
                sentTo("here@rcpt.test"))).status());
        assertEquals(List.of("delivered", "bounced"), lab.states(both));
    }

    private JsonNode test(int status, String exit, String body) {
        return Lab.expect(status, lab.api().post("/v1/exits/" + exit + "/test", body));
    }

    @ParameterizedTest
    @EnumSource
    void a_test_tells_what_exactly_one_exit_answers_and_is_kept_nowhere(Lab.Engine engine) {
        lab = Lab.direct(engine);
        lab.own(Lab.OURS);
        for (String kind : List.of("sendgrid", "postmark", "mailgun", "resend")) {
            exit(kind, kind, "");
        }
        exit("spare", "sendgrid", "");
        Lab.expect(200, lab.api().post("/v1/routes", "{\"name\":\"all\",\"shares\":"
                + "{\"sendgrid\":100},\"failover\":[\"spare\"]}"));
        for (String kind : List.of("sendgrid", "postmark", "mailgun", "resend")) {
            String to = kind + "@rcpt.test";
            JsonNode told = test(200, kind, "{\"to\":\"" + to + "\"}");
            assertEquals("relayed", told.path("outcome").asString(), told.toString());
            assertEquals("postmaster@" + Lab.OURS, told.path("from").asString());
            assertEquals(sentTo(to).id(), told.path("service_id").asString(), told.toString());
            assertEquals(kind, sentTo(to).service());
        }
        int calls = provider.calls();
        provider.always(500, "{\"errors\":[{\"message\":\"we are on fire\"}]}");
        JsonNode bad = test(200, "sendgrid", "{\"to\":\"x@rcpt.test\"}");
        assertEquals("deferred", bad.path("outcome").asString());
        assertEquals(500, bad.path("reply").path("code").asInt());
        assertEquals("we are on fire", bad.path("reply").path("text").asString());
        assertEquals(calls + 1, provider.calls(), "once, and no other exit");
        JsonNode stands = Lab.expect(200, lab.api().get("/v1/exits/sendgrid"));
        assertEquals("failing", stands.path("state").asString());
        assertTrue(stands.path("last_error").asString().endsWith("500 we are on fire"),
                stands.toString());
        assertEquals("unused", Lab.expect(200, lab.api().get("/v1/exits/spare")).path("state")
                .asString());
        provider.instead(_ -> Optional.empty());
        test(200, "sendgrid", "{\"to\":\"y@rcpt.test\"}");
        assertEquals("good", Lab.expect(200, lab.api().get("/v1/exits/sendgrid")).path("state")
                .asString());
        assertEquals("[]", Lab.expect(200, lab.api().get("/v1/messages")).path("data").toString());
        long kept = lab.store().read(h -> h.createQuery("SELECT (SELECT count(*) FROM"
                + " delivery) + (SELECT count(*) FROM exit_pin) + (SELECT count(*) FROM"
                + " exit_sent)").mapTo(Long.class).one());
        assertEquals(0, kept);

        for (String wrong : List.of("{}", "{\"to\":\"nobody\"}",
                "{\"to\":\"x@rcpt.test\",\"from\":\"me@elsewhere.test\"}")) {
            test(422, "sendgrid", wrong);
        }
        test(404, "none", "{\"to\":\"x@rcpt.test\"}");
    }

    @Test
    void a_test_of_a_relay_says_its_words_and_one_of_mx_reaches_the_recipients_server() {
        lab = Lab.direct(Lab.Engine.SQLITE);
        lab.own(Lab.OURS);
        lab.theirs("there.test");
        Lab.expect(201, lab.api().post("/v1/exits", "{\"name\":\"mx\",\"kind\":\"mx\"}"));
        JsonNode told = test(200, "mx", "{\"to\":\"bob@there.test\"}");
        assertEquals("delivered", told.path("outcome").asString(), told.toString());
        assertTrue(lab.sink().received().getLast().text()
                .contains("Subject: Test of the exit mx"));
        lab.sink().answers(line -> line.startsWith("RCPT") ? "550 5.1.1 no such user" : null);
        told = test(200, "mx", "{\"to\":\"bob@there.test\"}");
        assertEquals("bounced", told.path("outcome").asString());
        assertEquals("no such user", told.path("reply").path("text").asString());
        lab.sink().answers(line -> line.startsWith("RCPT") ? "450 4.2.1 not now" : null);
        int before = lab.sink().connections();
        told = test(200, "mx", "{\"to\":\"bob@there.test\"}");
        assertEquals("deferred", told.path("outcome").asString());
        lab.clock().advance(Duration.ofHours(2));
        assertTrue(lab.sink().connections() <= before + 1, "never again");
    }

    @Test
    void where_nothing_is_sent_nothing_is_tested() {
        lab = Lab.prepared(Map.of(Setting.DELIVERY, "capture")).start();
        lab.own(Lab.OURS);
        exit("sg", "sendgrid", "");
        test(409, "sg", "{\"to\":\"x@rcpt.test\"}");
        lab.close();
        lab = Lab.direct(Lab.Engine.SQLITE);
        assertEquals(0, provider.calls());
    }

    @Test
    void what_is_not_proven_changes_nothing_and_learns_nothing() {
        lab = Lab.direct(Lab.Engine.SQLITE);
        String sendgrid = exit("sg", "sendgrid",
                ",\"webhook_secret\":\"" + provider.verificationKey() + "\"");
        String other = exit("other", "sendgrid",
                ",\"webhook_secret\":\"" + provider.verificationKey() + "\"");
        String unset = exit("unset", "sendgrid", "");
        String resend = exit("rs", "resend",
                ",\"webhook_secret\":\"" + FakeProvider.RESEND_SIGNING + "\"");
        route("{\"sg\":100}");
        String id = relayed("u@rcpt.test");
        String remote = sentTo("u@rcpt.test").id();
        Instant now = lab.clock().instant();
        Hook good = provider.sendGridHook(now, FakeProvider.sendGridEvent("bounce", remote));
        Hook old = provider.sendGridHook(now.minus(Duration.ofHours(2)),
                FakeProvider.sendGridEvent("bounce", remote));
        Hook ahead = provider.sendGridHook(now.plus(Duration.ofHours(2)),
                FakeProvider.sendGridEvent("bounce", remote));
        String[] unsigned = {};
        List<Reply> refused = new ArrayList<>(List.of(hook(sendgrid, old), hook(sendgrid, ahead),
                hook(sendgrid, new Hook(good.body(), unsigned)),
                hook(sendgrid, new Hook(good.body().replace("5.1.1", "5.1.2"), good.headers())),
                hook(sendgrid, new Hook(good.body() + " ", good.headers())),
                hook(sendgrid, new Hook(good.body(), good.headers()[0], good.headers()[1],
                        good.headers()[2], Base64.getEncoder().encodeToString(new byte[70]))),
                hook(sendgrid, new Hook(good.body(), good.headers()[0], good.headers()[1],
                        good.headers()[2], "no base64!")),
                hook(sendgrid, new Hook("{", good.headers())), hook(unset, good),
                hook("/hooks/exits/exit_none", good)));
        Hook svix = FakeProvider.resendHook(now, "msg_1", "email.bounced", remote);
        refused.add(hook(resend, new Hook(svix.body().replace("Permanent", "Transient"),
                svix.headers())));
        refused.add(hook(resend, FakeProvider.resendHook(now.minusSeconds(301), "msg_2",
                "email.bounced", remote)));
        for (Reply reply : refused) {
            assertEquals(401, reply.status(), reply.text());
            assertEquals(refused.getFirst().json().path("detail"), reply.json().path("detail"));
        }
        assertEquals(404, hook(other, good).status(), "proven, and another exit's");
        assertEquals(404, hook(sendgrid, provider.sendGridHook(now,
                FakeProvider.sendGridEvent("bounce", "unknown"))).status());
        assertEquals(List.of("relayed"), lab.states(id));
        assertEquals(204, hook(sendgrid, good).status(), "which was good all the time");
        lab.awaitState(id, "bounced");
    }

    @Test
    void a_word_that_comes_before_our_own_outcome_is_asked_for_again() throws Exception {
        lab = Lab.direct(Lab.Engine.SQLITE);
        String path = exit("pm", "postmark",
                ",\"webhook_secret\":\"" + FakeProvider.POSTMARK_HOOK + "\"");
        route("{\"pm\":100}");
        String id = relayed("first@rcpt.test");
        String exitId = path.substring(path.lastIndexOf('/') + 1);
        // as if the service had been faster than our writer: an open delivery, known already
        CountDownLatch hold = new CountDownLatch(1);
        provider.instead(_ -> {
            try {
                hold.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return Optional.empty();
        });
        String open = lab.write("open@rcpt.test");
        Lab.await(() -> provider.calls() == 2, () -> "no second call");
        long delivery = dev.mailmill.mail.Ids.parse("msg_", open);
        lab.store().write(h -> h.execute("INSERT INTO exit_sent (exit, remote, delivery, at)"
                + " VALUES (?, 'early', ?, ?)", exitId, delivery,
                lab.clock().instant().toEpochMilli()));
        Hook early = FakeProvider.postmarkHook("Delivery", "early");
        Reply later = hook(path, early);
        assertEquals(503, later.status(), later.text());
        assertTrue(later.header("Retry-After").isPresent());
        hold.countDown();
        lab.awaitState(open, "relayed");
        assertEquals(204, hook(path, early).status());
        lab.awaitState(open, "delivered");
        assertEquals(List.of("relayed"), lab.states(id));
    }

    @Test
    void mail_moves_from_a_service_to_our_own_delivery_by_percentage_while_it_runs() {
        lab = Lab.direct(Lab.Engine.SQLITE);
        lab.theirs("rcpt.test");
        exit("sg", "sendgrid", "");
        route("{\"sg\":100}");
        lab.awaitState(lab.write("p0@rcpt.test"), "relayed");
        route("{\"sg\":50,\"own\":50}");
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            ids.add(lab.write("p" + i + "@rcpt.test"));
        }
        Lab.await(() -> ids.stream().allMatch(id -> !lab.states(id).contains("queued")),
                () -> "some are queued");
        long own = ids.stream().filter(id -> lab.states(id).contains("delivered")).count();
        assertTrue(own > 8 && own < 32, own + " of 40 went by themselves");
        assertEquals(40 - own + 1, provider.sent().size());
        assertEquals(own, lab.sink().received().size());
        route("{\"own\":100}");
        lab.awaitState(lab.write("p0@rcpt.test"), "delivered");
    }

    @Test
    void a_refused_key_lets_the_next_exit_have_it_and_facts_tell_who_took_it() {
        lab = Lab.direct(Lab.Engine.SQLITE);
        exit("sg", "sendgrid", "");
        exit("rs", "resend", "");
        Lab.expect(200, lab.api().post("/v1/routes",
                "{\"name\":\"all\",\"shares\":{\"sg\":100},\"failover\":[\"rs\"]}"));
        provider.instead(path -> path.startsWith("/v3")
                ? Optional.of(new Said(401, "{\"errors\":[]}")) : Optional.empty());
        String id = relayed("u@rcpt.test");
        assertEquals("resend", provider.sent().getFirst().service());
        assertTrue(lab.events(id).getLast().toString().contains("resend took it as"),
                lab.events(id).toString());
    }

    @Test
    void what_waits_for_an_exit_that_rests_leaves_it_with_its_route() {
        lab = Lab.direct(Lab.Engine.SQLITE);
        lab.theirs("rcpt.test");
        exit("sg", "sendgrid", "");
        route("{\"sg\":100}");
        provider.instead(_ -> Optional.of(new Said(503, "{}")));
        lab.awaitState(lab.write("first@rcpt.test"), "deferred");
        List<String> ids = List.of(lab.write("a@rcpt.test"), lab.write("b@rcpt.test"));
        ids.forEach(id -> assertEquals(List.of("queued"), lab.states(id)));
        route("{\"own\":100}");
        ids.forEach(id -> lab.awaitState(id, "delivered"));
    }

    @ParameterizedTest
    @EnumSource
    void what_one_service_may_have_goes_to_no_other_even_after_a_crash(Lab.Engine engine) {
        lab = Lab.direct(engine);
        exit("sg", "sendgrid", "");
        exit("rs", "resend", "");
        Lab.expect(200, lab.api().post("/v1/routes",
                "{\"name\":\"all\",\"shares\":{\"sg\":100},\"failover\":[\"rs\",\"own\"]}"));
        provider.mute();
        String id = lab.write("u@rcpt.test");
        Lab.await(() -> provider.calls() == 1, () -> "sendgrid was not asked");
        // the server ends while sendgrid has the request and has not answered
        lab.stop();
        provider.speak();
        lab.startWithoutDelivery();
        Lab.expect(200, lab.api().post("/v1/routes",
                "{\"name\":\"all\",\"shares\":{\"rs\":50,\"own\":50}}"));
        lab.stop();
        lab.start();
        lab.clock().advance(Duration.ofHours(1));
        List<String> told = lab.awaitState(id, "relayed");
        assertTrue(told.contains("ambiguous"), told.toString());
        assertEquals(List.of("sendgrid"), provider.sent().stream().map(Sent::service).toList());
        assertEquals(0, lab.sink().received().size());
        // others follow the route as it is now
        lab.theirs("rcpt.test");
        String next = lab.write("v@rcpt.test");
        Lab.await(() -> List.of("relayed", "delivered").contains(lab.states(next).getFirst()),
                () -> lab.events(next).toString());
        assertEquals(1, provider.sent().stream().filter(s -> s.service().equals("sendgrid"))
                .count());
    }

    @Test
    void answers_are_as_the_document_says() {
        lab = Lab.direct(Lab.Engine.SQLITE);
        JsonNode document = Lab.expect(200, lab.api().get("/v1/openapi.json"));
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12,
                b -> b.schemas(Map.of("mm:api", document.toString())));
        exit("sg", "sendgrid", ",\"smtp\":\"smtp://a:b@c.test\"");
        Lab.expect(201, lab.api().post("/v1/exits", "{\"name\":\"direct\",\"kind\":\"mx\"}"));
        route("{\"sg\":7,\"own\":93}");
        Map<String, Reply> answers = Map.of("ExitPage", lab.api().get("/v1/exits"),
                "Exit", lab.api().get("/v1/exits/direct"), "RoutePage",
                lab.api().get("/v1/routes"), "Route", lab.api().post("/v1/routes",
                        "{\"name\":\"r\",\"match\":{\"stream\":\"bulk\"},\"shares\":{\"sg\":100},"
                        + "\"failover\":[\"direct\"]}"));
        answers.forEach((name, reply) -> assertEquals(List.of(), registry.getSchema(
                SchemaLocation.of("mm:api#/components/schemas/" + name))
                .validate(Lab.expect(200, reply)), name));
    }

    @Test
    void capture_sends_nothing_whatever_the_routes_say() {
        lab = Lab.prepared(Lab.Engine.SQLITE.settings()).with(Setting.DELIVERY, "capture")
                .start();
        exit("sg", "sendgrid", "");
        route("{\"sg\":100}");
        lab.awaitState(lab.write("u@rcpt.test"), "captured");
        assertEquals(0, provider.calls());
    }

    @Test
    void secrets_are_taken_and_never_told() {
        lab = Lab.direct(Lab.Engine.SQLITE);
        exit("sg", "sendgrid", ",\"smtp\":\"smtp://apikey:top-secret@smtp.sg.test:587\","
                + "\"webhook_secret\":\"" + provider.verificationKey() + "\"");
        String all = lab.api().get("/v1/exits").text() + lab.api().get("/v1/exits/sg").text()
                + Lab.expect(200, lab.api().patch("/v1/exits/sg", "{\"domains\":[\"*\"]}"));
        assertFalse(all.contains(FakeProvider.KEY) || all.contains("top-secret")
                || all.contains(provider.verificationKey()), all);
        assertTrue(all.contains("\"secret_set\":true") && all.contains("smtp.sg.test:587"), all);
        String stored = lab.store().read(h -> h.createQuery("SELECT settings || domains FROM exit")
                .mapTo(String.class).one());
        assertFalse(stored.contains("SG.") || stored.contains("top-secret"), stored);
        route("{\"sg\":100}");
        relayed("u@rcpt.test");
    }

    @Test
    void what_cannot_work_is_refused_with_the_field_that_is_to_blame() {
        lab = Lab.direct(Lab.Engine.SQLITE);
        exit("sg", "sendgrid", "");
        assertEquals(409, lab.api().post("/v1/exits",
                "{\"name\":\"sg\",\"kind\":\"mx\"}").status());
        record Case(String body, List<String> pointers) {
        }
        for (Case one : List.of(
                new Case("{\"name\":\"own\",\"kind\":\"mx\"}", List.of("/name")),
                new Case("{\"name\":\"A b\",\"kind\":\"fax\"}", List.of("/name", "/kind")),
                new Case("{\"name\":\"x\",\"kind\":\"sendgrid\"}",
                        List.of("/secret", "/domains")),
                new Case("{\"name\":\"x\",\"kind\":\"ses\",\"secret\":\"s\",\"domains\":[\"*\"]}",
                        List.of("/access_key", "/region")),
                new Case("{\"name\":\"x\",\"kind\":\"smtp\"}", List.of("/smtp")),
                new Case("{\"name\":\"x\",\"kind\":\"resend\",\"secret\":\"a\\r\\nb\","
                        + "\"domains\":[\"*\"]}", List.of("/secret")),
                new Case("{\"name\":\"x\",\"kind\":\"resend\",\"secret\":\"s\",\"domains\":"
                        + "[\"*\"],\"url\":\"http://api.test\"}", List.of("/url")),
                new Case("{\"name\":\"x\",\"kind\":\"resend\",\"secret\":\"s\",\"domains\":"
                        + "[\"*\"],\"url\":\"https://a@api.test/?x\"}", List.of("/url")),
                new Case("{\"name\":\"x\",\"kind\":\"postmark\",\"secret\":\"s\",\"domains\":"
                        + "[\"*\"],\"webhook_secret\":\"short\"}", List.of("/webhook_secret")),
                new Case("{\"name\":\"x\",\"kind\":\"mx\",\"domains\":[\"a b\"]}",
                        List.of("/domains/0")))) {
            Reply reply = lab.api().post("/v1/exits", one.body());
            assertEquals(422, reply.status(), one.body() + reply.text());
            assertEquals(one.pointers(), reply.pointers(), one.body());
        }
        for (String body : List.of("{\"name\":\"r\",\"shares\":{\"sg\":99}}",
                "{\"name\":\"r\",\"shares\":{\"none\":100}}", "{\"name\":\"r\"}",
                "{\"name\":\"r\",\"shares\":{\"sg\":100},\"failover\":[\"none\"]}",
                "{\"name\":\"r\",\"shares\":{\"sg\":-1,\"own\":101}}",
                "{\"name\":\"r\",\"shares\":{\"sg\":100},\"match\":{\"color\":\"red\"}}")) {
            assertEquals(422, lab.api().post("/v1/routes", body).status(), body);
        }
        route("{\"sg\":100}");
        assertEquals(409, lab.api().delete("/v1/exits/sg").status());
        assertEquals(204, lab.api().delete("/v1/routes/all").status());
        assertEquals(404, lab.api().delete("/v1/routes/all").status());
        assertEquals(204, lab.api().delete("/v1/exits/sg").status());
        assertEquals(404, lab.api().get("/v1/exits/sg").status());
    }

    @Test
    void exits_and_routes_outlive_a_restart_and_reach_another_node_within_a_second() {
        lab = Lab.direct(Lab.Engine.SQLITE);
        exit("sg", "sendgrid", "");
        route("{\"sg\":100}");
        lab.restart();
        relayed("u@rcpt.test");
        lab.theirs("rcpt.test");
        // as another process writes it
        lab.store().write(h -> {
            h.execute("UPDATE exit_route SET slots = 'own*100'");
            return h.execute("UPDATE change SET n = n + 1");
        });
        Lab.await(() -> {
            String id = lab.write("u@rcpt.test");
            Lab.await(() -> !lab.states(id).contains("queued"), () -> "queued");
            return lab.states(id).contains("delivered");
        }, () -> "the change was not seen");
    }
}
