package dev.mailmill.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.dns.ScriptedDns.Fault;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is proven, what is only said, and what is forged; over real sockets and signatures. */
class SecuredDnsTest {
    private final ScriptedDns server = new ScriptedDns();

    @AfterEach
    void close() {
        server.close();
    }

    private CachedDns dns(Dnssec mode) {
        CachedDns.Settings d = CachedDns.Settings.DEFAULT;
        return CachedDns.of(List.of(server.address()), mode, server.anchors(),
                new CachedDns.Settings(100, d.found(), d.nothing(), d.unknownFor(),
                        Duration.ofSeconds(10)), InstantSource.system());
    }

    @Test
    void whatIsSignedIsProvenAndWhatIsNotIsNot() {
        server.with("a.test. MX 10 mx.test.", "b.example. MX 10 mx.example.");
        Dns dns = dns(Dnssec.VALIDATE);
        assertEquals(new Secured<>(new Answer.Found<>(List.of(new Mx(10, "mx.test"))), true,
                "a.test"), dns.mxSecured("a.test"));
        assertEquals(new Secured<>(new Answer.Found<>(List.of(new Mx(10, "mx.example"))), false,
                "b.example"), dns.mxSecured("b.example"));
    }

    @Test
    void thatNothingIsThereIsProvenToo() {
        server.with("a.test. A 192.0.2.1");
        Dns dns = dns(Dnssec.VALIDATE);
        assertEquals(new Secured<>(new Answer.NoData<>(), true, "a.test"), dns.mxSecured("a.test"));
        assertEquals(new Secured<>(new Answer.NoDomain<>(), true, "_25._tcp.a.test"),
                dns.tlsa("_25._tcp.a.test"));
    }

    @Test
    void anAliasIsProvenOnlyAsAWhole() {
        server.with("a.test. CNAME b.test.", "b.test. A 192.0.2.1",
                "c.test. CNAME d.example.", "d.example. A 192.0.2.1");
        Dns dns = dns(Dnssec.VALIDATE);
        assertTrue(dns.aSecured("a.test").secure());
        assertEquals("b.test", dns.aSecured("a.test").canonical());
        assertFalse(dns.aSecured("c.test").secure());
        assertEquals(1, dns.aSecured("c.test").answer().records().size());
    }

    @Test
    void whatIsForgedStrippedOrExpiredIsUnknown() {
        server.with("a.test. A 192.0.2.1");
        for (Fault fault : List.of(Fault.FORGED, Fault.STRIPPED, Fault.EXPIRED)) {
            server.fault("A a.test.", fault);
            Answer<?> answer = dns(Dnssec.VALIDATE).a("a.test");
            String why = assertInstanceOf(Answer.Unknown.class, answer, fault.name()).why();
            assertTrue(why.contains("DNSSEC"), why);
        }
        server.fault("TLSA a.test.", Fault.UNPROVEN);
        assertInstanceOf(Answer.Unknown.class, dns(Dnssec.VALIDATE).tlsa("a.test").answer());
    }

    @Test
    void behindAResolverWithoutSignaturesMailGoesOnUnproven() {
        server.with("a.test. A 192.0.2.1").withoutSignatures();
        Secured<?> answer = dns(Dnssec.VALIDATE).aSecured("a.test");
        assertFalse(answer.secure());
        assertInstanceOf(Answer.Found.class, answer.answer());
    }

    @Test
    void signaturesThatWereThereOnceCannotBeTakenOut() {
        server.with("a.test. A 192.0.2.1", "b.test. A 192.0.2.1");
        Dns dns = dns(Dnssec.VALIDATE);
        assertTrue(dns.aSecured("a.test").secure());
        server.withoutSignatures();
        assertInstanceOf(Answer.Unknown.class, dns.a("b.test"));
    }

    @Test
    void aResolverIsBelievedOnlyWhenItIsDeclaredTrusted() {
        server.with("a.test. A 192.0.2.1", "b.example. A 192.0.2.1").withoutSignatures()
                .claiming();
        assertTrue(dns(Dnssec.TRUST_RESOLVER).aSecured("a.test").secure());
        assertFalse(dns(Dnssec.TRUST_RESOLVER).aSecured("b.example").secure());
        assertFalse(dns(Dnssec.OFF).aSecured("a.test").secure());
        assertFalse(dns(Dnssec.VALIDATE).aSecured("a.test").secure());
    }

    @Test
    void oneAnswerCostsOneQuestion() {
        server.with("a.test. A 192.0.2.1");
        Dns dns = dns(Dnssec.VALIDATE);
        dns.a("a.test");
        dns.aSecured("a.test");
        dns.a("a.test");
        assertEquals(1, server.asked().stream().filter(q -> q.equals("A a.test.")).count());
    }
}
