package dev.mailmill.meter;

import dev.mailmill.account.Tenant;
import dev.mailmill.analytics.MailboxProvider;
import dev.mailmill.analytics.Volumes;
import dev.mailmill.analytics.Volumes.Count;
import dev.mailmill.analytics.Volumes.Days;
import dev.mailmill.analytics.Volumes.Scope;
import dev.mailmill.dns.Dns;
import dev.mailmill.domain.Domains;
import dev.mailmill.domain.Look;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.feedback.Loops;
import dev.mailmill.feedback.Reports;
import dev.mailmill.lane.Health;
import dev.mailmill.mail.Routine;
import dev.mailmill.mail.Streams;
import dev.mailmill.meter.Evidence.Flow;
import dev.mailmill.meter.Evidence.Loop;
import dev.mailmill.meter.Evidence.Member;
import dev.mailmill.sql.Database;
import dev.mailmill.verify.TreeWalk;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Knows how organisations stand by what receivers ask of bulk senders. */
public final class Meter {
    private static final Logger LOG = LoggerFactory.getLogger(Meter.class);
    private static final Duration FIRST = Duration.ofMinutes(1);
    private static final Duration EVERY = Duration.ofHours(1);
    private static final Duration WEEK = Duration.ofDays(7);
    private static final Duration MONTH = Duration.ofDays(31);
    private static final int REPORTED_DAYS = 30;
    private static final int REPORTED_MAX = 1_000;
    private static final int MEMBERS_MAX = 20;
    private static final long EVERYBODY = 0;
    private static final List<MailboxProvider> NAMED = List.of(MailboxProvider.GMAIL,
            MailboxProvider.YAHOO, MailboxProvider.MICROSOFT);

    /**
     * What is looked at.
     *
     * @param direct   whether mail goes to receivers' servers from here
     * @param receives whether other servers' mail is taken
     * @param links    whether links in mail can lead here, by https
     */
    public record Sources(Domains domains, Loops loops, Reports reports, Health health,
            Streams streams, Dns dns, boolean direct, boolean receives, boolean links) {
    }

    private final Sources from;
    private final Walks walks;
    private final Volumes volumes;
    private final BulkStore bulk;
    private final InstantSource clock;
    /** Of which it was said that it will soon be a bulk sender. */
    private final Set<String> warned = new HashSet<>();

    public Meter(Sources from, Volumes volumes, Database database, InstantSource clock) {
        this.from = from;
        this.walks = new Walks(from.dns(), clock);
        this.volumes = volumes;
        this.bulk = new BulkStore(database);
        this.clock = clock;
    }

    /** As it is now; empty where the tenant has no such domain. */
    public Optional<Compliance> of(long tenant, String name) {
        return from.domains().find(tenant, name).map(d -> of(tenant, d, walks.now(d.name())));
    }

    /**
     * Without waiting for DNS: by what it said last. Empty where it was not asked yet; it is asked
     * then, and the next call knows.
     */
    public Optional<Compliance> last(long tenant, SendingDomain domain) {
        return walks.last(domain.name()).map(w -> of(tenant, domain, w));
    }

    private Compliance of(long tenant, SendingDomain domain, TreeWalk walk) {
        // who can't ask to the end knows no more than the name itself
        String organisation = walk.trouble().isEmpty() ? walk.organisational() : domain.name();
        boolean owner = from.domains().over(organisation).filter(d -> d.tenant() == tenant)
                .isPresent();
        Scope scope = new Scope(organisation, owner ? EVERYBODY : tenant);
        Instant now = clock.instant();
        List<Count> week = volumes.counts(scope, now.minus(WEEK));
        List<SendingDomain> members = members(tenant, domain, week);
        // who has proven nothing of it has only asked, and learns nothing of others' mail
        List<Volume> measured = measured(scope, domain.owned() ? bulk.of(organisation) : Map.of(),
                now);
        Evidence evidence = new Evidence(organisation, members.stream().map(this::member).toList(),
                week.stream().map(c -> new Flow(from.streams().of(c.stream()).carries(), c))
                        .toList(), measured,
                from.health().findings().stream().filter(f -> f.check().equals("names")).toList(),
                loops(tenant, members), reported(members, now),
                new Evidence.House(from.direct(), from.receives(), from.links()));
        return new Compliance(domain.name(), organisation, walk.trouble(), owner, measured,
                Judge.judge(evidence));
    }

    /** How mail from addresses at a domain and below it went in a week, as far as from here. */
    public record Travelled(long sealed, long clear) {
    }

    public Travelled travelled(SendingDomain domain) {
        List<Count> week = volumes.counts(new Scope(domain.name(), domain.tenant()),
                clock.instant().minus(WEEK));
        return new Travelled(week.stream().mapToLong(Count::sealed).sum(),
                week.stream().mapToLong(Count::clear).sum());
    }

    /** Whether bulk mail gets a link that unsubscribes with one click. */
    public boolean oneClick() {
        return from.links();
    }

    private List<SendingDomain> members(long tenant, SendingDomain asked, List<Count> week) {
        Map<String, SendingDomain> all = new LinkedHashMap<>();
        all.put(asked.name(), asked);
        week.stream().map(Count::author).distinct().map(from.domains()::over)
                .flatMap(Optional::stream).filter(d -> d.tenant() == tenant)
                .forEach(d -> all.putIfAbsent(d.name(), d));
        return all.values().stream().limit(MEMBERS_MAX).toList();
    }

    private Member member(SendingDomain domain) {
        return new Member(domain.name(), Domains.freemail(domain.name()),
                domain.keys().stream().anyMatch(k -> k.use().equals("active")),
                from.domains().last(domain).map(Look::findings).orElse(List.of()));
    }

    private List<Volume> measured(Scope scope, Map<MailboxProvider, Instant> marked,
            Instant now) {
        Map<MailboxProvider, Days> days = volumes.days(scope, now.minus(MONTH), now);
        return NAMED.stream().map(p -> {
            Days d = days.getOrDefault(p, Days.NONE);
            Optional<Instant> since = Optional.ofNullable(marked.get(p))
                    .or(() -> Optional.of(d.at()).filter(_ -> d.most() >= Volume.BULK));
            return new Volume(p, d.now(), d.most(), since);
        }).toList();
    }

    /** Of domains each of its own, of addresses the operator's. */
    private Map<MailboxProvider, Loop> loops(long tenant, List<SendingDomain> members) {
        Map<MailboxProvider, Loop> all = new EnumMap<>(MailboxProvider.class);
        List<Loops.Entry> own = from.loops().of(tenant);
        List<String> names = members.stream().map(SendingDomain::name).toList();
        loop(own.stream().filter(e -> e.programme() == Loops.Programme.YAHOO
                && names.contains(e.subject())).toList())
                .ifPresent(l -> all.put(MailboxProvider.YAHOO, l));
        List<Loops.Entry> operators = tenant == Tenant.FIRST ? own
                : from.loops().of(Tenant.FIRST);
        loop(operators.stream().filter(e -> e.programme() == Loops.Programme.MICROSOFT).toList())
                .ifPresent(l -> all.put(MailboxProvider.MICROSOFT, l));
        return all;
    }

    private static Optional<Loop> loop(List<Loops.Entry> entries) {
        return entries.isEmpty() ? Optional.empty() : Optional.of(new Loop(entries.stream()
                .filter(e -> e.state() == Loops.State.UNREGISTERED || e.lookAgain())
                .map(Loops.Entry::subject).toList()));
    }

    private Evidence.Reported reported(List<SendingDomain> members, Instant now) {
        LocalDate since = LocalDate.ofInstant(now, ZoneOffset.UTC).minusDays(REPORTED_DAYS);
        long mails = 0;
        long passed = 0;
        for (SendingDomain d : members) {
            for (Reports.Source s : from.reports().sources(d, since, Optional.empty(),
                    REPORTED_MAX)) {
                mails += s.ours() ? s.mails() : 0;
                passed += s.ours() ? s.passed() : 0;
            }
        }
        return new Evidence.Reported(mails, passed);
    }

    /** Looks each hour who has become a bulk sender, until it is closed. */
    public AutoCloseable follow() {
        return Routine.every("meter-watch", "bulk senders can't be told now", FIRST, EVERY,
                this::mark).start();
    }

    /** Remembers who has become a bulk sender, and says who soon will be. */
    void mark() {
        Instant now = clock.instant();
        Scope everything = new Scope("", EVERYBODY);
        if (none(volumes.days(everything, now.minus(MONTH), now))) {
            return; // so no single organisation either, and DNS need not be asked
        }
        Set<String> organisations = new HashSet<>();
        for (String author : volumes.authors(now.minus(MONTH))) {
            TreeWalk walk = TreeWalk.of(author, from.dns());
            if (walk.trouble().isEmpty() && organisations.add(walk.organisational())) {
                mark(walk.organisational(), now);
            }
        }
    }

    private static boolean none(Map<MailboxProvider, Days> days) {
        return NAMED.stream().allMatch(p -> days.getOrDefault(p, Days.NONE).most() < Volume.NEAR);
    }

    private void mark(String organisation, Instant now) {
        volumes.days(new Scope(organisation, EVERYBODY), now.minus(MONTH), now).forEach((p, d) -> {
            if (!NAMED.contains(p)) {
                return;
            }
            if (d.most() >= Volume.BULK && bulk.keep(organisation, p, d)) {
                LOG.warn("{} has sent {} mails to {} within 24 hours: it is a bulk sender for"
                        + " ever; see its page Compliance", organisation, d.most(), p.title());
            } else if (d.now() >= Volume.NEAR && d.most() < Volume.BULK
                    && warned.add(organisation + " " + p.word())) {
                LOG.warn("{} has sent {} mails to {} within 24 hours, and is a bulk sender for"
                        + " ever from about {} on; see its page Compliance", organisation, d.now(),
                        p.title(), Volume.BULK);
            }
        });
    }
}
