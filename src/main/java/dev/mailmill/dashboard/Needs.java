package dev.mailmill.dashboard;

import dev.mailmill.account.Tenant;
import dev.mailmill.analytics.Figure;
import dev.mailmill.containment.Containment;
import dev.mailmill.domain.Domains;
import dev.mailmill.domain.Finding;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.lane.Health;
import dev.mailmill.lane.Lanes;
import dev.mailmill.webhook.Endpoint;
import dev.mailmill.webhook.Webhooks;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

/** What the features know that waits for a person: the heaviest first, kept for some seconds. */
final class Needs {
    static final int SHOWN_MAX = 5;
    private static final int DOMAINS_MAX = 50;
    private static final int KEPT_MAX = 256;
    private static final Duration FRESH = Duration.ofSeconds(5);
    /** So many recipients not mailed, and such a share, say that a list is old. */
    private static final long SUPPRESSED_MANY = 50;
    private static final double SUPPRESSED_SHARE = 0.05;

    private final Domains domains;
    private final Webhooks webhooks;
    private final Containment containment;
    private final Lanes lanes;
    private final Health health;
    private final boolean sends;
    private final BooleanSupplier linked;
    private final InstantSource clock;
    private final List<Need.Source> others = new CopyOnWriteArrayList<>();
    private final Map<String, Kept> kept = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Kept> eldest) {
            return size() > KEPT_MAX;
        }
    };

    private record Kept(Instant at, List<Need> all) {
    }

    /**
     * @param sends  whether mail leaves for the world, so that domains have to be proven
     * @param linked whether mail may have links that lead here, which is by https only
     */
    Needs(Domains domains, Webhooks webhooks, Containment containment, Lanes lanes,
            Health health, boolean sends, BooleanSupplier linked, InstantSource clock) {
        this.domains = domains;
        this.webhooks = webhooks;
        this.containment = containment;
        this.lanes = lanes;
        this.health = health;
        this.sends = sends;
        this.linked = linked;
        this.clock = clock;
    }

    void also(Need.Source source) {
        others.add(source);
    }

    /** All of an account, in the language of who looks. */
    List<Need> of(long tenant, Lately.Numbers numbers) {
        Instant now = clock.instant();
        String key = tenant + Texts.language().getLanguage();
        Kept last;
        synchronized (kept) {
            last = kept.get(key);
        }
        if (last == null || Duration.between(last.at(), now).abs().compareTo(FRESH) >= 0) {
            last = new Kept(now, standing(tenant));
            synchronized (kept) {
                kept.put(key, last);
            }
        }
        List<Need> all = new ArrayList<>(last.all());
        suppressed(all, numbers);
        all.sort(Comparator.comparingInt((Need n) -> -n.weight()));
        return all;
    }

    private List<Need> standing(long tenant) {
        List<Need> all = new ArrayList<>();
        contained(all, tenant);
        domains(all, tenant);
        webhooks(all, tenant);
        if (tenant == Tenant.FIRST) {
            machine(all);
        }
        others.forEach(o -> all.addAll(o.of(tenant)));
        return List.copyOf(all);
    }

    private void contained(List<Need> all, long tenant) {
        for (Containment.Harm h : containment.harms(tenant)) {
            all.add(new Need(h.state().equals("stopped") ? Need.STOPPED : Need.HARMED,
                    Texts.t("Stream {0} is {1}: {2}", h.stream().name(), Texts.t(h.state()),
                            Texts.told(h.evidence())), Texts.t("Look at it"), "/queue"));
        }
        for (Containment.Kept k : containment.kept(tenant)) {
            if (k.held()) {
                all.add(new Need(Need.STOPPED, Texts.t("Credential {0} is held: {1}",
                        k.credential(), Texts.told(k.evidence())), Texts.t("Decide"),
                        "/credentials"));
            }
        }
    }

    private void domains(List<Need> all, long tenant) {
        List<SendingDomain> list = domains.list(tenant, "", DOMAINS_MAX);
        if (list.isEmpty() && sends) {
            all.add(new Need(Need.SOON, Texts.t("No domain of yours may send yet."),
                    Texts.t("Add a domain"), "/domains"));
        }
        for (SendingDomain d : list) {
            domains.last(d).ifPresent(look -> look.findings().stream()
                    .filter(f -> f.state() == Finding.State.MISSING
                            || f.state() == Finding.State.WRONG)
                    .findFirst().ifPresent(f -> all.add(new Need(Need.HARMED,
                            Texts.t("{0}: the {1} row for {2} is {3}.", d.name(), f.row().type(),
                                    purpose(f), Texts.t(f.state().word())),
                            Texts.t("Show record"), "/domains/" + d.name()))));
        }
    }

    private static String purpose(Finding f) {
        return switch (f.row().purpose()) {
            case DKIM -> "DKIM";
            case DMARC -> "DMARC";
            case RETURN_PATH_SPF, OWN_SPF -> "SPF";
            case RETURN_PATH_MX -> Texts.t("returned mail");
            case REPLIES, INBOUND_MX -> Texts.t("replies");
            case OWNERSHIP -> Texts.t("proof");
            case TRACKING -> Texts.t("links");
            case ZONE, EGRESS -> Texts.t("the server's name");
            case MTA_STS -> "MTA-STS";
            case TLS_RPT -> "TLS-RPT";
            case BIMI -> "BIMI";
        };
    }

    private void webhooks(List<Need> all, long tenant) {
        for (Endpoint e : webhooks.of(tenant)) {
            String name = e.wish().description().isEmpty() ? e.wish().url()
                    : e.wish().description();
            long waiting = webhooks.waiting(e);
            String kept = waiting == 0 ? "" : " " + Texts.plural(waiting,
                    "{0} event is kept.", "{0} events are kept.");
            if (e.word().equals("failing")) {
                all.add(new Need(Need.HARMED, Texts.t("Webhook {0} has failed since {1}.", name,
                        Times.second(e.failing().orElseThrow())) + kept, Texts.t("Open log"),
                        "/webhooks/" + e.id()));
            } else if (waiting > 0) {
                all.add(new Need(Need.SOON, Texts.t("Webhook {0} did not take everything.", name)
                        + kept, Texts.t("Open log"), "/webhooks/" + e.id()));
            }
        }
    }

    private void machine(List<Need> all) {
        if (sends && !linked.getAsBoolean()) {
            all.add(new Need(Need.SOON, Texts.t("Mail can't link back here, as the public address"
                    + " is not https: no one-click way out of bulk mail, nothing counted."),
                    Texts.t("Settings"), "/settings"));
        }
        health.findings().stream().filter(f -> f.state() == Health.State.BAD).forEach(f ->
                all.add(new Need(Need.HARMED, Texts.t(f.about()) + ": " + Texts.told(f.words()),
                        Texts.t("Look at it"), "/sources")));
        lanes.paused().stream().filter(p -> !p.author().equals(Containment.AUTHOR)
                && p.until().isEmpty()).forEach(p -> all.add(new Need(Need.SOON,
                        Texts.t("{0} has paused mail since {1}: {2}", p.author(),
                                Times.second(p.at()), Texts.told(p.reason())), Texts.t("Resume"),
                        "/queue")));
    }

    private static void suppressed(List<Need> all, Lately.Numbers numbers) {
        long n = numbers.now().sums(_ -> true).of(Figure.SUPPRESSED);
        long of = numbers.now().sums(_ -> true).of(Figure.ACCEPTED);
        if (n >= SUPPRESSED_MANY && n > SUPPRESSED_SHARE * of) {
            all.add(new Need(Need.SOON, Texts.t("{0} of {1} recipients are on the suppression"
                    + " list: clean the list that you mail.", n, of), Texts.t("Show them"),
                    "/messages?state=suppressed"));
        }
    }
}
