package dev.mailmill.domain;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.Authority;
import dev.mailmill.dns.Authority.Type;
import dev.mailmill.dns.Dns;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Compares the rows that should be published with those that are, as the zone's own servers say
 * them. What is there already is read first, so that no row is asked for that would break another.
 */
final class DomainCheck {
    /** Names for the return path where the usual one is taken. */
    private static final List<String> OTHER_LABELS = List.of("mmbounces", "mm-bounces", "mmrp");

    private final DnsRows rows;
    private final Network network;
    private final SendingDomain domain;
    private final Authority authority;
    private final Dns dns;
    private String zone;
    private Misplaced misplaced;
    private final MxRow mx;
    private final SpfRow spf;

    /** @param network what is asked */
    DomainCheck(DnsRows rows, Network network, SendingDomain domain) {
        this.rows = rows;
        this.network = network;
        this.domain = domain;
        this.authority = network.authority();
        this.dns = network.dns();
        in(domain.name());
        this.mx = new MxRow(rows.hostname());
        this.spf = new SpfRow(rows.hostname(), dns);
    }

    private void in(String found) {
        zone = found;
        misplaced = new Misplaced(authority, domain.name(), found);
    }

    /** @param patience for all rows together, which are asked for at once */
    Look of(List<DnsRow> wanted, Duration patience, InstantSource clock) {
        long end = System.nanoTime() + patience.toNanos();
        Optional<String> found = all(Map.of(wanted.getFirst(),
                () -> authority.zoneOf(domain.name())), end, _ -> Optional.<String>empty())
                .getFirst();
        found.ifPresent(this::in);
        Map<DnsRow, Callable<List<Finding>>> jobs = jobs(wanted);
        return new Look(clock.instant(), zone, all(jobs, end,
                row -> row.purpose().onlyLooked() ? List.of()
                        : List.of(Finding.unknown(row, "no answer in time"))).stream()
                .flatMap(List::stream).toList());
    }

    private Map<DnsRow, Callable<List<Finding>>> jobs(List<DnsRow> wanted) {
        Map<DnsRow, Callable<List<Finding>>> jobs = new LinkedHashMap<>();
        wanted.forEach(row -> jobs.put(row, () -> found(row)));
        Surroundings around = new Surroundings(rows, network, domain, zone);
        for (DnsRow.Purpose purpose : DnsRow.Purpose.values()) {
            if (purpose.onlyLooked()) {
                jobs.put(new DnsRow("", domain.name(), "", purpose), () -> around.of(purpose));
            }
        }
        return jobs;
    }

    /** What each gives, in order; who is not done at the end gives what is said instead. */
    private static <T> List<T> all(Map<DnsRow, Callable<T>> jobs, long end,
            Function<DnsRow, T> late) {
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<T>> done = each.invokeAll(List.copyOf(jobs.values()),
                    Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            List<T> results = new ArrayList<>();
            for (DnsRow row : jobs.keySet()) {
                Future<T> one = done.get(results.size());
                results.add(one.isCancelled() ? late.apply(row) : one.get());
            }
            return results;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return jobs.keySet().stream().map(late).toList();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private List<Finding> found(DnsRow row) {
        return switch (row.purpose()) {
            case DKIM -> List.of(at(row, v -> KeyRow.ours(row, v), v -> v.isEmpty()
                    ? Finding.missing(row) : KeyRow.judge(row, v)));
            case OWNERSHIP -> List.of(at(row, v -> v.strip().equals(row.value()),
                    v -> ownership(row, v)));
            case RETURN_PATH_SPF -> List.of(at(row, v -> v.contains(rows.spfMechanism()),
                    v -> spf.returnPath(row, v)));
            case RETURN_PATH_MX -> List.of(at(row, mx::ours, v -> mx.judge(row, v, instead())));
            case DMARC -> {
                DmarcRow dmarc = new DmarcRow(dns, network.reported(), domain);
                yield List.of(at(row, DmarcRow::meant, v -> dmarc.judge(row, v)));
            }
            case TRACKING -> List.of(new Surroundings(rows, network, domain, zone).tracking(row));
            case INBOUND_MX -> new Surroundings(rows, network, domain, zone).inbound(row);
            case REPLIES, OWN_SPF, ZONE, EGRESS, MTA_STS, TLS_RPT, BIMI -> List.of();
        };
    }

    private static Finding ownership(DnsRow row, List<String> values) {
        if (values.stream().anyMatch(v -> v.strip().equals(row.value()))) {
            return Finding.right(row, values);
        }
        Optional<String> near = values.stream().filter(v -> TextFaults.without(v).strip()
                .equals(row.value())).findFirst();
        return near.flatMap(TextFaults::of).map(w -> Finding.wrong(row, values, w))
                .orElseGet(() -> values.isEmpty() ? Finding.missing(row) : Finding.wrong(row,
                        values, "another text stands at " + row.name() + ": add this row"));
    }

    /** A name for the return path that nothing stands at. */
    private String instead() {
        return OTHER_LABELS.stream().filter(l -> nothing(l + "." + domain.name(), Type.MX)
                        && nothing(l + "." + domain.name(), Type.TXT)).findFirst()
                .map(l -> "leave it, and let our return path be " + l + "." + domain.name()
                        + ": ./mailmill domain add " + domain.name() + " --return-path " + l)
                .orElse("take it out where nothing uses it any more");
    }

    private boolean nothing(String name, Type type) {
        return Reading.of(authority, name, type).nothing();
    }

    /**
     * What stands at a row's name; where that is not the row, what became of it.
     *
     * @param ours  whether a text is this row's, if it stood at another name
     * @param judge of one server's word
     */
    private Finding at(DnsRow row, Predicate<String> ours,
            Function<List<String>, Finding> judge) {
        Type type = Type.valueOf(row.type());
        Reading own = Reading.of(authority, row.name(), type);
        Reading cname = Reading.of(authority, row.name(), Type.CNAME);
        Finding finding = own.judged(row, judge);
        String alias = cname.values().stream().findFirst().orElse(own.alias());
        if (!alias.isEmpty()) {
            return aliased(own, alias, finding, judge);
        }
        return switch (finding.state()) {
            case RIGHT, WARNING -> remembered(own, finding, judge);
            case UNKNOWN -> finding;
            case MISSING, WRONG -> astray(own, finding, ours);
        };
    }

    /** RFC 1034 §3.6.2: nothing else may stand beside an alias, and nobody would see it. */
    private Finding aliased(Reading own, String alias, Finding finding,
            Function<List<String>, Finding> judge) {
        DnsRow row = finding.row();
        List<String> shown = new ArrayList<>(List.of("CNAME " + alias));
        if (own.direct() && !own.values().isEmpty()) {
            shown.addAll(own.values());
            return Finding.wrong(row, shown, row.name() + " is an alias (CNAME) of " + alias
                    + " and has other rows beside it, which receivers never see: take the CNAME"
                    + " out");
        }
        Finding behind = judge.apply(resolved(row));
        return behind.stands() ? behind : Finding.wrong(row, shown, row.name()
                + " is an alias (CNAME) of " + alias + ", where this row is not: take the CNAME"
                + " out and publish the row; both can't stand at one name");
    }

    private List<String> resolved(DnsRow row) {
        return row.type().equals("MX") ? dns.mx(row.name()).records().stream()
                .map(m -> m.preference() + " " + m.host()).toList()
                : dns.txt(row.name()).records();
    }

    /** Right at the source; caches on the way may remember how it was. */
    private Finding remembered(Reading own, Finding finding,
            Function<List<String>, Finding> judge) {
        boolean here = own.direct() && !own.values().isEmpty();
        if (!here || finding.state() != Finding.State.RIGHT) {
            return finding;
        }
        DnsRow row = finding.row();
        Answer<?> cached = row.type().equals("MX") ? dns.mx(row.name()) : dns.txt(row.name());
        return switch (cached) {
            case Answer.NoData<?> _, Answer.NoDomain<?> _ -> Finding.warning(row,
                    finding.published(), "is published, but a resolver still remembers that it"
                            + " was not there, since it was asked too early: there is nothing to"
                            + " do, that ends by itself within " + within());
            case Answer.Found<?> _ -> judge.apply(resolved(row)).stands() ? finding
                    : Finding.warning(row, finding.published(), "is published, but a resolver"
                            + " still remembers what stood there before: there is nothing to do,"
                            + " that ends by itself");
            case Answer.Unknown<?> _ -> finding;
        };
    }

    /** RFC 2308 §5: for how long "nothing here" is remembered. */
    private String within() {
        String seconds = Reading.of(authority, zone, Type.SOA).values().stream().findFirst()
                .map(v -> v.substring(v.indexOf(' ') + 1)).orElse("");
        return seconds.isEmpty() ? "some hours"
                : Math.max(1, Long.parseLong(seconds) / 60) + " minutes";
    }

    private Finding astray(Reading own, Finding finding, Predicate<String> ours) {
        DnsRow row = finding.row();
        if (own.values().stream().noneMatch(ours)) {
            Optional<String> place = misplaced.words(row, ours);
            if (place.isPresent()) {
                return new Finding(row, finding.state(), finding.published(), place.get());
            }
        }
        Optional<String> wild = own.values().isEmpty() ? Optional.empty()
                : misplaced.wildcard(row.name(), Type.valueOf(row.type()), own.values());
        return wild.map(w -> Finding.wrong(row, own.values(), "the wildcard " + w + " answers for"
                + " this name: publish this row at its own name, then it counts in place of the"
                + " wildcard")).orElse(finding);
    }
}
