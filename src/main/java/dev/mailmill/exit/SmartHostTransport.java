package dev.mailmill.exit;

import dev.mailmill.dns.Dns;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Transport;
import dev.mailmill.relay.Courier;
import dev.mailmill.relay.PlaceHops;
import dev.mailmill.smtp.SmtpClientTarget.Tls;
import java.util.Optional;

/**
 * Hands every delivery to one server that the operator named. With a login only over TLS with a
 * certificate that proves the host's name; without one TLS is taken when offered.
 */
public final class SmartHostTransport implements Transport {
    private final SmartHost host;
    private final Optional<Site> site;
    private final Courier courier;
    private final Dns dns;

    /** The courier may be shared with other transports; its owner closes it. */
    public SmartHostTransport(SmartHost host, Courier courier, Dns dns) {
        this.host = host;
        this.courier = courier;
        this.site = Optional.of(Site.own(host.toString(),
                courier.settings().connectionsMax()));
        this.dns = dns;
    }

    @Override
    public Optional<Site> site(Delivery delivery) {
        return site;
    }

    @Override
    public Site find(Delivery delivery) {
        return site.get();
    }

    @Override
    public Outcome attempt(Attempt attempt) {
        Tls tls = host.login().isPresent() ? Tls.VERIFIED : Tls.OFFERED;
        PlaceHops hops = new PlaceHops(host.host(), host.port(), host.implicit(), tls,
                host.login(), dns);
        Outcome outcome = courier.carry(hops, attempt);
        return outcome instanceof Outcome.Delivered(var reply) ? new Outcome.Relayed(reply)
                : outcome;
    }
}
