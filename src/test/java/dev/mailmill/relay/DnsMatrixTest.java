package dev.mailmill.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.TestStore;
import dev.mailmill.dns.AddressPolicy;
import dev.mailmill.dns.CachedDns;
import dev.mailmill.dns.Dnssec;
import dev.mailmill.dns.ScriptedDns;
import dev.mailmill.dns.ScriptedDns.Fault;
import dev.mailmill.http.Egress;
import dev.mailmill.http.PolicyServer;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Reply;
import dev.mailmill.smtp.ClientTls;
import dev.mailmill.smtp.SinkPki;
import dev.mailmill.smtp.SinkServer;
import dev.mailmill.smtp.SmtpClient;
import dev.mailmill.smtp.SmtpClientSettings;
import dev.mailmill.transit.Reporting;
import dev.mailmill.transit.Transit;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What DNS can do to mail, each case over real packets, real signatures and a real server: the
 * right outcome, and nothing in clear where TLS is demanded. Names under {@code test.} are signed,
 * those under {@code example.} are not.
 */
class DnsMatrixTest {
    private static final SinkPki PKI = new SinkPki("Good Authority");
    private static final SinkPki STRANGERS = new SinkPki("Nobody's Authority");
    private static final SinkPki.Server MX = PKI.server("mx.rcpt.test", "mx.rcpt.example");
    private static final SinkPki.Server POLICY = PKI.server("mta-sts.rcpt.example",
            "mta-sts.rcpt.test");
    private static final String ENFORCE = "version: STSv1\nmode: enforce\nmx: mx.rcpt.example\n"
            + "max_age: 86400\n";
    /** As long as what comes late to a busy machine is no answer that stays away. */
    private static final Duration DNS_DEADLINE = Duration.ofSeconds(10);
    /** Where one may stay away. */
    private static final Duration DNS_DEADLINE_SHORT = Duration.ofMillis(700);

    @TempDir
    private Path folder;

    /** Everything around one domain; one test's own. */
    private final class World implements AutoCloseable, InstantSource {
        private final ScriptedDns dns = new ScriptedDns();
        private final SinkServer sink = SinkServer.start();
        private final PolicyServer web = new PolicyServer(POLICY.context());
        private final TestStore store = TestStore.make(
                folder.resolve(System.nanoTime() + ".db"));
        private final List<AutoCloseable> parts = new ArrayList<>(List.of(dns, sink, web));
        private Dnssec mode = Dnssec.VALIDATE;
        private Instant now = Instant.now();
        private MxTransport transport;
        private Duration dnsDeadline = DNS_DEADLINE;
        private boolean demanded;
        private boolean six;

        /** The signed domain, its server with a certificate. */
        World signed() {
            dns.with("rcpt.test. MX 10 mx.rcpt.test.", "mx.rcpt.test. A 127.0.0.1");
            sink.tls(MX.context());
            return this;
        }

        /** The unsigned one. */
        World unsigned() {
            dns.with("rcpt.example. MX 10 mx.rcpt.example.", "mx.rcpt.example. A 127.0.0.1");
            sink.tls(MX.context());
            return this;
        }

        World with(String... records) {
            dns.with(records);
            return this;
        }

        World fault(String question, Fault fault) {
            dns.fault(question.replace("_25", "_" + sink.port()), fault);
            if (fault != Fault.CUT) { // which is answered over TCP
                dnsDeadline = DNS_DEADLINE_SHORT;
            }
            return this;
        }

        World cert(SinkPki.Server server) {
            sink.tls(server.context());
            return this;
        }

        /** From here on nothing may go in clear. */
        World demanded() {
            demanded = true;
            return this;
        }

        World tlsa(String data) {
            return tlsaAt("mx.rcpt.test.", data);
        }

        World tlsaAt(String host, String data) {
            dns.with("_" + sink.port() + "._tcp." + host + " TLSA " + data);
            return this;
        }

        /** The unsigned domain has a policy. */
        World sts(String policy) {
            unsigned();
            dns.with("_mta-sts.rcpt.example. TXT \"v=STSv1; id=1;\"",
                    "mta-sts.rcpt.example. A 127.0.0.1");
            web.gives(policy);
            return this;
        }

        /** Forgets what memory has; the store keeps what it has. */
        World restart() {
            transport = null;
            return this;
        }

        World later(Duration by) {
            now = now.plus(by);
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }

        private MxTransport transport() {
            if (transport != null) {
                return transport;
            }
            CachedDns.Settings d = CachedDns.Settings.DEFAULT;
            CachedDns cached = CachedDns.of(List.of(dns.address()), mode, dns.anchors(),
                    new CachedDns.Settings(1_000, d.found(), d.nothing(), d.unknownFor(),
                            dnsDeadline), this);
            AddressPolicy policy = new AddressPolicy(true, Set.of());
            Egress egress = keep(new Egress(cached, policy, PKI.client().getSocketFactory()));
            Transit transit = keep(new Transit(new Transit.Settings(sink.port(), web.port()),
                    cached, egress, store, PKI.trust(),
                    new Reporting("client.test", "", (_, _, _, _, _) -> ""), this));
            SmtpClient client = keep(new SmtpClient(SmtpClientSettings.of("client.test",
                    Duration.ofSeconds(5)), ClientTls.standard()));
            Courier courier = keep(new Courier(Courier.Settings.DEFAULT, client, this));
            transport = new MxTransport(new MxTransport.Settings("client.test", sink.port(),
                    six, StaticRoutes.NONE), courier, TestSites.of(cached), cached, policy,
                    new SplittableRandom(1), Optional.of(transit));
            return transport;
        }

        private <T extends AutoCloseable> T keep(T part) {
            parts.addFirst(part);
            return part;
        }

        String to(String domain) {
            return send(FakeAttempt.to("u@" + domain));
        }

        String send(FakeAttempt attempt) {
            return text(transport().attempt(attempt));
        }

        /** That nothing was said in clear, and nothing said at all unless it was delivered. */
        String checked(String outcome) {
            if (demanded) {
                assertTrue(sink.received().stream().allMatch(SinkServer.Received::secure),
                        "mail in clear");
                assertTrue(outcome.startsWith("delivered") || sink.commands().stream()
                        .noneMatch(c -> c.startsWith("MAIL") || c.equals("DATA")),
                        () -> sink.commands().toString());
            }
            return outcome;
        }

        @Override
        public void close() {
            for (AutoCloseable part : parts) {
                try {
                    part.close();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    private static String text(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Delivered(Reply r) -> "delivered " + (r.line().tls().equals("clear")
                    ? "clear" : "tls " + r.line().trust());
            case Outcome.Deferred(Reply r, Outcome.Fault f) ->
                    "deferred " + r.enhanced() + " " + f;
            case Outcome.Bounced(Reply r) -> "bounced " + r.enhanced();
            default -> outcome.toString();
        };
    }

    private final List<DynamicTest> cases = new ArrayList<>();

    private void when(String name, String expected, Function<World, String> story) {
        cases.add(DynamicTest.dynamicTest(name, () -> {
            try (World world = new World()) {
                assertEquals(expected, world.checked(story.apply(world)));
            }
        }));
    }

    private static final String OPEN = "delivered tls opportunistic";
    private static final String UNKNOWN = "deferred 4.4.3 LANE";
    private static final String POLICY_FAILS = "deferred 4.7.5 RECIPIENT";

    @TestFactory
    List<DynamicTest> names() {
        when("an MX is followed", OPEN, w -> w.unsigned().to("rcpt.example"));
        when("no MX: the domain itself", OPEN, w -> w.cert(MX)
                .with("a.example. A 127.0.0.1").to("a.example"));
        when("no such domain", "bounced 5.1.2", w -> w.to("gone.example"));
        when("no such domain, proven", "bounced 5.1.2", w -> w.to("gone.test"));
        when("a null MX", "bounced 5.1.10", w -> w.with("a.example. MX 0 .",
                "a.example. A 127.0.0.1").to("a.example"));
        when("a null MX beside another is no null MX", OPEN, w -> w.cert(MX).with(
                "a.example. MX 0 .", "a.example. MX 5 b.example.", "b.example. A 127.0.0.1")
                .to("a.example"));
        when("an MX without an address", "bounced 5.4.4", w -> w.with(
                "a.example. MX 5 b.example.", "a.example. A 127.0.0.1").to("a.example"));
        when("the next MX when the first has no address", OPEN, w -> w.cert(MX).with(
                "a.example. MX 5 gone.example.", "a.example. MX 9 b.example.",
                "b.example. A 127.0.0.1").to("a.example"));
        when("an MX that is an alias", OPEN, w -> w.cert(MX).with("a.example. MX 5 b.example.",
                "b.example. CNAME c.example.", "c.example. A 127.0.0.1").to("a.example"));
        when("a domain that is an alias", OPEN, w -> w.cert(MX).with("a.example. CNAME b.example.",
                "b.example. MX 5 c.example.", "c.example. A 127.0.0.1").to("a.example"));
        when("five aliases", OPEN, w -> w.cert(MX).with("a.example. CNAME b.example.",
                "b.example. CNAME c.example.", "c.example. CNAME d.example.",
                "d.example. CNAME e.example.", "e.example. CNAME f.example.",
                "f.example. MX 5 g.example.", "g.example. A 127.0.0.1").to("a.example"));
        when("an alias of itself", UNKNOWN, w -> w.with("a.example. CNAME a.example.")
                .to("a.example"));
        when("aliases in a ring", UNKNOWN, w -> w.with("a.example. CNAME b.example.",
                "b.example. CNAME a.example.").to("a.example"));
        when("an MX host in a ring of aliases", UNKNOWN, w -> w.with("a.example. MX 5 b.example.",
                "b.example. CNAME c.example.", "c.example. CNAME b.example.").to("a.example"));
        when("an alias of nothing", "bounced 5.1.2", w -> w.with("a.example. CNAME gone.example.")
                .to("a.example"));
        when("an internationalized MX host", OPEN, w -> w.cert(PKI.server("xn--mx-eka.example"))
                .with("a.example. MX 5 xn--mx-eka.example.", "xn--mx-eka.example. A 127.0.0.1")
                .to("a.example"));
        when("an MX that is an address", "bounced 5.4.4", w -> w.with(
                "a.example. MX 5 127.0.0.1.", "127.0.0.1. A 127.0.0.1").to("a.example"));
        when("an MX with an escaped octet", "bounced 5.4.4", w -> w.with(
                "a.example. MX 5 b\\000c.example.").to("a.example"));
        when("two hundred MX records", OPEN, w -> {
            w.cert(MX).with("b.example. A 127.0.0.1");
            for (int i = 0; i < 200; i++) {
                w.with("a.example. MX " + (i + 1) + (i == 0 ? " b.example." : " gone" + i
                        + ".example."));
            }
            return w.to("a.example");
        });
        when("a hundred addresses, of which some answer", OPEN, w -> {
            w.cert(MX).with("a.example. MX 5 b.example.");
            for (int i = 1; i <= 100; i++) {
                w.with("b.example. A 127.0.0.1");
            }
            return w.to("a.example");
        });
        return cases;
    }

    @TestFactory
    List<DynamicTest> packets() {
        for (Fault fault : List.of(Fault.SERVFAIL, Fault.REFUSED, Fault.FORMERR, Fault.NOTIMP,
                Fault.SILENCE, Fault.LAME, Fault.WRONG_ID, Fault.GARBAGE, Fault.EMPTY,
                Fault.HALF, Fault.CUT_FOR_GOOD, Fault.WRONG_QUESTION)) {
            when("MX: " + fault + " is never \"no MX\"", UNKNOWN, w -> w.unsigned()
                    .with("rcpt.example. A 127.0.0.1")
                    .fault("MX rcpt.example.", fault).to("rcpt.example"));
            when("A: " + fault + " is never \"no address\"", UNKNOWN, w -> w.unsigned()
                    .fault("A mx.rcpt.example.", fault).to("rcpt.example"));
        }
        when("MX: cut in UDP, whole in TCP", OPEN, w -> w.unsigned()
                .fault("MX rcpt.example.", Fault.CUT).to("rcpt.example"));
        when("A: cut in UDP, whole in TCP", OPEN, w -> w.unsigned()
                .fault("A mx.rcpt.example.", Fault.CUT).to("rcpt.example"));
        when("the first MX's address is unknown, the second's known", OPEN, w -> w.unsigned()
                .with("rcpt.example. MX 5 lost.example.")
                .fault("A lost.example.", Fault.SERVFAIL).to("rcpt.example"));
        when("one MX unknown, the other without an address: wait", UNKNOWN, w -> w
                .with("a.example. MX 5 lost.example.", "a.example. MX 9 gone.example.")
                .fault("A lost.example.", Fault.SERVFAIL).to("a.example"));
        for (Fault fault : List.of(Fault.FORGED, Fault.STRIPPED, Fault.EXPIRED)) {
            when("MX: " + fault, UNKNOWN, w -> w.signed().demanded()
                    .fault("MX rcpt.test.", fault).to("rcpt.test"));
            when("A: " + fault, UNKNOWN, w -> w.signed().demanded()
                    .fault("A mx.rcpt.test.", fault).to("rcpt.test"));
        }
        when("NXDOMAIN of a signed name, unproven", UNKNOWN, w -> w.signed()
                .fault("MX rcpt.test.", Fault.NXDOMAIN).to("rcpt.test"));
        return cases;
    }

    private static final String TLSA = "TLSA _25._tcp.mx.rcpt.test.";

    @TestFactory
    List<DynamicTest> dane() {
        String ours = MX.tlsa(1, 1);
        String others = STRANGERS.server("mx.rcpt.test").tlsa(1, 1);
        when("DANE-EE fits", "delivered tls dane", w -> w.signed().demanded()
                .tlsa("3 1 1 " + ours).to("rcpt.test"));
        when("DANE-EE by certificate and SHA-512", "delivered tls dane", w -> w.signed().demanded()
                .tlsa("3 0 2 " + MX.tlsa(0, 2)).to("rcpt.test"));
        when("DANE-EE whole", "delivered tls dane", w -> w.signed().demanded()
                .tlsa("3 0 0 " + MX.tlsa(0, 0)).to("rcpt.test"));
        when("DANE-EE cares for neither name nor date nor authority", "delivered tls dane", w -> {
            SinkPki.Server old = STRANGERS.expired("else.test");
            return w.signed().cert(old).demanded().tlsa("3 1 1 " + old.tlsa(1, 1))
                    .to("rcpt.test");
        });
        when("one of two records fits (a key is being changed)", "delivered tls dane",
                w -> w.signed().demanded().tlsa("3 1 1 " + others).tlsa("3 1 1 " + ours)
                        .to("rcpt.test"));
        when("DANE-EE does not fit", POLICY_FAILS, w -> w.signed().demanded()
                .tlsa("3 1 1 " + others).to("rcpt.test"));
        when("DANE-EE does not fit, though the authority is believed", POLICY_FAILS,
                w -> w.signed().cert(PKI.server("mx.rcpt.test")).demanded()
                        .tlsa("3 1 1 " + others).to("rcpt.test"));
        when("DANE-TA fits, no public authority asked", "delivered tls dane", w -> w.signed()
                .cert(STRANGERS.server("mx.rcpt.test")).demanded()
                .tlsa("2 0 1 " + STRANGERS.tlsa(0, 1)).to("rcpt.test"));
        when("DANE-TA with the next hop's name", "delivered tls dane", w -> w.signed()
                .cert(STRANGERS.server("rcpt.test")).demanded()
                .tlsa("2 1 1 " + STRANGERS.tlsa(1, 1)).to("rcpt.test"));
        when("DANE-TA whole in DNS, not sent by the server", "delivered tls dane", w -> w.signed()
                .cert(STRANGERS.alone("mx.rcpt.test")).demanded()
                .tlsa("2 0 0 " + STRANGERS.tlsa(0, 0)).to("rcpt.test"));
        when("DANE-TA's key in DNS, not sent by the server", "delivered tls dane", w -> w.signed()
                .cert(STRANGERS.alone("mx.rcpt.test")).demanded()
                .tlsa("2 1 0 " + STRANGERS.tlsa(1, 0)).to("rcpt.test"));
        when("DANE-TA, another name", POLICY_FAILS, w -> w.signed()
                .cert(STRANGERS.server("mx.else.test")).demanded()
                .tlsa("2 0 1 " + STRANGERS.tlsa(0, 1)).to("rcpt.test"));
        when("DANE-TA, expired", POLICY_FAILS, w -> w.signed()
                .cert(STRANGERS.expired("mx.rcpt.test")).demanded()
                .tlsa("2 0 1 " + STRANGERS.tlsa(0, 1)).to("rcpt.test"));
        when("DANE-TA, another authority of the same name", POLICY_FAILS, w -> w.signed()
                .cert(new SinkPki("Nobody's Authority").server("mx.rcpt.test")).demanded()
                .tlsa("2 0 1 " + STRANGERS.tlsa(0, 1)).to("rcpt.test"));
        when("DANE-TA named, the server's own certificate given", POLICY_FAILS, w -> w.signed()
                .demanded().tlsa("2 0 1 " + MX.tlsa(0, 1)).to("rcpt.test"));
        for (Fault fault : List.of(Fault.SERVFAIL, Fault.SILENCE, Fault.REFUSED, Fault.FORGED,
                Fault.STRIPPED, Fault.EXPIRED, Fault.GARBAGE, Fault.CUT_FOR_GOOD, Fault.NXDOMAIN)) {
            when("TLSA: " + fault + " defers", POLICY_FAILS, w -> w.signed().demanded()
                    .tlsa("3 1 1 " + ours).fault(TLSA, fault).to("rcpt.test"));
        }
        when("TLSA: none, unproven", POLICY_FAILS, w -> w.signed().demanded()
                .fault(TLSA, Fault.UNPROVEN).to("rcpt.test"));
        when("TLSA: none, proven", OPEN, w -> w.signed().to("rcpt.test"));
        when("TLSA: none, and a server without TLS", "delivered clear", w -> w
                .with("rcpt.test. MX 10 mx.rcpt.test.", "mx.rcpt.test. A 127.0.0.1")
                .to("rcpt.test"));
        when("TLSA under an MX that is not proven is not asked for", OPEN, w -> {
            String outcome = w.cert(MX).with("a.example. MX 5 mx.rcpt.test.",
                    "mx.rcpt.test. A 127.0.0.1").tlsa("3 1 1 " + others).to("a.example");
            assertTrue(w.dns.asked().stream().noneMatch(q -> q.startsWith("TLSA")));
            return outcome;
        });
        when("TLSA under an address that is not proven is not asked for", OPEN, w -> {
            String outcome = w.cert(MX).with("rcpt.test. MX 5 mx.rcpt.example.",
                    "mx.rcpt.example. A 127.0.0.1").tlsaAt("mx.rcpt.example.", "3 1 1 " + others)
                    .to("rcpt.test");
            assertTrue(w.dns.asked().stream().noneMatch(q -> q.startsWith("TLSA")));
            return outcome;
        });
        when("the domain itself, no MX, proven", "delivered tls dane", w -> w.cert(MX).demanded()
                .with("rcpt.test. A 127.0.0.1").tlsaAt("rcpt.test.", "3 1 1 " + ours)
                .to("rcpt.test"));
        when("an MX host that is a proven alias", "delivered tls dane", w -> w.cert(MX).demanded()
                .with("rcpt.test. MX 5 mx.rcpt.test.", "mx.rcpt.test. CNAME real.test.",
                        "real.test. A 127.0.0.1").tlsaAt("real.test.", "3 1 1 " + ours)
                .to("rcpt.test"));
        when("TLSA at the alias itself, none at its end", "delivered tls dane", w -> w.cert(MX)
                .demanded().with("rcpt.test. MX 5 mx.rcpt.test.",
                        "mx.rcpt.test. CNAME real.test.", "real.test. A 127.0.0.1")
                .tlsa("3 1 1 " + ours).to("rcpt.test"));
        when("TLSA that is an alias", "delivered tls dane", w -> w.signed().demanded()
                .with("_" + w.sink.port() + "._tcp.mx.rcpt.test. CNAME dane.test.",
                        "dane.test. TLSA 3 1 1 " + ours).to("rcpt.test"));
        for (String usage : List.of("0 0 1 ", "1 1 1 ")) {
            when("usage " + usage.charAt(0) + " alone: TLS of anybody", OPEN, w -> w.signed()
                    .cert(STRANGERS.server("else.test")).demanded()
                    .tlsa(usage + others).to("rcpt.test"));
            when("usage " + usage.charAt(0) + " alone: no TLS, no mail", POLICY_FAILS, w -> {
                w.with("rcpt.test. MX 10 mx.rcpt.test.", "mx.rcpt.test. A 127.0.0.1").demanded();
                return w.tlsa(usage + others).to("rcpt.test");
            });
        }
        when("usage 1 beside one that does not fit", POLICY_FAILS, w -> w.signed().demanded()
                .tlsa("1 1 1 " + ours).tlsa("3 1 1 " + others).to("rcpt.test"));
        for (String odd : List.of("00", "0000ff", "00".repeat(19), "ab".repeat(31))) {
            when("TLSA with a digest of " + odd.length() / 2 + " octets", OPEN, w -> w.signed()
                    .demanded().tlsa("3 1 1 " + odd).to("rcpt.test"));
        }
        when("TLSA without data", POLICY_FAILS, w -> w.signed().demanded()
                .tlsa("3 1 1 -").to("rcpt.test"));
        when("TLSA of an unknown selector and matching type", OPEN, w -> w.signed().demanded()
                .tlsa("3 7 1 " + ours).tlsa("3 1 9 " + ours).to("rcpt.test"));
        when("DANE-TA whole, and no certificate", POLICY_FAILS, w -> w.signed().demanded()
                .tlsa("2 0 0 deadbeef").to("rcpt.test"));
        when("STARTTLS taken out under DANE", POLICY_FAILS, w -> {
            w.with("rcpt.test. MX 10 mx.rcpt.test.", "mx.rcpt.test. A 127.0.0.1").demanded();
            return w.tlsa("3 1 1 " + ours).to("rcpt.test");
        });
        when("STARTTLS refused under DANE", POLICY_FAILS, w -> {
            w.signed().demanded().tlsa("3 1 1 " + ours);
            w.sink.answers(c -> c.equals("STARTTLS") ? "554 5.7.0 no" : null);
            return w.to("rcpt.test");
        });
        when("a \"never\" said in clear at STARTTLS under DANE", POLICY_FAILS, w -> {
            w.signed().demanded().tlsa("3 1 1 " + ours);
            w.sink.answers(c -> c.equals("STARTTLS") ? "521 5.3.2 never" : null);
            return w.to("rcpt.test");
        });
        when("a handshake broken under DANE", POLICY_FAILS, w -> {
            w.signed().demanded().tlsa("3 1 1 " + ours);
            w.sink.fault(SinkServer.Stage.TLS, SinkServer.Fault.TLS_ALERT);
            return w.to("rcpt.test");
        });
        when("a handshake broken without DANE goes in clear", "delivered clear", w -> {
            w.signed().sink.fault(SinkServer.Stage.TLS, SinkServer.Fault.TLS_ALERT);
            return w.to("rcpt.test");
        });
        when("the second MX when the first fails DANE", "delivered tls opportunistic", w -> w
                .signed().with("rcpt.test. MX 20 two.rcpt.test.", "two.rcpt.test. A 127.0.0.1")
                .tlsa("3 1 1 " + others).to("rcpt.test"));
        for (Fault fault : List.of(Fault.SERVFAIL, Fault.FORGED, Fault.STRIPPED)) {
            when("AAAA: " + fault + " does not take DANE from A", POLICY_FAILS, w -> {
                w.six = true;
                return w.signed().demanded().tlsa("3 1 1 " + others)
                        .fault("AAAA mx.rcpt.test.", fault).to("rcpt.test");
            });
        }
        when("an AD bit of a resolver that is not declared trusted", OPEN, w -> {
            w.dns.withoutSignatures().claiming();
            return w.signed().tlsa("3 1 1 " + others).to("rcpt.test");
        });
        when("an AD bit of a trusted resolver", "delivered tls dane", w -> {
            w.mode = Dnssec.TRUST_RESOLVER;
            w.dns.withoutSignatures().claiming();
            return w.signed().demanded().tlsa("3 1 1 " + ours).to("rcpt.test");
        });
        when("an idle connection made without DANE is not used under it", POLICY_FAILS, w -> {
            w.signed().with("a.example. MX 10 mx.rcpt.test.").tlsa("3 1 1 " + others);
            assertEquals(OPEN, w.to("a.example"));
            return w.to("rcpt.test");
        });
        return cases;
    }

    @TestFactory
    List<DynamicTest> mtaSts() {
        String proven = "delivered tls mta-sts";
        when("enforce: MX and certificate fit", proven, w -> {
            String outcome = w.sts(ENFORCE).demanded().to("rcpt.example");
            assertEquals(List.of("GET /.well-known/mta-sts.txt HTTP/1.1"), w.web.requests());
            assertEquals(List.of("mta-sts.rcpt.example:" + w.web.port()), w.web.hosts());
            return outcome;
        });
        when("enforce: another MX", POLICY_FAILS, w -> w.sts(ENFORCE.replace("mx.rcpt", "m.rcpt"))
                .demanded().to("rcpt.example"));
        when("enforce: a wildcard", proven, w -> w.sts(ENFORCE.replace("mx.rcpt", "*.rcpt"))
                .demanded().to("rcpt.example"));
        when("enforce: a wildcard is one label, not two", POLICY_FAILS, w -> w.sts(
                ENFORCE.replace("mx.rcpt.example", "*.example")).demanded().to("rcpt.example"));
        when("enforce: a wildcard is one label, not none", POLICY_FAILS, w -> w.sts(
                ENFORCE.replace("mx.rcpt.example", "*.mx.rcpt.example")).demanded()
                .to("rcpt.example"));
        when("enforce: the MX fits, its certificate is for another", POLICY_FAILS, w -> w
                .sts(ENFORCE).cert(PKI.server("other.rcpt.example")).demanded()
                .to("rcpt.example"));
        when("enforce: the certificate is for the domain, not for the MX", POLICY_FAILS, w -> w
                .sts(ENFORCE).cert(PKI.server("rcpt.example")).demanded().to("rcpt.example"));
        when("enforce: a common name proves nothing", POLICY_FAILS, w -> w.sts(ENFORCE)
                .cert(PKI.named("mx.rcpt.example")).demanded().to("rcpt.example"));
        when("enforce: a certificate's wildcard", proven, w -> w.sts(ENFORCE)
                .cert(PKI.server("*.rcpt.example")).demanded().to("rcpt.example"));
        when("enforce: expired", POLICY_FAILS, w -> w.sts(ENFORCE)
                .cert(PKI.expired("mx.rcpt.example")).demanded().to("rcpt.example"));
        when("enforce: nobody's authority", POLICY_FAILS, w -> w.sts(ENFORCE)
                .cert(STRANGERS.server("mx.rcpt.example")).demanded().to("rcpt.example"));
        when("enforce: STARTTLS taken out", POLICY_FAILS, w -> {
            w.sts(ENFORCE).demanded();
            w.sink.tls(null);
            return w.to("rcpt.example");
        });
        when("enforce: a handshake broken", POLICY_FAILS, w -> {
            w.sts(ENFORCE).demanded().sink.fault(SinkServer.Stage.TLS,
                    SinkServer.Fault.TLS_ALERT);
            return w.to("rcpt.example");
        });
        when("enforce: the MX that fits is used, the other not asked", proven, w -> {
            String outcome = w.sts(ENFORCE).with("rcpt.example. MX 1 evil.example.",
                    "evil.example. A 127.0.0.1").demanded().to("rcpt.example");
            assertEquals(1, w.sink.connections());
            return outcome;
        });
        String testing = ENFORCE.replace("enforce", "testing");
        when("testing: good", proven, w -> w.sts(testing).to("rcpt.example"));
        when("testing: a wrong certificate delivers", OPEN, w -> w.sts(testing)
                .cert(STRANGERS.server("else.example")).to("rcpt.example"));
        when("testing: another MX delivers", OPEN, w -> w.sts(testing.replace("mx.rcpt", "m.rcpt"))
                .to("rcpt.example"));
        when("testing: no TLS delivers", "delivered clear", w -> {
            w.sts(testing).sink.tls(null);
            return w.to("rcpt.example");
        });
        when("mode none", OPEN, w -> w.sts("version: STSv1\nmode: none\nmax_age: 86400\n")
                .to("rcpt.example"));
        // a policy that is none: as if there were no record (RFC 8461 §3.3)
        for (String bad : List.of("", "version: STSv2\nmode: enforce\nmx: a.b\nmax_age: 1\n",
                ENFORCE.replace("enforce", "perhaps"), ENFORCE.replace("mx: mx.rcpt.example\n", ""),
                ENFORCE.replace("86400", "-1"), ENFORCE.replace("86400", "99999999999"),
                ENFORCE.replace("mx.rcpt", "*.*"), "<html>")) {
            when("a policy that is none: " + bad.replace('\n', '|'), OPEN, w -> {
                String outcome = w.sts(bad).cert(STRANGERS.server("else")).to("rcpt.example");
                assertEquals(1, w.web.requests().size());
                return outcome;
            });
        }
        when("a policy that ends at once is not fetched for each message", proven, w -> {
            w.sts(ENFORCE.replace("86400", "0")).demanded().to("rcpt.example");
            w.later(Duration.ofSeconds(1)).to("rcpt.example");
            String outcome = w.later(Duration.ofMinutes(4)).to("rcpt.example");
            assertEquals(1, w.web.requests().size());
            return outcome;
        });
        String head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
        for (var bad : java.util.Map.of("redirect", "HTTP/1.1 302 Found\r\nLocation: https://"
                        + "mta-sts.rcpt.example/x\r\nContent-Length: 0\r\n\r\n",
                "not found", "HTTP/1.1 404 No\r\nContent-Type: text/plain\r\n\r\n" + ENFORCE,
                "html", head.replace("plain", "html") + "\r\n" + ENFORCE,
                "more than 64 KB", head + "\r\n" + ENFORCE + "x: " + "y".repeat(70_000),
                "more than 64 KB, told", head + "Content-Length: 99999\r\n\r\n" + ENFORCE,
                "cut off", head + "Content-Length: 500\r\n\r\n" + ENFORCE,
                "chunked and cut off", head + "Transfer-Encoding: chunked\r\n\r\n5\r\nvers",
                "no HTTP", "220 mail ESMTP\r\n").entrySet()) {
            when("a policy server's answer: " + bad.getKey(), OPEN, w -> {
                w.sts(ENFORCE).cert(STRANGERS.server("else")).web.says(bad.getValue());
                String outcome = w.to("rcpt.example");
                assertEquals(1, w.web.requests().size(), "asked once, and no redirect followed");
                return outcome;
            });
        }
        when("a policy in chunks", proven, w -> {
            w.sts(ENFORCE).demanded().web.says(head + "Transfer-Encoding: chunked\r\n\r\n"
                    + Integer.toHexString(ENFORCE.length()) + "\r\n" + ENFORCE
                    + "\r\n0\r\n\r\n");
            return w.to("rcpt.example");
        });
        when("a policy with CRLF and unknown fields", proven, w -> w.sts(
                (ENFORCE + "colour: blue\n").replace("\n", "\r\n")).demanded()
                .to("rcpt.example"));
        when("a policy server's certificate for another name", OPEN, w -> {
            w.sts(ENFORCE).cert(STRANGERS.server("else")).web.tls(
                    PKI.server("rcpt.example").context());
            return w.to("rcpt.example");
        });
        when("a policy server of nobody's authority", OPEN, w -> {
            w.sts(ENFORCE).cert(STRANGERS.server("else")).web.tls(
                    STRANGERS.server("mta-sts.rcpt.example").context());
            return w.to("rcpt.example");
        });
        for (String txt : List.of("v=STSv2; id=1;", "v=STSv1;", "v=STSv1; id=;", "id=1; v=STSv1;",
                "v=STSv1; id=a-b;", "v=STSv1x; id=1;")) {
            when("no announcement: " + txt, OPEN, w -> {
                w.unsigned().with("_mta-sts.rcpt.example. TXT \"" + txt + "\"",
                        "mta-sts.rcpt.example. A 127.0.0.1").web.gives(ENFORCE);
                String outcome = w.cert(STRANGERS.server("else")).to("rcpt.example");
                assertEquals(List.of(), w.web.requests());
                return outcome;
            });
        }
        when("two announcements are none", OPEN, w -> w.sts(ENFORCE)
                .with("_mta-sts.rcpt.example. TXT \"v=STSv1; id=2;\"")
                .cert(STRANGERS.server("else")).to("rcpt.example"));
        when("a TXT record of something else beside it", proven, w -> w.sts(ENFORCE).demanded()
                .with("_mta-sts.rcpt.example. TXT \"hello\"").to("rcpt.example"));
        when("the announcement can't be found out, and nothing is known", OPEN, w -> w.sts(ENFORCE)
                .cert(STRANGERS.server("else"))
                .fault("TXT _mta-sts.rcpt.example.", Fault.SERVFAIL).to("rcpt.example"));
        for (Fault fault : List.of(Fault.SERVFAIL, Fault.SILENCE, Fault.NXDOMAIN)) {
            when("a known policy outlives a restart and DNS: " + fault, POLICY_FAILS, w -> {
                w.sts(ENFORCE);
                assertEquals(proven, w.to("rcpt.example"));
                w.sink.commands().clear();
                return w.restart().later(Duration.ofHours(1)).demanded()
                        .fault("TXT _mta-sts.rcpt.example.", fault)
                        .cert(STRANGERS.server("mx.rcpt.example")).to("rcpt.example");
            });
        }
        when("a known policy holds while the new one can't be fetched", POLICY_FAILS, w -> {
            w.sts(ENFORCE);
            assertEquals(proven, w.to("rcpt.example"));
            w.sink.commands().clear();
            w.web.says("HTTP/1.1 500 no\r\n\r\n");
            return w.restart().later(Duration.ofHours(1)).demanded()
                    .cert(STRANGERS.server("mx.rcpt.example")).to("rcpt.example");
        });
        when("a policy ends", OPEN, w -> {
            w.sts(ENFORCE);
            assertEquals(proven, w.to("rcpt.example"));
            return w.restart().later(Duration.ofHours(25))
                    .fault("TXT _mta-sts.rcpt.example.", Fault.NXDOMAIN)
                    .cert(STRANGERS.server("else")).to("rcpt.example");
        });
        when("a policy that failed is looked at again", proven, w -> {
            w.sts(ENFORCE.replace("mx.rcpt", "old.rcpt")).demanded();
            assertEquals(POLICY_FAILS, w.to("rcpt.example"));
            w.web.gives(ENFORCE);
            return w.later(Duration.ofMinutes(6)).to("rcpt.example");
        });
        when("a policy is fetched once for many messages", proven, w -> {
            w.sts(ENFORCE).demanded();
            for (int i = 0; i < 10; i++) {
                assertEquals(proven, w.to("rcpt.example"));
            }
            assertEquals(1, w.web.requests().size());
            assertEquals(1, w.sink.connections());
            return w.to("rcpt.example");
        });
        when("an idle connection made without the policy is not used under it", POLICY_FAILS,
                w -> {
                    w.sts(ENFORCE).cert(STRANGERS.server("else"))
                            .with("a.example. MX 10 mx.rcpt.example.");
                    assertEquals(OPEN, w.to("a.example"));
                    return w.to("rcpt.example");
                });
        when("DANE wins: the policy names another MX", "delivered tls dane", w -> w.signed()
                .with("_mta-sts.rcpt.test. TXT \"v=STSv1; id=1;\"",
                        "mta-sts.rcpt.test. A 127.0.0.1").demanded()
                .tlsa("3 1 1 " + MX.tlsa(1, 1)).to("rcpt.test"));
        when("DANE wins: what fails by it is not saved by MTA-STS", POLICY_FAILS, w -> {
            w.signed().with("_mta-sts.rcpt.test. TXT \"v=STSv1; id=1;\"",
                    "mta-sts.rcpt.test. A 127.0.0.1").demanded().web.gives(
                    ENFORCE.replace("mx.rcpt.example", "mx.rcpt.test"));
            return w.tlsa("3 1 1 " + STRANGERS.server("x").tlsa(1, 1)).to("rcpt.test");
        });
        return cases;
    }

    @TestFactory
    List<DynamicTest> senders() {
        String ours = MX.tlsa(1, 1);
        String others = STRANGERS.server("mx.rcpt.test").tlsa(1, 1);
        String[] offers = {"PIPELINING", "ENHANCEDSTATUSCODES", "REQUIRETLS"};
        when("REQUIRETLS under DANE", "delivered tls dane", w -> {
            w.signed().demanded().tlsa("3 1 1 " + ours).sink.offers(offers);
            String outcome = w.send(FakeAttempt.requiringTls("u@rcpt.test"));
            assertTrue(w.sink.received().getFirst().mail().endsWith(" REQUIRETLS"));
            return outcome;
        });
        when("REQUIRETLS under MTA-STS", "delivered tls mta-sts", w -> {
            w.sts(ENFORCE).demanded().sink.offers(offers);
            return w.send(FakeAttempt.requiringTls("u@rcpt.example"));
        });
        when("REQUIRETLS under a proven MX and a believed certificate", "delivered tls verified",
                w -> {
                    w.signed().demanded().sink.offers(offers);
                    return w.send(FakeAttempt.requiringTls("u@rcpt.test"));
                });
        when("REQUIRETLS and a server that does not offer it", "bounced 5.7.30", w -> w.signed()
                .demanded().tlsa("3 1 1 " + ours).send(FakeAttempt.requiringTls("u@rcpt.test")));
        when("REQUIRETLS and nothing that proves the way", "bounced 5.7.30", w -> {
            w.unsigned().demanded().sink.offers(offers);
            return w.send(FakeAttempt.requiringTls("u@rcpt.example"));
        });
        when("REQUIRETLS and a certificate of nobody", POLICY_FAILS, w -> {
            w.signed().cert(STRANGERS.server("mx.rcpt.test")).demanded().sink.offers(offers);
            return w.send(FakeAttempt.requiringTls("u@rcpt.test"));
        });
        when("REQUIRETLS and no STARTTLS", POLICY_FAILS, w -> {
            w.signed().demanded().sink.offers(offers).tls(null);
            return w.send(FakeAttempt.requiringTls("u@rcpt.test"));
        });
        String no = "TLS-Required: No";
        when("TLS-Required: No lifts DANE", OPEN, w -> w.signed().tlsa("3 1 1 " + others)
                .send(FakeAttempt.saying("u@rcpt.test", no)));
        when("TLS-Required: No lifts a lost TLSA", OPEN, w -> w.signed()
                .fault(TLSA, Fault.SERVFAIL).send(FakeAttempt.saying("u@rcpt.test", no)));
        when("TLS-Required: No lifts MTA-STS", OPEN, w -> w.sts(ENFORCE)
                .cert(STRANGERS.server("else")).send(FakeAttempt.saying("u@rcpt.example", no)));
        when("TLS-Required: No goes in clear where TLS breaks", "delivered clear", w -> {
            w.sts(ENFORCE).sink.tls(null);
            return w.send(FakeAttempt.saying("u@rcpt.example", no));
        });
        when("TLS-Required: Yes is no word", POLICY_FAILS, w -> w.signed().demanded()
                .tlsa("3 1 1 " + others)
                .send(FakeAttempt.saying("u@rcpt.test", "TLS-Required: Yes")));
        when("two TLS-Required fields are none", POLICY_FAILS, w -> w.signed().demanded()
                .tlsa("3 1 1 " + others).send(FakeAttempt.saying("u@rcpt.test",
                        no + "\r\n" + no)));
        return cases;
    }
}
