package dev.mailmill.dashboard;

import dev.mailmill.account.Right;
import dev.mailmill.http.Answer;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.webhook.Attempt;
import dev.mailmill.webhook.Endpoint;
import dev.mailmill.webhook.Webhooks;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Whom events are told, how that goes, and once more what was missed. */
final class WebhookPages implements Routes {
    private static final Right CHANGES = Right.WEBHOOKS;
    private static final int ROWS = 30;
    private static final Duration OLD_SECRET = Duration.ofHours(24);
    private static final String ONE = "/webhooks/{id}";

    private final Gatekeeper gate;
    private final Webhooks webhooks;
    private final InstantSource clock;

    WebhookPages(Gatekeeper gate, Webhooks webhooks, InstantSource clock) {
        this.gate = gate;
        this.webhooks = webhooks;
        this.clock = clock;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/webhooks", v -> list(v, ""));
        gate.post(router, "/webhooks/add", CHANGES, this::add);
        gate.get(router, ONE, v -> shown(v, known(v), "", "", ""));
        gate.post(router, ONE + "/test", CHANGES, this::test);
        gate.post(router, ONE + "/rotate", CHANGES, v -> {
            Endpoint e = known(v);
            return shown(v, e, webhooks.rotate(e, OLD_SECRET),
                    Texts.t("The old secret signs beside it"
                    + " for 24 hours more."), "");
        });
        gate.post(router, ONE + "/enable", CHANGES, v -> {
            webhooks.enable(known(v), v.field("from").equals("now"));
            return back(v);
        });
        gate.post(router, ONE + "/disable", CHANGES, v -> {
            webhooks.disable(known(v));
            return back(v);
        });
        gate.post(router, ONE + "/again", CHANGES, this::again);
        gate.post(router, ONE + "/replay", CHANGES, this::replay);
        gate.post(router, ONE + "/remove", CHANGES, v -> {
            webhooks.remove(v.tenant(), known(v).id());
            return Answer.seeOther("/webhooks");
        });
    }

    private Endpoint known(Visit visit) {
        return webhooks.find(visit.tenant(), visit.exchange().path("id")).orElseThrow(() ->
                ProblemType.NOT_FOUND.problem(
                        Texts.t("This account has no such webhook. The page Webhooks"
                        + " lists those that it has.")));
    }

    private static Answer back(Visit visit) {
        return Answer.seeOther("/webhooks/" + visit.exchange().path("id"));
    }

    /** What the list shows. */
    record Listed(List<Row> rows, String url, String events, boolean mayChange, String wrong) {
    }

    record Row(String path, String url, String events, String state, String tone,
            String reason, long waiting) {
    }

    private Answer list(Visit visit, String wrong) {
        return gate.page(wrong.isEmpty() ? 200 : 422, visit, "webhooks", Texts.t("Webhooks"),
                "webhooks",
                new Listed(webhooks.of(visit.tenant()).stream()
                        .map(e -> row(visit, e)).toList(),
                        visit.field("url"), visit.field("events"), CHANGES.test(visit.person()),
                        wrong));
    }

    private Row row(Visit visit, Endpoint e) {
        return new Row("/webhooks/" + e.id(), shownUrl(visit, e), events(e), e.word(), tone(e),
                e.reason(), webhooks.waiting(e));
    }

    /** A path and a query may be what proves a caller. */
    private static String shownUrl(Visit visit, Endpoint e) {
        URI url = URI.create(e.wish().url());
        return CHANGES.test(visit.person()) ? e.wish().url()
                : url.getScheme() + "://" + url.getRawAuthority() + "/…";
    }

    private static String events(Endpoint e) {
        return e.wish().types().isEmpty() ? Texts.t("all events")
                : String.join(", ", new TreeSet<>(e.wish().types()));
    }

    private static String tone(Endpoint e) {
        return switch (e.word()) {
            case "enabled" -> "good";
            case "failing" -> "bad";
            default -> "quiet";
        };
    }

    private Answer add(Visit visit) {
        String url = visit.field("url");
        Set<String> types = Arrays.stream(visit.field("events").split("[\\s,]+"))
                .filter(t -> !t.isEmpty()).collect(Collectors.toSet());
        if (!Webhooks.types().containsAll(types)) {
            return list(visit, Texts.t("Events are some of {0}, or none for all.",
                    String.join(", ", Webhooks.types())));
        }
        Optional<String> refused = webhooks.refusal(url);
        if (refused.isPresent()) {
            return list(visit, Texts.t("The address {0}.", Texts.t(refused.get())));
        }
        Optional<Webhooks.Made> made = webhooks.add(visit.tenant(), new Endpoint.Wish(url, types,
                Set.of(), "", 1, false));
        return made.map(m ->
                shown(visit, m.endpoint(), m.secret(), Texts.t("Every call is signed with"
                + " it, as Standard Webhooks has it."), "")).orElseGet(() -> list(visit,
                        Texts.t("This account has as many webhooks as it may; remove one first.")));
    }

    /** What the page of one shows. @param secret shown now, and never again; else empty */
    record Model(Row row, String id, String secret, String told, String wrong, long waiting,
            String since, int batch, List<Told> log, String older, boolean disabled,
            boolean mayChange) {
        String path() {
            return row.path();
        }
    }

    /** One call. */
    record Told(String at, String type, String outcome, String tone, String status, String said,
            String answer, String took, String request, String event) {
    }

    private Answer shown(Visit visit, Endpoint e, String secret, String told, String wrong) {
        Endpoint now = webhooks.find(e.tenant(), e.id()).orElse(e);
        String before = visit.query("before");
        List<Attempt> found = webhooks.attempts(now, before.matches("\\d{1,18}")
                ? Long.parseLong(before) : 0, Optional.empty(), ROWS + 1);
        return gate.page(wrong.isEmpty() ? 200 : 422, visit, "webhook", Texts.t("Webhook"),
                "webhooks",
                new Model(row(visit, now), now.id(), secret, told, wrong, webhooks.waiting(now),
                        now.failing().map(Times::second).orElse(""), now.wish().batch(),
                        found.stream().limit(ROWS).map(a -> told(now, a)).toList(),
                        found.size() > ROWS ? "/webhooks/" + now.id() + "?before="
                                + found.get(ROWS - 1).n() : "",
                        now.state() == Endpoint.State.DISABLED, CHANGES.test(visit.person())));
    }

    private Told told(Endpoint e, Attempt a) {
        return new Told(Times.second(a.at()), a.events().size() > 1
                ? Texts.t("{0} and {1} more", a.type(), a.events().size() - 1) : a.type(),
                a.outcome().replace('_', ' '), switch (a.outcome()) {
                    case "delivered" -> "good";
                    case "failed" -> "warn";
                    default -> "bad";
                }, a.status() == 0 ? "" : Integer.toString(a.status()), a.said(), a.answer(),
                a.millis() + " ms", webhooks.request(e, a),
                a.events().isEmpty() ? "" : a.events().getFirst());
    }

    private Answer test(Visit visit) {
        Endpoint e = known(visit);
        Attempt a = webhooks.test(e);
        return shown(visit, e, "", a.said().isEmpty() ? Texts.t("It was answered {0} within"
                + " {1} ms.", a.status(), a.millis()) : "", a.said().isEmpty() ? ""
                        : Texts.t("The test failed: {0}.",
                a.said()));
    }

    private Answer again(Visit visit) {
        Endpoint e = known(visit);
        try {
            webhooks.replay(e, Position.parse(visit.field("event")));
        } catch (IllegalArgumentException x) {
            return shown(visit, e, "", "", Texts.t("There is no such event."));
        }
        return back(visit);
    }

    private Answer replay(Visit visit) {
        String hours = visit.field("hours");
        Endpoint e = known(visit);
        if (!hours.matches("\\d{1,4}") || Integer.parseInt(hours) == 0) {
            return shown(visit, e, "", "", Texts.t("Say how many hours, as a number."));
        }
        webhooks.replay(e, Position.START,
                clock.instant().minus(Duration.ofHours(Integer.parseInt(hours))),
                Instant.ofEpochMilli(Long.MAX_VALUE));
        return back(visit);
    }
}
