package dev.mailmill.account;

import dev.mailmill.account.Credential.Kind;
import dev.mailmill.account.Directory.Known;
import dev.mailmill.http.Authenticator;
import dev.mailmill.http.Caller;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Streams;
import dev.mailmill.sql.Database;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Who may do what: tenants, their streams, API keys and SMTP logins. Questions of the doors are
 * answered from memory, changes go to the store and are in this node's memory when they return.
 */
public final class Accounts implements Authenticator, Logins, Streams, StreamNames {
    /** Any SMTP login's or API key's user name: the secret alone says who it is. */
    private static final String ANY_USER = "api";
    /** In use at once, of one tenant and kind: all of them lie in memory. */
    static final int CREDENTIALS_MAX = 10_000;
    private static final int SECRET_BYTES = 32;
    private static final int ID_BYTES = 8;
    private static final int HINT_CHARACTERS = 4;
    /** Longer ones are nobody's and cost nothing. */
    private static final int PRESENTED_MAX = 512;
    private static final String FIRST_START = "first-start";
    private static final Set<String> SMTP_SCOPES = Set.of("send");
    private static final Set<String> OWNER_SCOPES = Set.of("send", "read", "admin");

    private final AccountStore store;
    private final KeyRing keys;
    private final ChangeWatch watch;
    private final InstantSource clock;
    private final SecureRandom random;
    private final Map<String, Known> operators = new HashMap<>();
    private final AtomicReference<Directory> directory = new AtomicReference<>(Directory.EMPTY);

    /**
     * Makes the first tenant and its streams where there is none.
     *
     * @param operators keys with all rights that are never stored; by the name that logs show
     */
    public Accounts(Database database, Secrets secrets, ChangeWatch watch, InstantSource clock,
            SecureRandom random, Map<String, String> operators) {
        this.store = new AccountStore(database);
        this.keys = secrets.credentials();
        this.watch = watch;
        this.clock = clock;
        this.random = random;
        store.makeFirstTenant("default", clock.instant());
        reload();
        operators.forEach(this::operator);
        watch.listen(this::reload);
    }

    private void operator(String name, String secret) {
        if (secret.isBlank()) {
            throw new IllegalArgumentException("the operator's key " + name + " is empty, which"
                    + " would let everybody in; leave it out instead");
        }
        byte[] hmac = keys.newest().mac(secret.getBytes(StandardCharsets.UTF_8));
        Credential all = new Credential(name, Tenant.FIRST, Kind.API, name,
                usual(Tenant.FIRST).id(), Set.of("*"), "", Instant.EPOCH, Optional.empty(),
                Bounds.NONE, SmtpTraits.NONE);
        operators.put(HexFormat.of().formatHex(hmac), new Known(all, hmac));
    }

    // ---- asked by the doors, from memory

    @Override
    public Optional<Caller> caller(String key) {
        return known(key)
                .map(Known::credential)
                .filter(c -> c.kind() == Kind.API)
                .map(c -> new Caller(c.tenant(), c.id(), c.scopes(), of(c.stream()).name(),
                        c.bounds().test()));
    }

    @Override
    public Optional<Login> login(String user, String secret) {
        // the secret is looked up whoever the user is: an unknown user costs the same work
        return known(secret)
                .map(Known::credential)
                .filter(c -> named(user, c) & c.may("send"))
                .map(this::login);
    }

    private Login login(Credential c) {
        String own = c.smtp().rewriteFrom();
        String via = c.name().isEmpty() ? own.substring(own.lastIndexOf('@') + 1) : c.name();
        return new Login(c.tenant(), c.id(), of(c.stream()), c.bounds().test(),
                own.isEmpty() ? Optional.empty()
                        : Optional.of(new Login.Rewrite(own, via)));
    }

    @Override
    public Optional<Networked> network(InetAddress client) {
        return directory.get().holder(client)
                .map(h -> new Networked(login(h.credential()), h.network().bits()));
    }

    private static boolean named(String user, Credential c) {
        return same(user, ANY_USER) | same(user, c.id());
    }

    private static boolean same(String a, String b) {
        return MessageDigest.isEqual(a.getBytes(StandardCharsets.UTF_8),
                b.getBytes(StandardCharsets.UTF_8));
    }

    /** One HMAC under each key of the ring (which has one, unless it was renewed), found or not. */
    private Optional<Known> known(String secret) {
        Known found = null;
        if (secret.length() <= PRESENTED_MAX) {
            byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
            for (MacKey key : keys.all()) {
                byte[] hmac = key.mac(bytes);
                String hex = HexFormat.of().formatHex(hmac);
                Known stored = directory.get().bySecret().getOrDefault(hex, operators.get(hex));
                if (stored != null && MessageDigest.isEqual(stored.hmac(), hmac)) {
                    found = stored;
                }
            }
        }
        if (found == null && watch.stale()) {
            throw new StoreException(StoreException.Kind.DOWN,
                    "credentials can't be checked now: the store has not answered for a while",
                    null);
        }
        return Optional.ofNullable(found);
    }

    @Override
    public Login trustedNetwork() {
        return new Login(Tenant.FIRST, "network",
                named(Tenant.FIRST, StreamPlan.SMTP).orElseGet(() -> usual(Tenant.FIRST)));
    }

    @Override
    public Stream of(long id) {
        Stream stream = directory.get().streams().get(id);
        if (stream == null) {
            // made by another node less than a second ago, or a damaged row
            reload();
            stream = directory.get().streams().get(id);
        }
        if (stream == null) {
            throw new IllegalArgumentException("there is no stream " + id);
        }
        return stream;
    }

    @Override
    public Optional<Stream> named(long tenant, String name) {
        return directory.get().named(tenant, name);
    }

    @Override
    public Stream usual(long tenant) {
        return named(tenant, StreamPlan.TRANSACTIONAL).orElseThrow(
                () -> new IllegalArgumentException("tenant " + tenant + " has no streams"));
    }

    // ---- changes, and what people look at

    /** Of one tenant, oldest first. */
    public List<Stream> streams(long tenant) {
        return directory.get().streams().values().stream()
                .filter(s -> s.tenant() == tenant)
                .sorted(Comparator.comparingLong(Stream::id))
                .toList();
    }

    public List<Tenant> tenants() {
        return store.tenants();
    }

    /** A new tenant with the usual streams; empty when the name is taken. */
    public Optional<Long> makeTenant(String name) {
        Optional<Long> id = store.makeTenant(name, clock.instant());
        reload();
        return id;
    }

    /** Empty when the tenant has a stream of that name already. */
    public Optional<Stream> makeStream(long tenant, StreamPlan plan) {
        boolean made = store.makeStream(tenant, plan, clock.instant());
        reload();
        return made ? named(tenant, plan.name()) : Optional.empty();
    }

    /** Empty when the tenant has no stream of that name. The class is not changed. */
    public Optional<Stream> changeStream(long tenant, StreamPlan plan) {
        boolean found = store.changeStream(tenant, plan);
        reload();
        return found ? named(tenant, plan.name()) : Optional.empty();
    }

    /**
     * The owner's first API key and SMTP login, where the first tenant has neither yet: to be shown
     * once, by the start that got them.
     */
    public Optional<FirstStart> firstStart() {
        if (!list(Tenant.FIRST, Kind.API, "", 1).isEmpty()
                || !list(Tenant.FIRST, Kind.SMTP, "", 1).isEmpty()) {
            return Optional.empty();
        }
        // one name for all: of two nodes that start at once, one mints
        Minting key = mint(new Wish(Tenant.FIRST, Kind.API, "first key", "", OWNER_SCOPES,
                FIRST_START));
        Minting smtp = mint(new Wish(Tenant.FIRST, Kind.SMTP, "first login", "", SMTP_SCOPES,
                FIRST_START));
        return key instanceof Minting.Minted k && smtp instanceof Minting.Minted s
                ? Optional.of(new FirstStart(store.tenants().getFirst(), k, s))
                : Optional.empty();
    }

    /** What the first start made. */
    public record FirstStart(Tenant tenant, Minting.Minted key, Minting.Minted smtp) {
    }

    /**
     * @param stream  the default stream's name; empty for the kind's usual one
     * @param scopes  ignored for SMTP, which may send
     * @param askedAs idempotency key; empty when each wish mints
     * @param bounds  what it is to be kept to
     * @param smtp    what an SMTP login is to have beside
     */
    public record Wish(long tenant, Kind kind, String name, String stream, Set<String> scopes,
            String askedAs, Bounds bounds, SmtpTraits smtp) {
        public Wish(long tenant, Kind kind, String name, String stream, Set<String> scopes,
                String askedAs) {
            this(tenant, kind, name, stream, scopes, askedAs, Bounds.NONE);
        }

        public Wish(long tenant, Kind kind, String name, String stream, Set<String> scopes,
                String askedAs, Bounds bounds) {
            this(tenant, kind, name, stream, scopes, askedAs, bounds, SmtpTraits.NONE);
        }

        public Wish {
            scopes = kind == Kind.SMTP ? SMTP_SCOPES : Set.copyOf(scopes);
            if (scopes.isEmpty()) {
                throw new IllegalArgumentException("a credential without a scope opens nothing");
            }
            if (scopes.contains("admin") && bounds.evadable()) {
                throw new IllegalArgumentException("who makes keys could make one without bounds");
            }
        }

        private String usualStream() {
            return switch (kind) {
                case API -> StreamPlan.TRANSACTIONAL;
                case SMTP -> StreamPlan.SMTP;
            };
        }

        private byte[] hash() {
            String all = String.join("\0", name, stream,
                    String.join(" ", scopes.stream().sorted().toList()));
            // a wish without bounds or traits is the one that was made before there were any
            String bound = bounds.equals(Bounds.NONE) ? all : all + "\0" + bounds;
            bound = smtp.equals(SmtpTraits.NONE) ? bound : bound + "\0" + smtp;
            try {
                return MessageDigest.getInstance("SHA-256")
                        .digest(bound.getBytes(StandardCharsets.UTF_8));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("SHA-256 is missing in this JDK", e);
            }
        }
    }

    /** Makes a credential; its secret is in the answer and nowhere else. */
    public Minting mint(Wish wish) {
        String streamName = wish.stream().isEmpty() ? wish.usualStream() : wish.stream();
        Optional<Stream> stream = named(wish.tenant(), streamName);
        if (stream.isEmpty()) {
            return new Minting.NoSuchStream(streamName);
        }
        if (inUse(wish.tenant(), wish.kind()) >= CREDENTIALS_MAX) {
            return new Minting.TooMany(CREDENTIALS_MAX);
        }
        String secret = wish.kind().secretPrefix(wish.bounds().test()) + random(SECRET_BYTES);
        Credential made = new Credential(wish.kind().idPrefix() + random(ID_BYTES), wish.tenant(),
                wish.kind(), wish.name(), stream.get().id(), wish.scopes(),
                secret.substring(secret.length() - HINT_CHARACTERS), clock.instant(),
                Optional.empty(), wish.bounds(), wish.smtp());
        byte[] hmac = keys.newest().mac(secret.getBytes(StandardCharsets.UTF_8));
        byte[] hash = wish.hash();
        Optional<AccountStore.Asked> asked = wish.askedAs().isEmpty() ? Optional.empty()
                : Optional.of(new AccountStore.Asked(wish.askedAs(), hash));
        Optional<AccountStore.Earlier> earlier;
        try {
            earlier = store.make(made, hmac, asked);
        } catch (AccountStore.NetworkTaken e) {
            return new Minting.NetworkTaken(e.network().toString());
        }
        reload();
        if (earlier.isEmpty()) {
            Audit.made(made.id());
            return new Minting.Minted(made, secret);
        }
        return MessageDigest.isEqual(earlier.get().askedHash(), hash)
                ? new Minting.Again(earlier.get().credential())
                : new Minting.Conflict();
    }

    /**
     * What a credential is kept to; empty when it is revoked. An operator's key and a trusted
     * network, which are no stored ones, are kept to nothing.
     */
    public Optional<Bounds> bounds(String credential) {
        boolean stored = credential.startsWith(Kind.API.idPrefix())
                || credential.startsWith(Kind.SMTP.idPrefix());
        return stored ? Optional.ofNullable(directory.get().byId().get(credential))
                .map(Credential::bounds) : Optional.of(Bounds.NONE);
    }

    /** One that is in use and stored: neither an operator's key nor a trusted network. */
    public Optional<Credential> inUse(String credential) {
        return Optional.ofNullable(directory.get().byId().get(credential));
    }

    /** Whether the owner was shown it when the server began. */
    public boolean madeAtFirstStart(Credential credential) {
        return credential.tenant() == Tenant.FIRST
                && store.askedAs(credential.id()).equals(Optional.of(FIRST_START));
    }

    private long inUse(long tenant, Kind kind) {
        return directory.get().bySecret().values().stream().map(Known::credential)
                .filter(c -> c.tenant() == tenant && c.kind() == kind).count();
    }

    /** False when the tenant has no such credential; here at once, elsewhere within 1 s. */
    public boolean revoke(long tenant, Kind kind, String id) {
        boolean found = store.revoke(tenant, kind, id, clock.instant());
        reload();
        return found;
    }

    /** Oldest first, the revoked ones too. */
    public List<Credential> list(long tenant, Kind kind, String after, int limit) {
        return store.list(tenant, kind, after, limit);
    }

    private String random(int bytes) {
        byte[] made = new byte[bytes];
        random.nextBytes(made);
        return Base32.text(made);
    }

    private void reload() {
        directory.accumulateAndGet(store.directory(), Directory::newer);
    }
}
