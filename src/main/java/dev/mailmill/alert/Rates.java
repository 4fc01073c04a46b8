package dev.mailmill.alert;

import dev.mailmill.account.Accounts;
import dev.mailmill.analytics.Figure;
import dev.mailmill.analytics.Rate;
import dev.mailmill.analytics.Stats;
import dev.mailmill.analytics.Stats.By;
import dev.mailmill.analytics.Stats.Question;
import dev.mailmill.mail.TrafficClass;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Rates of accounts that send: sums of the statistics' rows, never of facts. */
final class Rates implements Probe {
    /** This hour and the one before: what went wrong a while ago is over. */
    private static final int RECENT = 2;
    /** People complain when they read. */
    private static final int DAY = 24;
    /** Each costs some reads; of more, each is looked at every few turns. */
    private static final int ACCOUNTS_A_TURN = 500;
    private static final int SAID_MAX = 300;
    private static final String FIRST_ATTEMPT = "first_attempt";

    private final Stats stats;
    private final Accounts accounts;
    private final Rounds rounds = new Rounds(ACCOUNTS_A_TURN);

    Rates(Stats stats, Accounts accounts) {
        this.stats = stats;
        this.accounts = accounts;
    }

    @Override
    public Set<Rule> rules() {
        return Set.of(Rule.REJECT_RATE, Rule.BOUNCE_RATE, Rule.DELIVERY_RATE, Rule.COMPLAINT_RATE,
                Rule.FIRST_ATTEMPT_P99);
    }

    @Override
    public List<Reading> read(Instant now) {
        List<Long> tenants = accounts.tenants().stream().map(t -> t.id()).toList();
        if (tenants.isEmpty()) {
            return List.of();
        }
        long end = Stats.hour(now) + 1;
        List<Long> busy = stats.table(question(tenants, end, DAY, By.ACCOUNT, Optional.empty()))
                .stream().map(c -> Long.parseLong(c.key())).distinct().toList();
        return rounds.read(busy, tenant -> {
            List<Reading> all = new ArrayList<>();
            providers(tenant, end, all);
            streams(tenant, end, all);
            return all;
        });
    }

    private static Question question(List<Long> tenants, long end, int hours, By by,
            Optional<String> provider) {
        return new Question(tenants, end - hours, end, hours > RECENT ? Stats.Interval.DAY
                : Stats.Interval.HOUR, Optional.of(by), Optional.empty(), Optional.empty(),
                provider, Optional.empty());
    }

    private static String share(long n, long of) {
        return String.format(Locale.ROOT, "%.2f %%", of == 0 ? 0 : 100.0 * n / of);
    }

    /** Of several points together. */
    private Map<String, List<Stats.Cell>> cells(long tenant, long end, int hours, By by) {
        return stats.table(question(List.of(tenant), end, hours, by, Optional.empty())).stream()
                .filter(c -> !c.key().isEmpty()).collect(Collectors.groupingBy(Stats.Cell::key));
    }

    private static long under(Rate rate, List<Stats.Cell> cells) {
        return cells.stream().mapToLong(c -> rate.denominator(c.sums())).sum();
    }

    private static long over(Rate rate, List<Stats.Cell> cells) {
        return cells.stream().mapToLong(c -> rate.numerator(c.sums())).sum();
    }

    private void providers(long tenant, long end, List<Reading> to) {
        cells(tenant, end, RECENT, By.PROVIDER).forEach((provider, cells) -> {
            long decided = under(Rate.BOUNCE, cells);
            long refused = over(Rate.BOUNCE, cells);
            long taken = over(Rate.DELIVERY, cells);
            if (decided == 0) {
                return;
            }
            String said = refused == 0 ? "" : said(tenant, end, provider);
            to.add(new Reading(Rule.REJECT_RATE, tenant, provider, (double) refused / decided,
                    decided, provider + " refused " + refused + " of " + decided
                    + " in two hours (" + share(refused, decided) + ")" + said));
            to.add(new Reading(Rule.DELIVERY_RATE, tenant, provider, (double) taken / decided,
                    decided, provider + " took " + taken + " of " + decided + " in two hours ("
                    + share(taken, decided) + ")" + said));
        });
    }

    /** The most frequent reply there, in its own words. */
    private String said(long tenant, long end, String provider) {
        return stats.ask(question(List.of(tenant), end, RECENT, By.PROVIDER,
                Optional.of(provider))).reasons().stream()
                .filter(r -> r.figure().equals(Figure.BOUNCED.word()))
                .flatMap(r -> r.replies().stream()).findFirst()
                .map(s -> "; most said: " + Reading.cut(s.text(), SAID_MAX)).orElse("");
    }

    private void streams(long tenant, long end, List<Reading> to) {
        Map<String, String> names = new HashMap<>();
        Map<String, TrafficClass> classes = new HashMap<>();
        accounts.streams(tenant).forEach(s -> {
            names.put(Long.toString(s.id()), s.name());
            classes.put(Long.toString(s.id()), s.carries());
        });
        cells(tenant, end, RECENT, By.STREAM).forEach((id, cells) -> {
            long decided = under(Rate.BOUNCE, cells);
            long bounced = over(Rate.BOUNCE, cells);
            if (names.containsKey(id) && decided > 0) {
                to.add(new Reading(Rule.BOUNCE_RATE, tenant, names.get(id),
                        (double) bounced / decided, decided, bounced + " of " + decided
                        + " of the stream " + names.get(id) + " bounced in two hours ("
                        + share(bounced, decided) + ")"));
            }
        });
        cells(tenant, end, DAY, By.STREAM).forEach((id, cells) -> {
            long told = under(Rate.COMPLAINT, cells);
            long complained = over(Rate.COMPLAINT, cells);
            if (names.containsKey(id) && told > 0) {
                to.add(new Reading(Rule.COMPLAINT_RATE, tenant, names.get(id),
                        (double) complained / told, told, complained + " complaints of " + told
                        + " of the stream " + names.get(id) + " delivered in a day where one is"
                        + " told of them (" + share(complained, told) + ")"));
            }
        });
        if (classes.containsValue(TrafficClass.TRANSACTIONAL)) {
            starts(tenant, end, names, classes, to);
        }
    }

    private void starts(long tenant, long end, Map<String, String> names,
            Map<String, TrafficClass> classes, List<Reading> to) {
        for (Stats.Row row : stats.ask(question(List.of(tenant), end, RECENT, By.STREAM,
                Optional.empty())).rows()) {
            Stats.Times times = row.times().get(FIRST_ATTEMPT);
            if (times != null && classes.get(row.key()) == TrafficClass.TRANSACTIONAL) {
                double seconds = times.ninetyNine().toMillis() / 1e3;
                to.add(new Reading(Rule.FIRST_ATTEMPT_P99, tenant, names.get(row.key()), seconds,
                        times.count(), "99 of 100 of " + times.count() + " mails of the stream "
                        + names.get(row.key()) + " were tried within " + seconds
                        + " s in the last two hours"));
            }
        }
    }
}
