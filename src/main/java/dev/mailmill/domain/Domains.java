package dev.mailmill.domain;

import dev.mailmill.account.Base32;
import dev.mailmill.account.ChangeWatch;
import dev.mailmill.account.Secrets;
import dev.mailmill.domain.SendingDomain.Key;
import dev.mailmill.domain.SendingDomain.Standing;
import dev.mailmill.mime.DomainName;
import dev.mailmill.mime.Malformed;
import dev.mailmill.sql.Database;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** The tenants' sending domains: asked for, proven by DNS or trusted by the operator. */
public final class Domains {
    /** Of one tenant: all of them lie in memory. */
    static final int DOMAINS_MAX = 10_000;
    private static final int CHALLENGE_BYTES = 20;
    private static final int ED25519_BYTES = 32;

    private final DomainStore store;
    private final Secrets secrets;
    private final CryptoProvider crypto;
    private final DnsRows rows;
    private final InstantSource clock;
    private final SecureRandom random;
    private final AtomicReference<Holdings> holdings = new AtomicReference<>(Holdings.NONE);

    /** @param hostname of the host that sends and takes bounces: what SPF and MX rows name */
    public Domains(Database database, Secrets secrets, ChangeWatch watch, CryptoProvider crypto,
            String hostname, InstantSource clock, SecureRandom random) {
        this.store = new DomainStore(database);
        this.secrets = secrets;
        this.crypto = crypto;
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

    /** What has to be published for it. */
    public List<DnsRow> rows(SendingDomain domain) {
        return rows.of(domain);
    }

    /**
     * @param domain   as it is after the check
     * @param findings one for each row
     * @param words    how it stands, in a sentence
     */
    public record Checked(SendingDomain domain, List<Finding> findings, String words) {
        public Checked {
            findings = List.copyOf(findings);
        }
    }

    /**
     * Compares DNS with what should be there. Its DKIM row or its ownership row makes the domain
     * the tenant's; keys that are seen begin to sign. What is absent takes nothing back: a broken
     * zone must not stop mail.
     */
    public Optional<Checked> check(long tenant, String text, DomainDns dns) {
        Optional<SendingDomain> found = find(tenant, text);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        SendingDomain domain = found.get();
        List<Finding> findings = new DomainCheck(rows, dns).of(domain);
        boolean proof = findings.stream().filter(Finding::right).anyMatch(f ->
                switch (f.row().purpose()) {
                    case DKIM, OWNERSHIP -> true;
                    case RETURN_PATH_SPF, RETURN_PATH_MX, DMARC -> false;
                });
        List<Long> seen = seen(domain, findings);
        if (proof && (!domain.owned() || !seen.isEmpty())) {
            store.own(domain, Standing.PROVEN, seen, clock.instant());
        }
        reload();
        SendingDomain now = store.find(tenant, domain.name()).orElseThrow();
        return Optional.of(new Checked(now, findings, words(now, proof)));
    }

    /** Fresh keys that stand in DNS; who sees one has proof. */
    private static List<Long> seen(SendingDomain domain, List<Finding> findings) {
        List<Long> seen = new ArrayList<>();
        for (Key key : domain.keys()) {
            boolean right = findings.stream().filter(Finding::right)
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
        if (domain.keys().stream().anyMatch(k -> k.algorithm() == algorithm)) {
            return;
        }
        try {
            KeyPair pair = switch (algorithm) {
                case RSA2048 -> crypto.makeRsa();
                case ED25519 -> crypto.makeEd25519();
            };
            byte[] spki = pair.getPublic().getEncoded();
            // RFC 8463 §4.2: p= is the bare key, which is what the structure ends with
            byte[] published = switch (algorithm) {
                case RSA2048 -> spki;
                case ED25519 -> Arrays.copyOfRange(spki, spki.length - ED25519_BYTES,
                        spki.length);
            };
            String selector = algorithm.firstSelector();
            byte[] sealed = secrets.seal(context(domain.id(), selector),
                    pair.getPrivate().getEncoded());
            store.keep(domain.id(), new DomainStore.MadeKey(selector, algorithm, sealed,
                            Base64.getEncoder().encodeToString(published)),
                    domain.standing() == Standing.TRUSTED, clock.instant());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("no " + algorithm.word() + " key could be made", e);
        }
    }

    /** Where a private key's sealed bytes belong. */
    private static String context(long domain, String selector) {
        return "dkim_key/" + domain + "/" + selector;
    }

    /** The private key in PKCS #8. */
    byte[] privateKey(SendingDomain domain, Key key) {
        byte[] sealed = store.sealed(key.id()).orElseThrow(() -> new IllegalStateException(
                "the key " + key.selector() + " of " + domain.name() + " is gone"));
        return secrets.open(context(domain.id(), key.selector()), sealed);
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
