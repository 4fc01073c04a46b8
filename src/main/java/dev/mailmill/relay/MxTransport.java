package dev.mailmill.relay;

import dev.mailmill.dns.AddressPolicy;
import dev.mailmill.dns.Dns;
import dev.mailmill.lane.Sites;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Transport;
import dev.mailmill.smtp.SmtpClientTarget;
import dev.mailmill.transit.Transit;
import dev.mailmill.transit.Way;
import dev.mailmill.transit.Wish;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/** Delivers to the recipients' own servers: their MX, or where the operator's routes point. */
public final class MxTransport implements Transport {
    /**
     * @param hostname our own name, as EHLO says it: an MX of that name is ourselves
     * @param port     of MXs; 25 but in tests
     * @param ip6      whether hosts are reached over IPv6 too; it takes reverse DNS and SPF
     * @param routes   the operator's
     */
    public record Settings(String hostname, int port, boolean ip6, StaticRoutes routes) {
    }

    private final Settings settings;
    private final Courier courier;
    private final Predicate<String> six;
    private final Sites sites;
    private final Dns dns;
    private final AddressPolicy policy;
    private final RandomGenerator random;
    private final Optional<Transit> transit;

    /** With TLS wherever it is offered, and nothing that demands it. */
    public MxTransport(Settings settings, Courier courier, Sites sites, Dns dns,
            AddressPolicy policy, RandomGenerator random) {
        this(settings, courier, sites, dns, policy, random, Optional.empty());
    }

    /**
     * The courier may be shared with other transports; its owner closes it.
     *
     * @param transit what TLS a domain's servers must have
     */
    public MxTransport(Settings settings, Courier courier, Sites sites, Dns dns,
            AddressPolicy policy, RandomGenerator random, Optional<Transit> transit) {
        this(settings, courier, sites, dns, policy, random, transit, _ -> false);
    }

    /** @param six whether a source, by its name, has an IPv6 address */
    public MxTransport(Settings settings, Courier courier, Sites sites, Dns dns,
            AddressPolicy policy, RandomGenerator random, Optional<Transit> transit,
            Predicate<String> six) {
        this.transit = transit;
        this.six = six;
        this.settings = settings;
        this.sites = sites;
        this.courier = courier;
        this.dns = dns;
        this.policy = policy;
        this.random = random;
    }

    @Override
    public Optional<Site> site(Delivery delivery) {
        Optional<StaticRoutes.Place> route = settings.routes().of(delivery.domain());
        return route.isPresent()
                ? route.map(r -> Site.own(r.toString(), courier.settings().connectionsMax()))
                : sites.known(delivery.domain());
    }

    @Override
    public Site find(Delivery delivery) {
        return site(delivery).orElseGet(() -> sites.find(delivery.domain()));
    }

    @Override
    public Outcome attempt(Attempt attempt) {
        String domain = attempt.delivery().domain();
        Optional<StaticRoutes.Place> route = settings.routes().of(domain);
        Hops hops = route.isPresent()
                ? new PlaceHops(route.get().host(), route.get().port(), false,
                        SmtpClientTarget.Tls.OFFERED, Optional.empty(), dns)
                : new MxHops(domain, from(attempt.road().source()), dns, policy, random,
                        way(attempt, domain));
        return route.isPresent() ? courier.carry(hops, attempt) : courier.carry(hops, attempt,
                sites.known(domain).map(Site::servers).orElse(domain));
    }

    /** IPv6 goes out only from where somebody has set it up: it takes PTR and SPF. */
    private Settings from(String source) {
        return settings.ip6() || !six.test(source) ? settings : new Settings(
                settings.hostname(), settings.port(), true, settings.routes());
    }

    private Optional<Way> way(Attempt attempt, String domain) {
        if (transit.isEmpty() || domain.startsWith("[")) {
            return Optional.empty();
        }
        Letter letter = attempt.message().letter();
        Wish wish = letter.has(Letter.REQUIRE_TLS) ? Wish.REQUIRED : Wish.of(letter.head());
        return Optional.of(transit.get().way(domain, wish));
    }
}
