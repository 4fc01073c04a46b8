package dev.mailmill.domain;

import dev.mailmill.dns.Dns;
import dev.mailmill.account.Base32;
import dev.mailmill.account.ChangeWatch;
import dev.mailmill.account.Secrets;
import dev.mailmill.domain.SendingDomain.Key;
import dev.mailmill.domain.SendingDomain.Standing;
import dev.mailmill.mime.DomainName;
import dev.mailmill.mime.Malformed;
import dev.mailmill.sql.Database;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;

/** The tenants' sending domains: asked for, proven by DNS or trusted by the operator. */
public final class Domains {
    /** Of one tenant: all of them lie in memory. */
    static final int DOMAINS_MAX = 10_000;
    private static final int CHALLENGE_BYTES = 20;
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?");
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final Duration FIRST_PATIENCE = Duration.ofSeconds(5);
    /** What is not older is not asked again before a bulk sending. */
    private static final Duration FRESH = Duration.ofMinutes(5);

    private final DomainStore store;
    private final LookStore looks;
    private final KeyMaker maker;
    private final DnsRows rows;
    private final Network network;
    private final InstantSource clock;
    private final SecureRandom random;
    private final AtomicReference<Holdings> holdings = new AtomicReference<>(Holdings.NONE);

    /** Why no domain's rows should be published as they are; empty when they may be. */
    public Optional<String> warning() {
        String name = rows.hostname();
        return Dns.hostName(name) && name.contains(".") ? Optional.empty()
                : Optional.of("These rows name this server \"" + name + "\", which is no name in"
                        + " DNS: set MAILMILL_HOSTNAME, as in mail.example.com, and start again"
                        + " before you publish them.");
    }

    /**
     * @param hostname of the host that sends and takes bounces: what SPF and MX rows name
     * @param network  what a check asks
     */
    public Domains(Database database, Secrets secrets, ChangeWatch watch, CryptoProvider crypto,
            String hostname, Network network, InstantSource clock, SecureRandom random) {
        this.store = new DomainStore(database);
        this.looks = new LookStore(database);
        this.maker = new KeyMaker(store, secrets, crypto, clock);
        this.network = network;
        this.rows = new DnsRows(hostname);
        this.clock = clock;
        this.random = random;
        reload();
        watch.listen(this::reload);
    }

    /** What became of the wish for a domain. */
    public sealed interface Adding {
        /** It is there, new or from before; not yet the tenant's, unless its standing says so. */
        record Added(SendingDomain domain) implements Adding {
        }

        record BadName(String words) implements Adding {
        }

        record TooMany(int max) implements Adding {
        }

        /** Another tenant has it, so the operator's word can't make it this one's. */
        record Taken(String name) implements Adding {
        }
    }

    /**
     * Makes the domain and its keys where they are missing; asking again gives the same.
     *
     * @param ed25519 also a key that Gmail and Microsoft don't verify yet
     * @param trust   the operator vouches for it: no proof by DNS is needed
     */
    public Adding add(long tenant, String text, boolean ed25519, boolean trust) {
        String name;
        try {
            name = name(text);
        } catch (Malformed e) {
            return new Adding.BadName(e.getMessage());
        }
        if (!trust && Freemail.has(name)) {
            return new Adding.BadName(name + " belongs to a mailbox provider: add a domain of"
                    + " your own, and put the mailbox into Reply-To");
        }
        if (holdings().count(tenant) >= DOMAINS_MAX) {
            return new Adding.TooMany(DOMAINS_MAX);
        }
        SendingDomain domain = store.make(tenant, name, random(CHALLENGE_BYTES), clock.instant());
        needKey(domain, DkimAlgorithm.RSA2048);
        if (ed25519) {
            needKey(domain, DkimAlgorithm.ED25519);
        }
        if (trust && !trust(domain)) {
            reload();
            return new Adding.Taken(name);
        }
        reload();
        return new Adding.Added(store.find(tenant, name).orElseThrow());
    }

    /** The operator's word in place of DNS; false when it is not there or another tenant's. */
    public boolean trust(long tenant, String name) {
        boolean trusted = find(tenant, name).map(this::trust).orElse(false);
        reload();
        return trusted;
    }

    private boolean trust(SendingDomain domain) {
        // nobody will look into DNS: the operator answers for the DKIM rows too
        List<Long> keys = store.find(domain.tenant(), domain.name()).stream()
                .flatMap(d -> d.keys().stream()).filter(Key::fresh).map(Key::id).toList();
        return store.own(domain, Standing.TRUSTED, keys, clock.instant());
    }

    public Optional<SendingDomain> find(long tenant, String text) {
        try {
            return store.find(tenant, name(text));
        } catch (Malformed e) {
            return Optional.empty();
        }
    }

    /** Whether anybody gets a mailbox there. @param name lower-case A-label */
    public static boolean freemail(String name) {
        return Freemail.has(name);
    }

    /** Whether a name (lower-case A-labels), or one above it, is some tenant's; from memory. */
    public boolean covers(String name) {
        return holdings().over(name).isPresent();
    }

    /** The owned domain that decides about a name (lower-case A-labels): it or one above. */
    public Optional<SendingDomain> over(String name) {
        return holdings().over(name);
    }

    /** Whether a tenant may speak for a name, however written: it, or one over it, is proven. */
    public boolean owns(long tenant, String domain) {
        try {
            return holdings().over(name(domain)).filter(d -> d.tenant() == tenant).isPresent();
        } catch (Malformed e) {
            return false;
        }
    }

    /** By name. */
    public List<SendingDomain> list(long tenant, String after, int limit) {
        return store.list(tenant, after, limit);
    }

    /** What has to be published for it, whatever is there. */
    public List<DnsRow> rows(SendingDomain domain) {
        return rows.of(domain, clock.instant());
    }

    /**
     * Lets bounces come back to another name below the domain, where the usual one is taken; false
     * when that is no label.
     */
    public boolean returnPath(SendingDomain domain, String label) {
        if (!LABEL.matcher(label).matches()) {
            return false;
        }
        store.bounces(domain.id(), label);
        reload();
        return true;
    }

    /**
     * @param domain as it is after the check
     * @param look   what DNS said
     * @param words  how it stands, in a sentence
     */
    public record Checked(SendingDomain domain, Look look, String words) {
        public List<Finding> findings() {
            return look.findings();
        }
    }

    /**
     * Compares DNS with what should be there. Its DKIM row or its ownership row makes the domain
     * the tenant's; keys that are seen begin to sign. What is absent takes nothing back: a broken
     * zone must not stop mail. What has changed since the last look is kept, and logged.
     */
    public Optional<Checked> check(long tenant, String text) {
        return find(tenant, text).map(d -> check(d, PATIENCE));
    }

    /** The first look, for who waits for the rows. */
    public Checked first(SendingDomain domain) {
        return check(domain, FIRST_PATIENCE);
    }

    private Checked check(SendingDomain domain, Duration patience) {
        Optional<Look> before = looks.last(domain.id());
        Look look = new DomainCheck(rows, network, domain).of(rows(domain), patience, clock);
        List<Finding> findings = look.findings();
        boolean proof = findings.stream().filter(Finding::stands).anyMatch(f ->
                f.row().purpose() == DnsRow.Purpose.DKIM
                        || f.row().purpose() == DnsRow.Purpose.OWNERSHIP);
        List<Long> seen = seen(domain, findings);
        if (proof && (!domain.owned() || !seen.isEmpty())) {
            store.own(domain, Standing.PROVEN, seen, clock.instant());
        }
        looks.keep(domain, before, look);
        reload();
        SendingDomain now = store.find(domain.tenant(), domain.name()).orElseThrow();
        return new Checked(now, look, words(now, proof));
    }

    /** What a bulk sending asks before it begins: DNS, unless it was asked just now. */
    public Optional<Checked> fresh(long tenant, String text) {
        Optional<SendingDomain> domain = find(tenant, text);
        Optional<Look> last = domain.flatMap(this::last)
                .filter(l -> l.at().plus(FRESH).isAfter(clock.instant()));
        return last.isPresent() ? Optional.of(new Checked(domain.get(), last.get(),
                words(domain.get(), false))) : domain.map(d -> check(d, PATIENCE));
    }

    /**
     * A row, and what the last look found of it.
     *
     * @param finding empty before it was looked at
     */
    public record Seen(DnsRow row, Optional<Finding> finding) {
    }

    /** All rows, those first that are to be published. */
    public List<Seen> seen(SendingDomain domain) {
        List<DnsRow> wanted = rows(domain);
        List<Finding> findings = last(domain).map(Look::findings).orElse(List.of());
        List<Seen> all = new ArrayList<>();
        for (DnsRow row : wanted) {
            List<Finding> of = findings.stream().filter(f -> f.row().purpose() == row.purpose()
                    && (row.purpose() == DnsRow.Purpose.INBOUND_MX
                            || f.row().name().equals(row.name()))).toList();
            boolean same = row.purpose() != DnsRow.Purpose.DKIM
                    || of.stream().allMatch(f -> f.row().value().equals(row.value()));
            if (of.isEmpty() || !same) {
                all.add(new Seen(row, Optional.empty()));
            } else {
                of.forEach(f -> all.add(new Seen(f.row(), Optional.of(f))));
            }
        }
        findings.stream().filter(f -> wanted.stream().noneMatch(r ->
                        r.purpose() == f.row().purpose()))
                .forEach(f -> all.add(new Seen(f.row(), Optional.of(f))));
        return all;
    }

    /** The open rows that matter, for a zone file. */
    public String zoneFile(SendingDomain domain) {
        return new Export(domain, seen(domain), false).zone();
    }

    /** What DNS said when it was asked last. */
    public Optional<Look> last(SendingDomain domain) {
        return looks.last(domain.id());
    }

    /** How that has changed, the latest first. */
    public List<Change> changes(SendingDomain domain, long before, int limit) {
        return looks.changes(domain.id(), before, limit);
    }

    /** Domains that nobody has looked at since, the longest first. */
    List<SendingDomain> unseenSince(Instant since, int limit) {
        return looks.unseenSince(since, clock.instant(), limit).stream()
                .flatMap(d -> store.find(d.tenant(), d.name()).stream()).toList();
    }

    /** What came of a wish for new keys. */
    public sealed interface Rotating {
        /** Their rows are to be published; until they are seen, the old ones sign. */
        record Begun(SendingDomain domain) implements Rotating {
        }

        /** The keys before the present ones are still needed by mail on its way. */
        record TooEarly(Instant until) implements Rotating {
        }
    }

    /**
     * Makes the next DKIM keys under the other selector. They sign once they are seen in DNS, and
     * the old ones stay published for 14 days more; asking again gives the same.
     */
    public Optional<Rotating> rotate(long tenant, String text) {
        Optional<SendingDomain> domain = find(tenant, text);
        if (domain.isEmpty()) {
            return Optional.empty();
        }
        Optional<Instant> until = maker.rotate(domain.get());
        reload();
        return Optional.of(until.isPresent() ? new Rotating.TooEarly(until.get())
                : new Rotating.Begun(store.find(tenant, domain.get().name()).orElseThrow()));
    }

    /** Fresh keys that stand in DNS; who sees one has proof. */
    private static List<Long> seen(SendingDomain domain, List<Finding> findings) {
        List<Long> seen = new ArrayList<>();
        for (Key key : domain.keys()) {
            boolean right = findings.stream().filter(Finding::stands)
                    .anyMatch(f -> f.row().name().startsWith(key.selector() + "._domainkey."));
            if (key.fresh() && right) {
                seen.add(key.id());
            }
        }
        return seen;
    }

    private static String words(SendingDomain domain, boolean proof) {
        String name = domain.name();
        return switch (domain.standing()) {
            case PENDING -> proof
                    ? name + " is verified for another account; ask the operator of this server"
                    : name + " is not verified yet; publish the DKIM row (or the ownership row)"
                            + " and check again, DNS may take some minutes";
            case PROVEN -> name + " is verified"
                    + (domain.keys().stream().anyMatch(Key::active) ? ""
                            : ", but mail is not signed before the DKIM row is published");
            case TRUSTED -> name + " is trusted by the operator";
        };
    }

    private void needKey(SendingDomain domain, DkimAlgorithm algorithm) {
        if (domain.keys().stream().noneMatch(k -> k.algorithm() == algorithm)) {
            maker.make(domain, algorithm, algorithm.selectors().getFirst(),
                    domain.standing() == Standing.TRUSTED);
        }
    }

    /** The private key in PKCS #8. */
    byte[] privateKey(SendingDomain domain, Key key) {
        return maker.privateKey(domain, key);
    }

    Holdings holdings() {
        return holdings.get();
    }

    /** The name as DNS compares it; with a final dot or without. */
    static String name(String text) throws Malformed {
        String stripped = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        String name = DomainName.ascii(stripped);
        if (name.indexOf('.') < 0) {
            throw new Malformed("a sending domain has at least two labels: example.org");
        }
        return name;
    }

    private String random(int bytes) {
        byte[] made = new byte[bytes];
        random.nextBytes(made);
        return Base32.text(made);
    }

    /** As the store has them now: for who misses what another node may just have made. */
    Holdings latest() {
        reload();
        return holdings();
    }

    private void reload() {
        holdings.accumulateAndGet(store.holdings(), Holdings::newer);
    }
}
