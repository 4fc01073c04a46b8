package dev.mailmill.analytics;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Tenant;
import dev.mailmill.analytics.Stats.By;
import dev.mailmill.analytics.Stats.Interval;
import dev.mailmill.analytics.Stats.Named;
import dev.mailmill.analytics.Stats.Question;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Paging;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Stream;
import dev.mailmill.mime.DomainName;
import dev.mailmill.mime.Malformed;
import dev.mailmill.template.Entry;
import dev.mailmill.template.Templates;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** {@code /v1/stats}: what became of an account's mail, in numbers; and whether they are right. */
public final class StatsRoutes implements Routes {
    private static final String READ = "read";
    private static final String OPERATOR = "*";
    private static final List<String> PARAMETERS = List.of("from", "to", "interval", "by",
            "stream", "door", "provider", "template", "tag", "domain", "everywhere", "limit");
    private static final String LINKS = "links";
    private static final int LINKS_MAX = 10_000;
    private static final List<String> TABLE_PARAMETERS = java.util.stream.Stream.concat(
            PARAMETERS.stream(), java.util.stream.Stream.of(LINKS)).toList();
    private static final List<String> AUDIT_PARAMETERS = List.of("day", "hour");
    private static final int POINTS_MAX = 1_000;
    private static final int CHARS_MAX = 320;
    private static final Duration USUAL = Duration.ofHours(24);
    /** Up to there hours are shown when nobody says how long a point is. */
    private static final Duration HOURS_UP_TO = Duration.ofHours(72);
    private static final int AGAIN_SECONDS = 30;

    private final Stats stats;
    private final StatsAudit audit;
    private final Accounts accounts;
    private final Templates templates;
    private final InstantSource clock;

    public StatsRoutes(Stats stats, StatsAudit audit, Accounts accounts, Templates templates,
            InstantSource clock) {
        this.stats = stats;
        this.audit = audit;
        this.accounts = accounts;
        this.templates = templates;
        this.clock = clock;
    }

    @Override
    public void into(Router router) {
        router.get("/v1/stats", READ, this::show).get("/v1/stats.csv", READ, this::table)
                .get("/v1/stats/audit", OPERATOR, this::audited);
    }

    private Answer show(Exchange exchange) {
        Question q = question(exchange, PARAMETERS);
        return Answer.json(200, StatsJson.answer(q, stats.ask(q), Paging.of(exchange).limit(),
                key -> name(exchange, q.by(), key)));
    }

    private Answer table(Exchange exchange) {
        Question q = question(exchange, TABLE_PARAMETERS);
        String links = exchange.query(LINKS).orElse("false");
        if (!links.matches("true|false") || links.equals("true") && q.by().isPresent()) {
            throw Paging.wrong(LINKS, "must be true or false, and false with by");
        }
        if (links.equals("true")) {
            return StatsCsv.links(stats.links(q, LINKS_MAX));
        }
        return StatsCsv.answer(q, stats.table(q), key -> name(exchange, q.by(), key));
    }

    /** What a key is called, to people. */
    private String name(Exchange exchange, Optional<By> by, String key) {
        if (by.isEmpty()) {
            return "";
        }
        return switch (by.get()) {
            case STREAM -> stream(Long.parseLong(key), everywhere(exchange));
            case ACCOUNT -> accounts.tenants().stream()
                    .filter(t -> Long.toString(t.id()).equals(key)).map(Tenant::name)
                    .findFirst().orElse(key);
            case TEMPLATE -> key.isEmpty() ? key : template(exchange, key);
            case DOOR, PROVIDER, REASON, TAG, DOMAIN -> key;
        };
    }

    private String stream(long id, boolean everywhere) {
        try {
            Stream s = accounts.of(id);
            return everywhere ? s.tenant() + "/" + s.name() : s.name();
        } catch (IllegalArgumentException e) {
            return Long.toString(id);
        }
    }

    private String template(Exchange exchange, String key) {
        String id = dev.mailmill.mail.Ids.text(Entry.ID, Long.parseLong(key));
        return templates.find(exchange.caller().tenant(), id).map(Entry::alias).orElse(id);
    }

    private Question question(Exchange exchange, List<String> parameters) {
        known(exchange, parameters);
        Instant now = clock.instant();
        Instant to = text(exchange, "to").map(t -> time("to", t)).orElse(now);
        Instant from = text(exchange, "from").map(t -> time("from", t)).orElse(to.minus(USUAL));
        if (!from.isBefore(to)) {
            throw Paging.wrong("from", "must be before to, which is now if it is not said");
        }
        Interval interval = text(exchange, "interval").map(w -> word("interval", w,
                Interval.values())).orElse(Duration.between(from, to).compareTo(HOURS_UP_TO) <= 0
                        ? Interval.HOUR : Interval.DAY);
        boolean everywhere = everywhere(exchange);
        Optional<By> by = text(exchange, "by").map(w -> word("by", w, By.values()));
        if (!everywhere && by.filter(b -> b == By.ACCOUNT).isPresent()) {
            throw Paging.wrong("by", "account is for everywhere=true only");
        }
        List<Long> tenants = everywhere ? accounts.tenants().stream().map(Tenant::id).toList()
                : List.of(exchange.caller().tenant());
        long whole = interval.hours();
        long first = Math.floorDiv(Stats.hour(from), whole) * whole;
        long end = Math.ceilDiv(Stats.hour(to.minusNanos(1)) + 1, whole) * whole;
        if ((end - first) / whole > POINTS_MAX) {
            throw Paging.wrong("interval", "makes more than " + POINTS_MAX + " points of this time;"
                    + " ask for days, or for less");
        }
        return fitting(new Question(tenants, first, end, interval, by,
                text(exchange, "stream").map(n -> stream(exchange, n)),
                text(exchange, "door").map(w -> word("door", w, Door.values()).word()),
                text(exchange, "provider"), part(exchange)));
    }

    /** Rollups of their own know streams only: what they can't tell is not guessed. */
    private static Question fitting(Question q) {
        boolean apart = q.part().isPresent() || q.by().filter(By::apart).isPresent();
        if (apart && (q.door().isPresent() || q.provider().isPresent())) {
            throw Paging.wrong(q.door().isPresent() ? "door" : "provider",
                    "can't be told of templates, tags and domains; leave it or them out");
        }
        if (q.part().isPresent() && q.by().filter(b -> b != By.STREAM && b != By.ACCOUNT)
                .isPresent()) {
            throw Paging.wrong("by", "must be stream where one template, tag or domain is asked"
                    + " for");
        }
        return q;
    }

    private Optional<Named> part(Exchange exchange) {
        List<Named> all = new ArrayList<>();
        text(exchange, "template").ifPresent(t -> all.add(new Named(By.TEMPLATE,
                templates.find(exchange.caller().tenant(), t).map(e -> Long.toString(e.id()))
                        .orElseThrow(() -> Paging.wrong("template",
                                "is no template of yours; GET /v1/templates lists them")))));
        text(exchange, "tag").ifPresent(t -> all.add(new Named(By.TAG, t)));
        text(exchange, "domain").ifPresent(d -> all.add(new Named(By.DOMAIN, domain(d))));
        if (all.size() > 1) {
            throw Paging.wrong(all.get(1).kind().word(), "can't be asked for together with "
                    + all.get(0).kind().word());
        }
        return all.stream().findFirst();
    }

    private static String domain(String text) {
        try {
            return DomainName.ascii(text);
        } catch (Malformed e) {
            throw Paging.wrong("domain", "is no domain name");
        }
    }

    private long stream(Exchange exchange, String name) {
        return accounts.named(exchange.caller().tenant(), name).map(Stream::id).orElseThrow(
                () -> Paging.wrong("stream", "names no stream of yours"));
    }

    private static boolean everywhere(Exchange exchange) {
        String said = exchange.query("everywhere").orElse("false");
        if (!said.matches("true|false")) {
            throw Paging.wrong("everywhere", "must be true or false");
        }
        if (said.equals("true") && !exchange.caller().may(OPERATOR)) {
            throw ProblemType.MISSING_SCOPE.problem("Everybody's numbers are the operator's"
                    + " key's; leave out \"everywhere\".");
        }
        return said.equals("true");
    }

    private static void known(Exchange exchange, List<String> names) {
        for (String name : exchange.queryNames()) {
            if (!names.contains(name)) {
                throw Paging.wrong(name, "is not known here; there are "
                        + String.join(", ", names));
            }
        }
    }

    private static Optional<String> text(Exchange exchange, String name) {
        Optional<String> value = exchange.query(name);
        if (value.isPresent() && (value.get().isBlank() || value.get().length() > CHARS_MAX
                || value.get().chars().anyMatch(Character::isISOControl))) {
            throw Paging.wrong(name, "must be one line of 1 to " + CHARS_MAX + " characters");
        }
        return value;
    }

    private static <E extends Enum<E>> E word(String name, String word, E[] all) {
        return Arrays.stream(all).filter(v -> v.name().toLowerCase(Locale.ROOT).equals(word))
                .findFirst().orElseThrow(() -> Paging.wrong(name, "must be one of "
                        + Arrays.stream(all).map(v -> v.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(", "))));
    }

    private static Instant time(String name, String text) {
        try {
            return text.length() == 10 ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC)
                    .toInstant() : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw Paging.wrong(name, "must be a time like 2026-11-23T21:00:00Z (RFC 3339) or a day"
                    + " like 2026-11-23");
        }
    }

    private Answer audited(Exchange exchange) {
        known(exchange, AUDIT_PARAMETERS);
        Instant day = text(exchange, "day").map(t -> time("day", t))
                .orElse(clock.instant().minus(Duration.ofDays(1)));
        long first = Math.floorDiv(Stats.hour(day), Tally.DAY) * Tally.DAY;
        Optional<Integer> hour = text(exchange, "hour").map(StatsRoutes::hour);
        long from = first + hour.orElse(0);
        try {
            return Answer.json(200, StatsJson.finding(audit.of(from,
                    hour.isPresent() ? from + 1 : first + Tally.DAY),
                    id -> stream(id, false)));
        } catch (StatsAudit.Busy e) {
            throw ProblemType.BUSY.problem("Another audit runs; each reads a day of the journal.",
                    AGAIN_SECONDS);
        }
    }

    private static int hour(String text) {
        if (!text.matches("[01]?[0-9]|2[0-3]")) {
            throw Paging.wrong("hour", "must be a number from 0 to 23");
        }
        return Integer.parseInt(text);
    }
}
