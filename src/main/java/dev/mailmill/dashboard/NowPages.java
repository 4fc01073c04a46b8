package dev.mailmill.dashboard;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.People;
import dev.mailmill.account.Right;
import dev.mailmill.account.Tenant;
import dev.mailmill.analytics.Figure;
import dev.mailmill.analytics.Rate;
import dev.mailmill.analytics.Stats.Sums;
import dev.mailmill.containment.Containment;
import dev.mailmill.dashboard.DeliverabilityPages.Span;
import dev.mailmill.domain.Domains;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Content.Mailbox;
import dev.mailmill.mail.Content.Written;
import dev.mailmill.mail.Dispatcher;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Envelope;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.Malformed;
import gg.jte.Content;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The home page: whether mail arrives, in two seconds; why not, in two clicks. */
final class NowPages implements Routes {
    private static final Right CHANGES = Right.MAIL;
    private static final JsonMapper JSON = new JsonMapper();
    private static final int REASONS_SHOWN = 5;
    /** What ends within this is told by the clock alone. */
    private static final Duration TODAY = Duration.ofHours(20);
    private static final long TELL_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** How often a live page's session is looked up again. */
    private static final int ASKED_EVERY = 10;

    /** What the page is made of. */
    record Parts(Lately lately, Glance glance, Needs needs, Complaints complaints,
            Containment containment, Accounts accounts, Domains domains, Spool spool,
            People people, Surroundings surroundings) {
    }

    private final Gatekeeper gate;
    private final Parts parts;
    private final Function<List<Submission>, Admission> intake;
    private final InstantSource clock;

    NowPages(Gatekeeper gate, Parts parts, Function<List<Submission>, Admission> intake,
            InstantSource clock) {
        this.gate = gate;
        this.parts = parts;
        this.intake = intake;
        this.clock = clock;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/", v -> show(v, ""));
        gate.live(router, "/live", this::live);
        gate.post(router, "/first-mail", CHANGES, this::first);
    }

    /**
     * What moves without a click: numbers as texts, by the name that the page has for them.
     *
     * @param sentence as it is now
     * @param never    whether no mail was ever seen
     */
    record Moving(HealthSentence sentence, boolean never, Map<String, String> texts) {
        String text(String name) {
            return texts.getOrDefault(name, "");
        }

        String json() {
            ObjectNode all = JSON.createObjectNode().put("never", never);
            all.putObject("health").put("tone", sentence.tone()).put("word", sentence.word())
                    .put("cause", sentence.cause()).put("rest", sentence.rest())
                    .put("path", sentence.path());
            ObjectNode shown = all.putObject("texts");
            texts.forEach(shown::put);
            return all.toString();
        }
    }

    /**
     * What the page shows.
     *
     * @param needs    all; the page has room for some
     * @param operator whether lanes, which are everybody's, are shown
     * @param swaks    the same mail by SMTP
     */
    record Model(String at, Span span, Tiles.Show show, Moving moving, List<Tiles.Tile> tiles,
            Course course, List<ProviderStrip.Row> providers, List<Need> needs,
            List<Tiles.Reason> reasons, long rejected, boolean operator, String curl,
            String swaks, boolean mayChange, boolean captures, String wrong) {
        List<Span> spans() {
            return List.of(Span.values());
        }

        String path(Tiles.Show other) {
            return "/?show=" + other.word() + "&span=" + span.word();
        }

        String path(Span other) {
            return "/?show=" + show.word() + "&span=" + other.word();
        }

        List<Need> shownNeeds() {
            return needs.stream().limit(Needs.SHOWN_MAX).toList();
        }

        /** Those that there was no room for. */
        List<Need> otherNeeds() {
            return needs.stream().skip(Needs.SHOWN_MAX).toList();
        }

        /** In a template these marks would end it. */
        Content teach() {
            return Texts.rich("Or from a program. `$KEY` is the API key that the first start"
                    + " printed; [Credentials](/credentials) makes another, and logins for"
                    + " SMTP.");
        }

        String rejectedPath() {
            return "/deliverability?span=" + span.word();
        }
    }

    private Answer show(Visit visit, String wrong) {
        Instant now = clock.instant();
        long tenant = visit.tenant();
        Span span = Span.of(visit.query("span"));
        Tiles.Show show = Tiles.Show.of(visit.query("show"));
        Lately.Numbers numbers = parts.lately().of(tenant, span);
        List<Complaints.Row> told = parts.complaints().of(tenant, numbers.now());
        Tiles tiles = new Tiles(numbers, told, labels(numbers));
        boolean operator = tenant == Tenant.FIRST;
        List<Dispatcher.Place> places = operator ? parts.glance().now().places() : List.of();
        return gate.page(wrong.isEmpty() ? 200 : 422, visit, "now", Texts.t("Now"), "now",
                new Model(Times.weekday(now), span, show, moving(tenant, span), tiles.all(),
                        tiles.course(show, every(span)), ProviderStrip.of(numbers.now(), places,
                                p -> parts.glance().flows(tenant, p), span.word(), now),
                        parts.needs().of(tenant, numbers),
                        tiles.reasons(r -> path(r, span), REASONS_SHOWN),
                        numbers.now().sums(_ -> true).of(Figure.BOUNCED), operator,
                        Snippets.first(parts.surroundings()),
                        Snippets.firstBySmtp(parts.surroundings()),
                        CHANGES.test(visit.person()),
                        parts.surroundings().delivery() == Surroundings.Delivery.CAPTURE,
                        wrong));
    }

    private static List<String> labels(Lately.Numbers numbers) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < numbers.now().points(); i++) {
            all.add(DeliverabilityPages.label(numbers.now(), i));
        }
        return all;
    }

    private static String every(Span span) {
        return switch (span) {
            case DAY -> Texts.t("per hour, UTC");
            case WEEK -> Texts.t("per six hours, UTC");
            case MONTH -> Texts.t("per day, UTC");
        };
    }

    private static String path(Tiles.Reason r, Span span) {
        return "/deliverability?span=" + span.word() + (r.places() == 1 ? "&provider="
                + r.provider() : "") + "&figure=bounced&reason=" + r.reason();
    }

    private Moving moving(long tenant, Span span) {
        Lately.Numbers numbers = parts.lately().of(tenant, span);
        Sums now = numbers.now().sums(_ -> true);
        boolean operator = tenant == Tenant.FIRST;
        Glance.Seen seen = parts.glance().now();
        long flows = parts.glance().flows(tenant).stream().mapToLong(w -> w.count()).sum();
        long open = operator ? seen.open() : flows;
        boolean never = numbers.none() && open == 0 && span != Span.MONTH
                ? parts.lately().of(tenant, Span.MONTH).none() : numbers.none() && open == 0;
        Optional<Duration> first = parts.glance().first(tenant);
        HealthSentence sentence = HealthSentence.of(new HealthSentence.Known(
                parts.surroundings().delivery(), parts.spool().trouble(), stopped(tenant),
                operator ? shut(seen) : List.of(), refusal(numbers, span), never,
                now.of(Figure.ACCEPTED), Rate.DELIVERY.numerator(now),
                Rate.DELIVERY.denominator(now), now.of(Figure.CAPTURED), open, first,
                span.during()));
        return new Moving(sentence, never, Map.of(
                "accepted", Texts.t("{0}", now.of(Figure.ACCEPTED)),
                "open", Texts.t("{0}", open),
                "running", Texts.t("{0}", seen.running()),
                "waiting", Texts.t("{0}", operator ? seen.waiting() : flows),
                "later", Texts.t("{0}", seen.later()),
                "first", first.map(HealthSentence::seconds).orElse("–")));
    }

    private List<String> stopped(long tenant) {
        return parts.containment().harms(tenant).stream()
                .filter(h -> h.state().equals("stopped")).map(h -> h.stream().name()).toList();
    }

    private static List<HealthSentence.Shut> shut(Glance.Seen seen) {
        return seen.places().stream().filter(p -> p.hold().isPresent() && p.waiting() > 0)
                .map(p -> {
                    Traffic.Hold hold = p.hold().orElseThrow();
                    int code = hold.reply().code() == 0 ? p.picture().fault().code()
                            : hold.reply().code();
                    return new HealthSentence.Shut(ProviderStrip.title(p.site()),
                            p.carries() == TrafficClass.BULK, hold.constraint(),
                            Texts.told(hold.reason()), code, p.waiting(),
                            until(hold.until(), seen.at()));
                }).toList();
    }

    private static String until(Instant end, Instant now) {
        return end.equals(Instant.MAX) ? "" : Duration.between(now, end).compareTo(TODAY) < 0
                ? Times.clock(end) : Times.second(end);
    }

    /** The most frequent one of one provider, where it is news. */
    private static Optional<HealthSentence.Refusal> refusal(Lately.Numbers numbers, Span span) {
        record Key(String provider, String reason) {
        }
        Map<String, Sums> at = new HashMap<>();
        return numbers.now().cells().stream()
                .filter(c -> c.figure().equals(Figure.BOUNCED.word()))
                .collect(java.util.stream.Collectors.groupingBy(
                        c -> new Key(c.provider(), c.reason()),
                        java.util.stream.Collectors.summingLong(c -> c.n()))).entrySet().stream()
                .map(e -> new HealthSentence.Refusal(
                        Reasons.provider(e.getKey().provider()),
                        Reasons.title(e.getKey().reason()), e.getValue(),
                        Rate.DELIVERY.denominator(at.computeIfAbsent(e.getKey().provider(),
                                p -> numbers.now().sums(c -> c.provider().equals(p)))),
                        "/deliverability?span=" + span.word() + "&provider="
                                + e.getKey().provider() + "&figure=bounced&reason="
                                + e.getKey().reason()))
                .filter(HealthSentence.Refusal::news)
                .max(Comparator.comparingLong(HealthSentence.Refusal::n));
    }

    /** Once a second what has changed, for as long as the session is open (HTML §9.2). */
    private Answer live(Visit visit) {
        long tenant = visit.tenant();
        String token = visit.session().token();
        Span span = Span.of(visit.query("span"));
        Locale language = Texts.language();
        if (!visit.exchange().header("Accept").orElse("").contains("text/event-stream")) {
            // who does not follow gets one look
            return Answer.text(200, "application/json", moving(tenant, span).json());
        }
        return Answer.live("person " + visit.person().id(), tenant, line -> {
            String last = "";
            for (int i = 1; line.open(); i++) {
                String now = Texts.in(language, () -> moving(tenant, span).json());
                if (!now.equals(last)) {
                    line.event(Integer.toString(i), "now", now);
                    last = now;
                }
                line.flush();
                if (i % ASKED_EVERY == 0 && parts.people().watching(token).isEmpty()) {
                    return;
                }
                LockSupport.parkNanos(TELL_NANOS);
            }
        });
    }

    /** A mail to whoever presses the button: kept and shown, never sent. */
    private Answer first(Visit visit) {
        try {
            String domain = parts.domains().list(visit.tenant(), "", 1).stream()
                    .map(SendingDomain::name).findFirst().orElse("example.com");
            Address from = Address.parse("hello@" + domain);
            Address to = Address.parse(visit.person().email());
            Submission submission = new Submission(new Submission.Who(visit.tenant(),
                    visit.person().email(), Door.API, ""),
                    parts.accounts().usual(visit.tenant()),
                    new Envelope(from.aSpec(), "", "", List.of(new Envelope.Recipient(
                            to.aSpec(), to.domain(), "", ""))),
                    new Written(new Mailbox("Mailmill", from.aSpec()), List.of(),
                            List.of(new Mailbox("", to.aSpec())), List.of(), Texts.t("It works"),
                            Texts.t("This is the first mail of this server. It was kept here and"
                                    + " not sent: look at what is known of it."), "", List.of(),
                            List.of()),
                    new Submission.Options(Optional.empty(), Optional.empty(), List.of(),
                            Map.of(), true, 0));
            return switch (intake.apply(List.of(submission))) {
                case Admission.Accepted accepted -> Answer.seeOther(MessagePages.path(
                        accepted.receipts().getFirst().message()));
                case Admission.Refused refused -> show(visit,
                        refused.refusals().getFirst().detail());
            };
        } catch (Malformed e) {
            return show(visit, e.getMessage());
        }
    }
}
