package dev.mailmill.domain;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.ChangeWatch;
import dev.mailmill.account.MasterKey;
import dev.mailmill.account.Secrets;
import dev.mailmill.account.TestStore;
import dev.mailmill.dns.AddressPolicy;
import dev.mailmill.dns.Authority;
import dev.mailmill.dns.Dns;
import dev.mailmill.dns.FakeDns;
import dev.mailmill.domain.Domains.Adding;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Envelope;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Submission;
import dev.mailmill.sql.Database;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One process with accounts and domains over a store, and a DNS that a test writes. */
final class Ground implements AutoCloseable {
    static final String HOST = "mill.example.net";

    final Secrets secrets;
    final ChangeWatch watch;
    final Accounts accounts;
    final Domains domains;
    final FakeDns dns = new FakeDns();
    Instant now = Instant.parse("2026-11-23T10:00:00Z");

    Ground(Database store, Path folder, CryptoProvider crypto) {
        this(store, folder, crypto, Optional.empty());
    }

    /** @param network what checks ask; empty: the DNS that the test writes */
    Ground(Database store, Path folder, CryptoProvider crypto, Optional<Network> network) {
        InstantSource clock = () -> now;
        SecureRandom random = new SecureRandom();
        secrets = Secrets.open(store, new MasterKey.Source(Optional.empty(), folder), clock,
                random);
        watch = new ChangeWatch(store);
        accounts = new Accounts(store, secrets, watch, clock, random, Map.of());
        domains = new Domains(store, secrets, watch, crypto, HOST,
                network.orElse(asking(dns)), clock, random);
    }

    static Ground on(Path folder) {
        folder.toFile().mkdirs();
        return new Ground(TestStore.make(folder.resolve("mail.db")), folder,
                CryptoProvider.best());
    }

    static Network asking(Dns dns) {
        return new Network(new Authority(dns, new AddressPolicy(true, Set.of())), dns, List::of,
                Reported.NOTHING);
    }

    OwnershipGate gate(boolean capture) {
        return new OwnershipGate(domains, accounts, () -> now, capture, _ -> false);
    }

    long tenant(String name) {
        return accounts.makeTenant(name).orElseThrow();
    }

    SendingDomain added(long tenant, String name) {
        return ((Adding.Added) domains.add(tenant, name, false, false)).domain();
    }

    SendingDomain proven(long tenant, String name) {
        publish(added(tenant, name));
        return domains.check(tenant, name).orElseThrow().domain();
    }

    /** Puts a domain's rows into DNS, all of them. */
    void publish(SendingDomain domain) {
        domains.rows(domain).forEach(this::publish);
        dns.mx(domain.name(), "10 mx." + domain.name());
    }

    void publish(DnsRow row) {
        switch (row.type()) {
            case "MX" -> dns.mx(row.name(), row.value());
            case "CNAME" -> dns.cname(row.name(), row.value());
            default -> dns.txt(row.name(), row.value());
        }
    }

    /** A submission of the tenant, and the letter that composing made of it. */
    Submission from(long tenant) {
        return new Submission(new Submission.Who(tenant, "key_x", Door.API, ""),
                accounts.usual(tenant),
                new Envelope("", "", "", List.of(new Envelope.Recipient("a@b.test", "b.test", "",
                        ""))),
                new Content.Raw(new byte[0], Body.of(new byte[0])), Submission.Options.NONE);
    }

    static Letter letter(String... authors) {
        return new Letter(new byte[0], Body.of(new byte[0]), 0, "", "<x@y>", List.of(authors));
    }

    @Override
    public void close() {
        watch.close();
    }
}
