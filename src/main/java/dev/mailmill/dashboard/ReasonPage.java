package dev.mailmill.dashboard;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Tenant;
import dev.mailmill.analytics.Refusals;
import dev.mailmill.analytics.Refusals.Picture;
import dev.mailmill.analytics.Refusals.Share;
import dev.mailmill.analytics.Stats;
import dev.mailmill.analytics.Stats.Said;
import dev.mailmill.bounce.BounceClass;
import dev.mailmill.domain.DnsRow;
import dev.mailmill.domain.Domains;
import dev.mailmill.domain.Finding;
import dev.mailmill.domain.Look;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.lane.Health;
import dev.mailmill.mail.Conversation;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import dev.mailmill.template.Entry;
import dev.mailmill.template.TemplateDesk;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** One reason at one provider, or at all: the words, a conversation, whose mail it is, the cure. */
final class ReasonPage {
    private static final int SAMPLES_MAX = 5;
    private static final int DOMAINS_MAX = 20;
    private static final int FAULTS_MAX = 10;

    private final Accounts accounts;
    private final Domains domains;
    private final Health health;
    private final Journal journal;
    private final TemplateDesk templates;

    ReasonPage(Accounts accounts, Domains domains, Health health, Journal journal,
            TemplateDesk templates) {
        this.accounts = accounts;
        this.domains = domains;
        this.health = health;
        this.journal = journal;
        this.templates = templates;
    }

    /** A message that met it. @param to its first recipient, and how many more */
    record Sample(String path, String id, Instant at, String subject, String to) {
    }

    /** A conversation that ended so. */
    record Talk(Sample of, List<MessagePages.Line> lines) {
    }

    /** A row of a domain's DNS that is missing or wrong. @param line to publish */
    record Fault(String domain, String path, boolean missing, String words, String line) {
    }

    /** @param path where its mail is; empty for nowhere */
    record Part(String name, String path, long n) {
    }

    /**
     * What the page shows.
     *
     * @param under  of what the share is
     * @param unsaid how many said it in other words than those kept
     * @param parts  by heading
     */
    record Model(DeliverabilityPages.Filter filter, Reasons.Kind kind, String reason, long n,
            long under, List<Said> said, long unsaid, Optional<Talk> talk, List<Sample> samples,
            List<Group> groups, List<Fault> faults, List<String> ours, Chart chart,
            String means, String advice) {
        DeliverabilityPages.Asked asked() {
            return filter.asked();
        }

        String title() {
            return asked().provider().isEmpty() ? Reasons.title(reason)
                    : Texts.t("{0}, at {1}", Reasons.title(reason),
                            Reasons.provider(asked().provider()));
        }

        String path(Said said) {
            return MessagePages.path(said.message());
        }

        String everywhere() {
            return asked().at("").path("/deliverability", "figure", kind.figure().word(),
                    "reason", reason);
        }

        String path(DeliverabilityPages.Span span) {
            return asked().in(span).path("/deliverability", "figure", kind.figure().word(),
                    "reason", reason);
        }

        /** What waits for this provider, counted, with what can be done about it. */
        String waiting() {
            return act("flush") + "&state=deferred";
        }

        /** Refused by a rule, so that it can go out again once the cause is cured. */
        boolean again() {
            return kind == Reasons.Kind.REFUSED && Reasons.known(reason)
                    .filter(r -> r.kind() == BounceClass.Kind.BLOCK).isPresent();
        }

        String resend() {
            return act("requeue");
        }

        private String act(String word) {
            String lane = Reasons.lane(asked().provider());
            return "/queue/act?act=" + word
                    + (lane.isEmpty() ? "" : "&provider=" + lane)
                    + (asked().stream().isEmpty() ? "" : "&stream=" + URLEncoder.encode(
                            asked().stream(), StandardCharsets.UTF_8));
        }
    }

    /** Whose mail it was, by one sort of name. @param whole no reason is known of it */
    record Group(String title, boolean whole, List<Part> parts) {
    }

    Model of(Visit visit, DeliverabilityPages.Filter filter, Reasons.Kind kind, String reason,
            Refusals.Told told) {
        Picture picture = told.picture();
        long n = picture.count(c -> HeatGrid.is(c, kind, reason));
        long attempts = picture.count(Refusals.Cell::attempt);
        long under = HeatGrid.under(kind, picture.sums(_ -> true), attempts);
        List<Said> said = told.said();
        List<Journal.Outline> outlines = outlines(said);
        List<Sample> samples = outlines.stream().map(ReasonPage::sample).toList();
        Optional<BounceClass> known = Reasons.known(reason);
        return new Model(filter, kind, reason, n, under, said,
                Math.max(0, n - said.stream().mapToLong(Said::count).sum()),
                talk(visit.tenant(), said, samples, outlines), samples,
                groups(visit, told.shares()), faults(visit.tenant(), known),
                ours(visit.tenant(), known), chart(picture, kind, reason),
                known.map(BounceClass::means).map(Texts::t).orElse(""),
                known.map(k -> Texts.t(k.advice(lasting(picture, kind, reason),
                        under == 0 ? 0 : (double) n / under))).orElse(""));
    }

    /** Of messages that are still kept; a message has its first delivery's id. */
    private List<Journal.Outline> outlines(List<Said> said) {
        Set<Long> messages = new LinkedHashSet<>();
        said.stream().limit(2L * SAMPLES_MAX).forEach(s -> messages.add(s.message()));
        Map<Long, Journal.Outline> all = journal.outlines(messages);
        return messages.stream().map(all::get).filter(Objects::nonNull).limit(SAMPLES_MAX)
                .toList();
    }

    private static Sample sample(Journal.Outline o) {
        return new Sample(MessagePages.path(o.delivery()), Ids.text(MessagePages.ID, o.delivery()),
                o.accepted(), o.subject().isEmpty() ? Texts.t("(no subject)") : o.subject(),
                o.recipients() == 1 ? o.address()
                        : Texts.t("{0} and {1} more", o.address(), o.recipients() - 1));
    }

    /** The first that has the reply in it. */
    private Optional<Talk> talk(long tenant, List<Said> said, List<Sample> samples,
            List<Journal.Outline> outlines) {
        for (int i = 0; i < outlines.size(); i++) {
            long message = outlines.get(i).delivery();
            List<String> codes = said.stream().filter(s -> s.message() == message)
                    .map(s -> s.code() == 0 ? "" : "S: " + s.code()).toList();
            for (Conversation c : journal.conversations(tenant, message)) {
                if (codes.stream().anyMatch(c.text()::contains)) {
                    return Optional.of(new Talk(samples.get(i), MessagePages.lines(c.text())));
                }
            }
        }
        return Optional.empty();
    }

    private List<Group> groups(Visit visit, Map<Stats.By, List<Share>> shares) {
        List<Group> all = new ArrayList<>();
        all.add(new Group(Texts.t("Streams"), false, shares.get(Stats.By.STREAM).stream()
                .map(this::stream).toList()));
        all.add(new Group(Texts.t("Doors"), false, shares.get(Stats.By.DOOR).stream()
                .map(s -> new Part(Reasons.door(s.key()),
                        s.key().isEmpty() ? "" : "/messages?door=" + coded(s.key()), s.n()))
                .toList()));
        all.add(new Group(Texts.t("Templates"), true, shares.get(Stats.By.TEMPLATE).stream()
                .map(s -> template(visit, s)).toList()));
        all.add(new Group(Texts.t("Recipients' domains"), false, shares.get(Stats.By.DOMAIN)
                .stream().map(s -> new Part(s.key(), "/messages?domain=" + coded(s.key()),
                        s.n())).toList()));
        all.removeIf(g -> g.parts().isEmpty());
        return all;
    }

    private Part stream(Share s) {
        try {
            String name = accounts.of(Long.parseLong(s.key())).name();
            return new Part(name, "/messages?stream=" + coded(name), s.n());
        } catch (IllegalArgumentException gone) {
            return new Part(s.key(), "", s.n());
        }
    }

    private Part template(Visit visit, Share s) {
        String id = Ids.text(Entry.ID, Long.parseLong(s.key()));
        return templates.find(visit.tenant(), id).map(e -> new Part(e.alias(), "/templates/"
                + e.alias(), s.n())).orElse(new Part(id, "", s.n()));
    }

    private static String coded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** Rows of the tenant's domains that may be the cause. */
    private List<Fault> faults(long tenant, Optional<BounceClass> reason) {
        Set<DnsRow.Purpose> suspects = reason.map(ReasonPage::suspects).orElse(Set.of());
        if (suspects.isEmpty()) {
            return List.of();
        }
        List<Fault> all = new ArrayList<>();
        for (SendingDomain domain : domains.list(tenant, "", DOMAINS_MAX)) {
            for (Finding f : domains.last(domain).map(Look::findings).orElse(List.of())) {
                boolean missing = f.state() == Finding.State.MISSING;
                if (suspects.contains(f.row().purpose())
                        && (missing || f.state() == Finding.State.WRONG)) {
                    // what is missing is told by the line itself
                    all.add(new Fault(domain.name(), DomainPages.path(domain.name()), missing,
                            missing ? Texts.t(f.row().purpose().words()) : f.words(),
                            f.row().zoneLine()));
                }
            }
        }
        return all.stream().limit(FAULTS_MAX).toList();
    }

    /** Whose rows a server may have meant. */
    private static Set<DnsRow.Purpose> suspects(BounceClass reason) {
        return switch (reason) {
            case POLICY_AUTH -> EnumSet.of(DnsRow.Purpose.DKIM, DnsRow.Purpose.RETURN_PATH_SPF,
                    DnsRow.Purpose.DMARC, DnsRow.Purpose.OWN_SPF);
            case BAD_SENDER -> EnumSet.of(DnsRow.Purpose.RETURN_PATH_MX,
                    DnsRow.Purpose.RETURN_PATH_SPF, DnsRow.Purpose.REPLIES);
            case POLICY -> EnumSet.of(DnsRow.Purpose.DKIM, DnsRow.Purpose.RETURN_PATH_SPF,
                    DnsRow.Purpose.RETURN_PATH_MX, DnsRow.Purpose.DMARC);
            default -> Set.of();
        };
    }

    /** What the world sees amiss in our addresses, which are the operator's. */
    private List<String> ours(long tenant, Optional<BounceClass> reason) {
        return tenant != Tenant.FIRST || reason.filter(Set.of(BounceClass.REVERSE_DNS,
                BounceClass.POLICY_REPUTATION)::contains).isEmpty() ? List.of()
                : health.findings().stream().filter(f -> f.state() == Health.State.BAD
                        || f.state() == Health.State.WARN).map(f -> f.about() + ": " + f.words())
                        .limit(FAULTS_MAX).toList();
    }

    private static Chart chart(Picture picture, Reasons.Kind kind, String reason) {
        long[] n = picture.course(c -> HeatGrid.is(c, kind, reason));
        long[] attempts = picture.course(Refusals.Cell::attempt);
        List<Stats.Sums> course = picture.course();
        List<Chart.Point> points = new ArrayList<>();
        for (int i = 0; i < n.length; i++) {
            points.add(new Chart.Point(DeliverabilityPages.label(picture, i), n[i],
                    HeatGrid.under(kind, course.get(i), attempts[i])));
        }
        return new Chart(Texts.t("Over the time"), Reasons.title(reason), kind.under(), points,
                List.of());
    }

    /** From the first point that has it to the last: what does not pass needs another advice. */
    private static Duration lasting(Picture picture, Reasons.Kind kind, String reason) {
        int first = -1;
        int last = -1;
        long[] n = picture.course(c -> HeatGrid.is(c, kind, reason));
        for (int i = 0; i < n.length; i++) {
            if (n[i] > 0) {
                first = first < 0 ? i : first;
                last = i;
            }
        }
        return Duration.ofHours((long) (last - first) * picture.step());
    }
}
