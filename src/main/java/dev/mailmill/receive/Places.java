package dev.mailmill.receive;

import dev.mailmill.account.Tenant;
import dev.mailmill.domain.CopyToken;
import dev.mailmill.domain.ReturnPath;
import dev.mailmill.smtp.EnvelopeAddress;
import dev.mailmill.smtp.SmtpReply;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Tells where an address leads. What is not ours is refused here, so that nothing is ever relayed
 * (RFC 5321 §7.7) and nothing is bounced that was taken: that would go to forged senders.
 */
final class Places {
    private static final String BOUNCES = "bounces.";
    /** What we ask reports to be sent to. */
    private static final Set<String> REPORTS = Set.of("fbl", "dmarc", "tlsrpt");
    private static final Set<String> OFFICES = Set.of("postmaster", "abuse", "hostmaster");
    private static final SmtpReply RELAY = new SmtpReply(550, "5.7.1", "Mail to that domain is not"
            + " taken here and not passed on; ask the DNS for its MX");
    private static final SmtpReply NOBODY = new SmtpReply(550, "5.1.1",
            "There is no such address here; check it");
    private static final SmtpReply NO_TOKEN = new SmtpReply(550, "5.1.1", "That return path is not"
            + " one of ours, or was made over 30 days ago; bounces go to the one in MAIL FROM");
    private static final SmtpReply ROUTED = new SmtpReply(550, "5.1.1",
            "Addresses with a route in them (%, !, quoted @) are not taken; give the one address");
    private static final SmtpReply REJECTED = new SmtpReply(550, "5.7.1",
            "Its owner takes no mail at that address");

    /** Whose a name is. */
    @FunctionalInterface
    interface Owners {
        /** Who has proven the name or one above it; empty for nobody. */
        Optional<Owner> of(String name);
    }

    /** @param returnPath the name that its bounces come back to */
    record Owner(long tenant, String returnPath) {
    }

    private final String hostname;
    private final ReturnPath returnPath;
    private final CopyToken unsubscribe;
    private final Owners owners;
    private final Supplier<List<InboundRoute>> routes;

    /** @param routes in {@link InboundRoute#ORDER} */
    Places(String hostname, ReturnPath returnPath, CopyToken unsubscribe, Owners owners,
            Supplier<List<InboundRoute>> routes) {
        this.hostname = hostname.toLowerCase(Locale.ROOT);
        this.returnPath = returnPath;
        this.unsubscribe = unsubscribe;
        this.owners = owners;
        this.routes = routes;
    }

    Place of(EnvelopeAddress address) {
        String domain = address.domain().endsWith(".")
                ? address.domain().substring(0, address.domain().length() - 1) : address.domain();
        int at = address.address().lastIndexOf('@');
        String local = address.address().substring(0, Math.max(at, 0)).toLowerCase(Locale.ROOT);
        boolean own = domain.equals(hostname);
        Optional<Owner> owner = owners.of(domain);
        boolean bounces = domain.equals(BOUNCES + hostname)
                || owner.filter(o -> o.returnPath().equals(domain)).isPresent();
        if (!own && owner.isEmpty() && !bounces) {
            return new Place.Refused(RELAY);
        }
        if (local.indexOf('"') >= 0 || local.indexOf('%') >= 0 || local.indexOf('!') >= 0
                || local.indexOf('@') >= 0) {
            return new Place.Refused(ROUTED);
        }
        for (InboundRoute route : routes.get()) {
            if (route.domain().equals(domain) && route.takes(local)
                    && owner.filter(o -> o.tenant() == route.tenant()).isPresent()) {
                return route.action() == InboundRoute.Action.REJECT ? new Place.Refused(REJECTED)
                        : new Place.Routed(route);
            }
        }
        if (own || bounces) {
            OptionalLong delivery = returnPath.read(local);
            if (delivery.isPresent()) {
                return new Place.Copy(delivery.getAsLong());
            }
            delivery = unsubscribe.read(local);
            if (delivery.isPresent()) {
                return new Place.Unsubscribe(delivery.getAsLong());
            }
            if (REPORTS.contains(local)) {
                return new Place.Reports();
            }
        }
        if (OFFICES.contains(local)) {
            return new Place.Office(own ? Tenant.FIRST
                    : owner.map(Owner::tenant).orElse(Tenant.FIRST), local + "@" + domain);
        }
        return new Place.Refused(bounces ? NO_TOKEN : NOBODY);
    }
}
