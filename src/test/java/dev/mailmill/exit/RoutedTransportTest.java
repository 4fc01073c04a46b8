package dev.mailmill.exit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.exit.Exit.Kind;
import dev.mailmill.exit.FakeProvider.Said;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Outcome.Fault;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Transport;
import dev.mailmill.relay.FakeAttempt;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Who takes a delivery, who takes it over, and who must not. */
class RoutedTransportTest {
    private ExitLab lab = new ExitLab();

    @AfterEach
    void close() {
        lab.close();
    }

    /** For who is silent: long enough to be reached on a busy machine, and soon over. */
    private void waitNotLong() {
        lab.close();
        lab = new ExitLab(Duration.ofSeconds(2));
    }

    private static Fault fault(Outcome outcome) {
        return assertInstanceOf(Outcome.Deferred.class, outcome).fault();
    }

    private List<String> services() {
        return lab.provider.sent().stream().map(FakeProvider.Sent::service).toList();
    }

    @Test
    void without_a_route_all_is_as_it_was() {
        lab.exit("sg", Kind.SENDGRID);
        assertInstanceOf(Outcome.Delivered.class, lab.send("u@rcpt.test"));
        assertEquals(Transport.Site.own("own:rcpt.test", 7),
                lab.transport.find(lab.delivery("u@rcpt.test", 0)));
        assertEquals(0, lab.provider.calls());
    }

    @ParameterizedTest
    @EnumSource(value = Kind.class, names = {"SENDGRID", "POSTMARK", "MAILGUN", "SES", "RESEND"})
    void each_service_takes_a_written_message_and_its_number_is_kept(Kind kind) {
        lab.exit("out", kind);
        lab.route(List.of(), "out", 100);
        lab.next();
        FakeAttempt attempt = lab.written("ann@ours.test", "u@rcpt.test");
        Reply reply = assertInstanceOf(Outcome.Relayed.class, lab.transport.attempt(attempt))
                .reply();
        FakeProvider.Sent sent = lab.provider.sent().getFirst();
        assertEquals(kind.word(), sent.service());
        assertEquals("u@rcpt.test", sent.to());
        assertTrue(sent.body().contains("It works."), sent.body());
        assertTrue(sent.body().contains("X-Order"), sent.body());
        assertFalse(sent.body().contains("c@else.test") && kind != Kind.MAILGUN
                && kind != Kind.SES, "one recipient a request");
        assertTrue(reply.text().endsWith(" as " + sent.id()), reply.text());
        assertEquals(Optional.of(attempt.delivery().id()), lab.exits.store().delivery(
                lab.exits.named("out").orElseThrow().exit().id(), kind == Kind.MAILGUN
                ? sent.id() + " u@rcpt.test" : sent.id()));
        assertEquals(1, attempt.intents());
        assertEquals("exit:out", lab.transport.find(attempt.delivery()).name());
    }

    @Test
    void the_parts_say_what_the_message_said() {
        lab.exit("sg", Kind.SENDGRID);
        lab.route(List.of(), "sg", 100);
        lab.send("u@rcpt.test");
        JsonNode said = lab.provider.sent().getFirst().json();
        assertEquals("{\"email\":\"u@rcpt.test\",\"name\":\"Bob\"}",
                said.at("/personalizations/0/to/0").toString());
        assertEquals("{\"email\":\"ann@ours.test\",\"name\":\"Ann\"}",
                said.path("from").toString());
        assertEquals("{\"X-Order\":\"12\"}", said.path("headers").toString());
        assertEquals("[{\"type\":\"text/plain\",\"value\":\"It works.\\n\"}]",
                said.path("content").toString());
    }

    /** What an exit says, what follows for the delivery, and whether the next one may have it. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "SENDGRID | 401 | {} | TAKEN_OVER",
        "SENDGRID | 403 | {} | TAKEN_OVER",
        "SENDGRID | 500 | {} | TAKEN_OVER",
        "SENDGRID | 503 | <html>no</html> | TAKEN_OVER",
        "SENDGRID | 302 | {} | TAKEN_OVER",
        "SENDGRID | 502 | {} | AMBIGUOUS",
        "SENDGRID | 504 | {} | AMBIGUOUS",
        "SENDGRID | 429 | {} | LANE",
        "SENDGRID | 400 | {\"errors\":[{\"message\":\"no\",\"field\":\"personalizations.0.to\"}]}"
                + " | BOUNCED",
        "SENDGRID | 400 | {\"errors\":[{\"message\":\"no\",\"field\":\"content\"}]} | FAILED",
        "SENDGRID | 413 | {} | FAILED",
        "POSTMARK | 422 | {\"ErrorCode\":406,\"Message\":\"inactive\"} | BOUNCED",
        "POSTMARK | 422 | {\"ErrorCode\":412,\"Message\":\"pending\"} | TAKEN_OVER",
        "POSTMARK | 422 | {\"ErrorCode\":405,\"Message\":\"no credits\"} | TAKEN_OVER",
        "POSTMARK | 401 | {\"ErrorCode\":10,\"Message\":\"token\"} | TAKEN_OVER",
        "POSTMARK | 422 | {\"ErrorCode\":300,\"Message\":\"what\"} | FAILED",
        "MAILGUN | 401 | Forbidden | TAKEN_OVER",
        "MAILGUN | 400 | {\"message\":\"to parameter is not a valid address\"} | BOUNCED",
        "MAILGUN | 400 | {\"message\":\"from parameter is missing\"} | FAILED",
        "RESEND | 429 | {\"name\":\"monthly_quota_exceeded\"} | TAKEN_OVER",
        "RESEND | 429 | {\"name\":\"rate_limit_exceeded\"} | LANE",
        "RESEND | 409 | {\"name\":\"concurrent_idempotent_requests\"} | RECIPIENT",
        "RESEND | 409 | {\"name\":\"invalid_idempotent_request\"} | AMBIGUOUS",
        "RESEND | 422 | {\"name\":\"validation_error\",\"message\":\"Invalid `to` field.\"}"
                + " | BOUNCED",
        "RESEND | 422 | {\"name\":\"validation_error\",\"message\":\"Invalid subject.\"}"
                + " | FAILED",
        "SES | 400 | {\"__type\":\"AccountSuspendedException\"} | TAKEN_OVER",
        "SES | 400 | {\"__type\":\"LimitExceededException\"} | TAKEN_OVER",
        "SES | 400 | {\"__type\":\"MessageRejected\",\"message\":\"Address is not verified.\"}"
                + " | TAKEN_OVER",
        "SES | 400 | {\"__type\":\"MessageRejected\",\"message\":\"virus\"} | FAILED",
        "SES | 429 | {\"__type\":\"TooManyRequestsException\"} | LANE"})
    void a_failed_exit_is_gone_around_and_a_verdict_or_a_doubt_is_not(Kind kind, int status,
            String body, String becomes) {
        lab.exit("out", kind);
        lab.route(List.of("own"), "out", 100);
        lab.provider.always(status, body);
        Outcome outcome = lab.send("u@rcpt.test");
        assertEquals(becomes, switch (outcome) {
            case Outcome.Delivered _ -> "TAKEN_OVER";
            case Outcome.Ambiguous _ -> "AMBIGUOUS";
            case Outcome.Bounced _ -> "BOUNCED";
            case Outcome.Failed _ -> "FAILED";
            case Outcome.Deferred(Reply _, Fault fault) -> fault.name();
            case Outcome.Relayed _, Outcome.Captured _, Outcome.Held _ -> "what? " + outcome;
        });
        assertEquals(becomes.equals("TAKEN_OVER") ? 1 : 0, lab.own.took.size());
        assertEquals(1, lab.provider.calls());
    }

    @Test
    void real_refusals_are_understood_too() {
        for (Kind kind : List.of(Kind.SENDGRID, Kind.MAILGUN, Kind.RESEND, Kind.SES)) {
            String name = kind.word();
            lab.exit(name, kind);
            lab.route(List.of(), name, 100);
            assertInstanceOf(Outcome.Bounced.class, lab.send("bad@rcpt.test"), name);
            lab.next();
            assertEquals(Fault.LANE, fault(lab.transport.attempt(
                    lab.written("x@unproven.test", "u@rcpt.test"))), name);
        }
        lab.exit("pm", Kind.POSTMARK);
        lab.route(List.of(), "pm", 100);
        assertInstanceOf(Outcome.Bounced.class, lab.send("inactive@rcpt.test"));
        assertEquals(List.of(), lab.provider.sent());
    }

    @Test
    void a_quota_that_is_used_up_is_told_from_a_pace() {
        lab.exit("sg", Kind.SENDGRID);
        lab.exit("pm", Kind.POSTMARK);
        lab.route(List.of("pm"), "sg", 100);
        lab.provider.instead(path -> path.startsWith("/v3") ? Optional.of(new Said(429, "{}",
                Map.of("Retry-After", "3"))) : Optional.empty());
        Outcome.Deferred paced = assertInstanceOf(Outcome.Deferred.class, lab.send("u@rcpt.test"));
        assertEquals(Fault.LANE, paced.fault());
        assertTrue(paced.reply().text().contains("retry after 3 s"), paced.reply().text());
        assertEquals(Fault.LANE, fault(lab.send("v@rcpt.test")), "nobody else gets it meanwhile");
        assertEquals(1, lab.provider.calls(), "nor is it asked again before its time");
        lab.exit("sg2", Kind.SENDGRID);
        lab.route(List.of("pm"), "sg2", 100);
        lab.provider.instead(path -> path.startsWith("/v3") ? Optional.of(new Said(429, "{}",
                Map.of("Retry-After", "3600"))) : Optional.empty());
        assertInstanceOf(Outcome.Relayed.class, lab.send("u@rcpt.test"));
        assertEquals(List.of("postmark"), services());
    }

    @Test
    void no_connection_is_gone_around_and_nothing_of_it_is_spent() {
        lab.exit("sg", Kind.SENDGRID, e -> ExitLab.at(e, FakeProvider.closedUrl()), "");
        lab.exit("pm", Kind.POSTMARK);
        lab.route(List.of("pm"), "sg", 100);
        assertInstanceOf(Outcome.Relayed.class, lab.send("u@rcpt.test"));
        lab.route(List.of(), "sg", 100);
        assertEquals(Fault.LANE, fault(lab.send("u@rcpt.test")));
    }

    @Test
    void who_is_silent_after_the_last_octet_may_have_it() {
        waitNotLong();
        lab.exit("sg", Kind.SENDGRID);
        lab.route(List.of("own"), "sg", 100);
        lab.provider.mute();
        lab.next();
        FakeAttempt attempt = lab.written("ann@ours.test", "u@rcpt.test");
        assertInstanceOf(Outcome.Ambiguous.class, lab.transport.attempt(attempt));
        assertEquals(List.of(), lab.own.took);
        assertTrue(attempt.conversation().contains("-- sent, no answer"),
                attempt.conversation());
        assertFalse(attempt.conversation().contains(FakeProvider.KEY));
    }

    @Test
    void what_is_no_longer_ours_is_not_sent() {
        lab.exit("sg", Kind.SENDGRID);
        lab.route(List.of("own"), "sg", 100);
        lab.next();
        assertEquals(Fault.RECIPIENT, fault(lab.transport.attempt(
                lab.written("ann@ours.test", "u@rcpt.test").notOurs())));
        assertEquals(List.of(), lab.provider.sent());
        assertEquals(List.of(), lab.own.took);
    }

    @Test
    void a_doubtful_delivery_stays_where_it_may_be_whatever_the_shares_say() {
        waitNotLong();
        lab.exit("sg", Kind.SENDGRID);
        lab.exit("pm", Kind.POSTMARK);
        lab.route(List.of("own"), "sg", 100);
        lab.provider.mute();
        lab.next();
        lab.transport.attempt(lab.written("ann@ours.test", "u@rcpt.test"));
        Delivery again = lab.delivery("u@rcpt.test", 1);
        lab.doubtful.add(again.id());
        lab.route(List.of("own"), "pm", 100);
        assertInstanceOf(Outcome.Ambiguous.class, lab.transport.attempt(
                lab.attempt(Door.API, "ann@ours.test", again)), "sendgrid is asked, and mute");
        lab.exits.removeRoute("all");
        assertInstanceOf(Outcome.Ambiguous.class, lab.transport.attempt(
                lab.attempt(Door.API, "ann@ours.test", again)));
        assertEquals(List.of(), lab.own.took, "nor does it fail over");
        assertEquals(List.of(), services());
    }

    @Test
    void a_doubt_about_our_own_way_keeps_it_from_all_exits() {
        lab.exit("sg", Kind.SENDGRID);
        lab.route(List.of("own"), "sg", 100);
        lab.provider.always(401, "{}");
        lab.own.outcome = new Outcome.Ambiguous(Reply.local("4.4.2", "the line died"));
        lab.next();
        assertInstanceOf(Outcome.Ambiguous.class, lab.transport.attempt(
                lab.written("ann@ours.test", "u@rcpt.test")));
        Delivery again = lab.delivery("u@rcpt.test", 1);
        lab.doubtful.add(again.id());
        lab.transport.attempt(lab.attempt(Door.API, "ann@ours.test", again));
        assertEquals(List.of("u@rcpt.test", "u@rcpt.test"), lab.own.took);
        assertEquals(1, lab.provider.calls(), "only at first, when it refused");
    }

    @Test
    void where_it_may_be_is_stored_before_the_service_has_it_all() {
        lab.exit("sg", Kind.SENDGRID);
        lab.route(List.of(), "sg", 100);
        lab.next();
        FakeAttempt attempt = lab.written("ann@ours.test", "u@rcpt.test");
        List<Optional<String>> seen = new java.util.concurrent.CopyOnWriteArrayList<>();
        lab.provider.instead(_ -> {
            seen.add(lab.exits.store().pinned(attempt.delivery().id()));
            return Optional.empty();
        });
        lab.transport.attempt(attempt);
        assertEquals(List.of(Optional.of("sg")), seen);
    }

    @Test
    void a_service_that_knows_requests_by_their_key_sends_once_after_a_lost_answer() {
        lab.exit("rs", Kind.RESEND);
        lab.route(List.of("own"), "rs", 100);
        lab.provider.forget(true);
        lab.next();
        assertInstanceOf(Outcome.Ambiguous.class,
                lab.transport.attempt(lab.written("ann@ours.test", "u@rcpt.test")));
        lab.provider.forget(false);
        Delivery again = lab.delivery("u@rcpt.test", 1);
        lab.doubtful.add(again.id());
        Outcome.Relayed relayed = assertInstanceOf(Outcome.Relayed.class, lab.transport.attempt(
                lab.attempt(Door.API, "ann@ours.test", again)));
        assertEquals(1, lab.provider.sent().size());
        assertTrue(relayed.reply().text().endsWith(lab.provider.sent().getFirst().id()));
    }

    @Test
    void a_clean_refusal_leaves_a_delivery_free_to_move() {
        lab.exit("sg", Kind.SENDGRID);
        lab.exit("pm", Kind.POSTMARK);
        lab.route(List.of(), "sg", 100);
        lab.provider.instead(path -> path.startsWith("/v3") ? Optional.of(new Said(429, "{}"))
                : Optional.empty());
        assertEquals(Fault.LANE, fault(lab.send("u@rcpt.test")));
        lab.route(List.of(), "pm", 100);
        assertInstanceOf(Outcome.Relayed.class, lab.transport.attempt(lab.attempt(Door.API,
                "ann@ours.test", lab.delivery("u@rcpt.test", 1))));
        assertEquals(List.of("postmark"), services());
    }

    @Test
    void a_failed_exit_rests_where_another_takes_its_mail() {
        lab.exit("sg", Kind.SENDGRID);
        lab.exit("pm", Kind.POSTMARK);
        lab.route(List.of("pm"), "sg", 100);
        lab.provider.instead(path -> path.startsWith("/v3") ? Optional.of(new Said(503, ""))
                : Optional.empty());
        for (int i = 0; i < 5; i++) {
            assertInstanceOf(Outcome.Relayed.class, lab.send("u" + i + "@rcpt.test"));
        }
        assertEquals(6, lab.provider.calls(), "sendgrid once, postmark five times");
    }

    @Test
    void only_an_exit_where_the_senders_domain_is_verified_gets_anything() {
        lab.exit("sg", Kind.SENDGRID, e -> ExitLab.verified(e, "other.test"), "");
        lab.exit("pm", Kind.POSTMARK, e -> ExitLab.verified(e, "other.test", "ours.test"), "");
        lab.exit("rs", Kind.RESEND, e -> ExitLab.verified(e, "*"), "");
        lab.route(List.of("sg"), "pm", 100);
        lab.provider.always(500, "{}");
        lab.send("u@rcpt.test");
        assertEquals(1, lab.provider.calls(), "postmark; sendgrid is not asked");
        lab.route(List.of(), "sg", 100);
        Outcome.Deferred none = assertInstanceOf(Outcome.Deferred.class, lab.send("u@rcpt.test"));
        assertEquals(Fault.RECIPIENT, none.fault());
        assertTrue(none.reply().text().contains("ours.test is verified at none"),
                none.reply().text());
        lab.provider.instead(_ -> Optional.empty());
        lab.route(List.of("rs"), "sg", 100);
        assertInstanceOf(Outcome.Relayed.class, lab.send("u@rcpt.test"));
        assertEquals(List.of("resend"), services());
    }

    @Test
    void a_recipients_server_that_is_down_is_not_gone_around() {
        lab.exit("sg", Kind.SENDGRID);
        lab.exit("direct", Kind.MX, e -> ExitLab.verified(e, "*"), "");
        lab.own.outcome = new Outcome.Deferred(Reply.local("4.4.1", "no answer"), Fault.LANE);
        lab.mx.outcome = lab.own.outcome;
        lab.route(List.of("sg"), "own", 50, "direct", 50);
        for (int i = 0; i < 10; i++) {
            assertEquals("no answer", assertInstanceOf(Outcome.Deferred.class,
                    lab.send("u" + i + "@rcpt.test")).reply().text());
        }
        assertEquals(10, lab.own.took.size() + lab.mx.took.size());
        assertFalse(lab.own.took.isEmpty() || lab.mx.took.isEmpty());
        assertEquals(0, lab.provider.calls());
    }

    @Test
    void whoever_takes_over_goes_to_the_recipients_own_place_and_keeps_its_connections_apart() {
        lab.exit("sg", Kind.SENDGRID);
        lab.exit("direct", Kind.MX, e -> ExitLab.verified(e, "*"), "");
        lab.provider.always(503, "");
        for (String way : List.of("own", "direct")) {
            lab.route(List.of(way), "sg", 100);
            assertEquals("exit:sg", place("u@a.test"));
            lab.send("u@a.test");
            lab.send("u@b.test");
            lab.route(List.of(), way, 100);
            lab.send("u@a.test");
        }
        assertEquals(List.of("own:a.test", "own:b.test", "own:a.test"), lab.own.roads);
        assertEquals(List.of("mx:a.test", "mx:b.test", "mx:a.test"), lab.mx.roads);
        assertEquals("mx:a.test", place("u@a.test"), "what holds for its site holds for it");
    }

    @Test
    void a_fault_of_who_took_over_shuts_nobodys_lane() {
        lab.exit("sg", Kind.SENDGRID);
        lab.route(List.of("own"), "sg", 100);
        lab.provider.always(503, "");
        lab.own.outcome = new Outcome.Deferred(Reply.local("4.4.1", "rcpt.test is down"),
                Fault.LANE);
        Outcome.Deferred deferred = assertInstanceOf(Outcome.Deferred.class,
                lab.send("u@rcpt.test"));
        assertEquals("rcpt.test is down", deferred.reply().text());
        assertEquals(Fault.RECIPIENT, deferred.fault(), "its lane is sendgrid's");
    }

    @Test
    void finished_messages_take_the_services_relay_or_fail_with_a_reason() {
        lab.exit("sg", Kind.SENDGRID, e -> e, "smtp://127.0.0.1:" + lab.sink.port());
        lab.exit("pm", Kind.POSTMARK);
        lab.exit("mg", Kind.MAILGUN);
        lab.route(List.of(), "sg", 100);
        lab.next();
        Delivery d = lab.delivery("u@rcpt.test", 0);
        assertInstanceOf(Outcome.Relayed.class,
                lab.transport.attempt(lab.attempt(Door.SMTP, "ann@ours.test", d)));
        assertEquals(1, lab.sink.received().size());
        lab.route(List.of(), "pm", 100);
        Outcome.Failed failed = assertInstanceOf(Outcome.Failed.class,
                lab.transport.attempt(lab.attempt(Door.SMTP, "ann@ours.test", d)));
        assertTrue(failed.reply().text().contains("SMTP relay"), failed.reply().text());
        lab.route(List.of(), "mg", 100);
        assertInstanceOf(Outcome.Relayed.class,
                lab.transport.attempt(lab.attempt(Door.SMTP, "ann@ours.test", d)));
        assertEquals(List.of("mailgun"), services());
    }

    @Test
    void a_smart_host_is_an_exit_like_any_other() {
        lab.exit("relay", Kind.SMTP, e -> ExitLab.verified(e, "*"),
                "smtp://127.0.0.1:" + lab.sink.port());
        lab.exit("gone", Kind.SMTP, e -> ExitLab.verified(e, "*"),
                FakeProvider.closedUrl().replace("http", "smtp"));
        lab.route(List.of("relay"), "gone", 100);
        assertInstanceOf(Outcome.Relayed.class, lab.send("u@rcpt.test"));
        assertEquals(1, lab.sink.received().size());
        lab.sink.answers(c -> c.startsWith("RCPT") ? "550 5.1.1 nobody" : null);
        lab.route(List.of("own"), "relay", 100);
        assertInstanceOf(Outcome.Bounced.class, lab.send("u@rcpt.test"));
        assertEquals(List.of(), lab.own.took);
    }

    private String place(String to) {
        return lab.transport.find(lab.delivery(to, 0)).name();
    }

    @Test
    void the_route_that_says_most_is_taken() {
        for (String name : List.of("a", "b", "c", "d", "e")) {
            lab.exit(name, Kind.SENDGRID);
        }
        lab.route("every", Route.Match.ALL, List.of(), "own", 100);
        lab.route("stream", new Route.Match("", "stream1", "", "", ""), List.of(), "a", 100);
        lab.route("site", new Route.Match("", "", "gmail.test", "", ""), List.of(), "b", 100);
        lab.route("google", new Route.Match("", "", "", "", "google"), List.of(), "c", 100);
        lab.route("both", new Route.Match("", "stream1", "gmail.test", "", ""), List.of(), "d",
                100);
        lab.route("theirs", new Route.Match("tenant2", "", "", "", ""), List.of(), "e", 100);
        assertEquals("exit:a", place("u@rcpt.test"));
        assertEquals("exit:d", place("u@gmail.test"));
        lab.exits.removeRoute("both");
        assertEquals("exit:b", place("u@gmail.test"));
        lab.exits.removeRoute("site");
        lab.exits.removeRoute("stream");
        assertEquals("exit:c", place("u@gmail.test"));
        assertEquals("own:rcpt.test", place("u@rcpt.test"));
        assertEquals(Optional.empty(), lab.transport.site(lab.delivery("u@gmail.test", 0)),
                "who runs it has to be found out first");
    }

    @Test
    void a_senders_domain_decides_where_the_message_is_known() {
        lab.exit("sg", Kind.SENDGRID);
        lab.route("theirs", new Route.Match("", "", "", "ours.test", ""), List.of(), "sg", 100);
        lab.send("u@rcpt.test");
        assertEquals(List.of("sendgrid"), services());
        lab.next();
        lab.transport.attempt(lab.written("x@else.test", "u@rcpt.test"));
        assertEquals(List.of("u@rcpt.test"), lab.own.took);
        lab.provider.always(401, "{}");
        assertEquals(Fault.RECIPIENT, fault(lab.send("u@rcpt.test")),
                "it waits in a lane that is the recipient's, and must not shut it");
    }

    @Test
    void a_retry_goes_where_the_first_attempt_went() {
        lab.exit("sg", Kind.SENDGRID);
        lab.exit("pm", Kind.POSTMARK);
        lab.route(List.of(), "sg", 50, "pm", 50);
        List<String> people = IntStream.range(0, 20).mapToObj(i -> "p" + i + "@rcpt.test")
                .toList();
        people.forEach(p -> {
            lab.send(p);
            lab.transport.attempt(lab.attempt(Door.API, "ann@ours.test", lab.delivery(p, 1)));
        });
        List<FakeProvider.Sent> sent = lab.provider.sent();
        for (int i = 0; i < people.size(); i++) {
            assertEquals(sent.get(2 * i).service(), sent.get(2 * i + 1).service());
        }
        assertEquals(2, services().stream().distinct().count());
    }
}
