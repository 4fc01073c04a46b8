package dev.mailmill.exit;

import dev.mailmill.dns.Dns;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Transport;
import dev.mailmill.relay.Courier;
import dev.mailmill.relay.PlaceHops;
import dev.mailmill.smtp.SmtpClientTarget.Tls;

/**
 * Hands every delivery to one server that the operator named. With a login only over TLS with a
 * certificate that proves the host's name; without one TLS is taken when offered.
 */
public final class SmartHostTransport implements Transport {
    private final SmartHost host;
    private final String lane;
    private final Courier courier;
    private final Dns dns;

    /** The courier may be shared with other transports; its owner closes it. */
    public SmartHostTransport(SmartHost host, Courier courier, Dns dns) {
        this.host = host;
        this.lane = host.toString();
        this.courier = courier;
        this.dns = dns;
    }

    @Override
    public String lane(Delivery delivery) {
        return lane;
    }

    @Override
    public int attemptsMax(String which) {
        return courier.settings().connectionsMax();
    }

    @Override
    public Outcome attempt(Attempt attempt) {
        Tls tls = host.login().isPresent() ? Tls.VERIFIED : Tls.OFFERED;
        PlaceHops hops = new PlaceHops(host.host(), host.port(), host.implicit(), tls,
                host.login(), dns);
        Outcome outcome = courier.carry(lane, hops, attempt);
        return outcome instanceof Outcome.Delivered(var reply) ? new Outcome.Relayed(reply)
                : outcome;
    }
}
