package dev.mailmill.receive;

import dev.mailmill.account.Base32;
import dev.mailmill.account.ChangeWatch;
import dev.mailmill.account.Secrets;
import dev.mailmill.domain.CopyToken;
import dev.mailmill.domain.Domains;
import dev.mailmill.domain.ReturnPath;
import dev.mailmill.domain.SigningKeys;
import dev.mailmill.feedback.Reports;
import dev.mailmill.http.Egress;
import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Spool;
import dev.mailmill.smtp.SmtpHandler;
import dev.mailmill.sql.Database;
import dev.mailmill.verify.Verifier;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongUnaryOperator;

/** All that takes mail from other servers, put together. */
public final class Receiving implements AutoCloseable {
    static final int ROUTES_MAX = 1_000;
    private static final int ID_BYTES = 10;

    private final InboundStore store;
    private final Domains domains;
    private final HandingOn handing;
    private final SmtpHandler.Factory door;
    private final boolean inside;
    private final InstantSource clock;
    private final SecureRandom random;
    private final AtomicReference<List<InboundRoute>> routes = new AtomicReference<>(List.of());

    /** Where things are kept. */
    public record Stores(Database database, Spool spool, Journal journal, Bodies bodies, Ids ids,
            Secrets secrets, ChangeWatch watch) {
    }

    /** What tells whose a copy is. */
    public record Tokens(ReturnPath returnPath, CopyToken feedback, CopyToken unsubscribe) {
    }

    /**
     * @param hostname ours, as in Authentication-Results
     * @param inside   webhooks may lie on private addresses, and speak plain HTTP
     * @param stream   a tenant's usual one
     */
    public record Settings(String hostname, boolean inside, LongUnaryOperator stream) {
    }

    /** @param complaints hears of each complaint about a copy of ours */
    public Receiving(Settings settings, Stores stores, Tokens tokens, Domains domains,
            Reports reports, Complaints complaints, Verifier verifier, Egress egress,
            Forwarding forwarding, InstantSource clock, SecureRandom random) {
        this.store = new InboundStore(stores.database(), stores.secrets());
        this.domains = domains;
        this.inside = settings.inside();
        this.clock = clock;
        this.random = random;
        String hostname = settings.hostname().toLowerCase(Locale.ROOT);
        this.handing = new HandingOn(store, egress,
                inside ? Egress.Target.TRUSTED : Egress.Target.STRANGE, forwarding::forward, clock);
        Places places = new Places(hostname, tokens.returnPath(), tokens.unsubscribe(),
                name -> domains.over(name).map(d -> new Places.Owner(d.tenant(), d.returnPath())),
                routes::get);
        this.door = new ReceiveDoor(places, new About(stores.spool()::heard, stores.journal(),
                tokens.returnPath(), tokens.feedback(), reports, complaints),
                new Keeping(store, stores.ids(), settings.stream(), verifier, hostname, clock,
                        handing::waits), stores.bodies());
        reload();
        stores.watch().listen(this::reload);
    }

    private void reload() {
        routes.set(store.routes().stream().sorted(InboundRoute.ORDER).toList());
    }

    /** Stands behind the port for other servers. */
    public SmtpHandler.Factory door() {
        return door;
    }

    /** Begins to hand mail on. */
    public void start() {
        handing.start();
    }

    InboundStore store() {
        return store;
    }

    List<InboundRoute> routes() {
        return routes.get();
    }

    boolean owns(long tenant, String domain) {
        return domains.owns(tenant, domain);
    }

    boolean callable(String url) {
        return InboundRoutes.https(url, inside);
    }

    byte[] random(int octets) {
        byte[] bytes = new byte[octets];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Empty when the pattern is taken, or there are too many. */
    Optional<InboundRoute> add(long tenant, String pattern, InboundRoute.Action action,
            String target, String secret) {
        if (routes().stream().filter(r -> r.tenant() == tenant).count() >= ROUTES_MAX) {
            return Optional.empty();
        }
        InboundRoute route = new InboundRoute(InboundRoute.ID + Base32.text(random(ID_BYTES)),
                tenant, pattern, action, target, clock.instant());
        boolean made = store.add(route, secret);
        reload();
        return made ? Optional.of(route) : Optional.empty();
    }

    boolean remove(long tenant, String id) {
        boolean removed = store.remove(tenant, id);
        reload();
        return removed;
    }

    boolean again(Inbound mail) {
        boolean again = store.again(mail.tenant(), mail.id(), clock.instant());
        handing.waits();
        return again;
    }

    @Override
    public void close() {
        handing.close();
    }
}
