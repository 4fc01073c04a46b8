package dev.mailmill.verify;

import dev.mailmill.dns.Dns;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * All that can be proven of one message: SPF of its client, its DKIM signatures, its ARC chain, and
 * DMARC over them. The body goes by once, whatever is signed. Thread-safe.
 */
public final class Verifier {
    /** Of the keys of all signatures, and of all sets, of a message. */
    static final int SECONDS_MAX = 20;
    private static final int QUESTIONS_MAX = Dkim.SIGNATURES_MAX + Arc.SETS_MAX + 1;
    private static final int BUFFER = 32 * 1024;

    private final Dns dns;
    private final String receiver;
    private final InstantSource clock;

    /** @param receiver our own name */
    public Verifier(Dns dns, String receiver, InstantSource clock) {
        this.dns = dns;
        this.receiver = receiver;
        this.clock = clock;
    }

    /**
     * Who handed the message over.
     *
     * @param mailFrom without angle brackets; empty for the null return path
     */
    public record Client(InetAddress address, String helo, String mailFrom) {
    }

    /**
     * @param spf       empty when the client is not known
     * @param dkim      of each signature that was checked, from the top
     * @param unchecked signatures beyond {@link Dkim#SIGNATURES_MAX}
     */
    public record Report(Optional<Spf.Outcome> spf, List<Dkim.Result> dkim, int unchecked,
            Arc.Result arc, Dmarc.Result dmarc) {
        public Report {
            dkim = List.copyOf(dkim);
        }
    }

    /**
     * @param header with the last field's line end, without the empty line
     * @param body   read to its end, not closed
     * @throws IOException of the body only
     */
    public Report verify(Optional<Client> client, byte[] header, InputStream body)
            throws IOException {
        Fields fields = Fields.read(header);
        List<SignatureField> signatures = Dkim.signatures(fields);
        Arc chain = Arc.read(fields);
        Dkim.BodyDigests bodies = new Dkim.BodyDigests();
        signatures.forEach(bodies::want);
        chain.newest().ifPresent(bodies::want);
        byte[] buffer = new byte[BUFFER];
        for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
            bodies.update(buffer, 0, n);
        }
        Dns patience = new Patience(dns, SECONDS_MAX, QUESTIONS_MAX);
        List<Dkim.Result> dkim = signatures.stream()
                .map(s -> Dkim.check(fields, s, bodies, patience, clock)).toList();
        Arc.Result arc = chain.check(bodies, patience);
        Optional<Spf.Outcome> spf = client.map(c -> new Spf(dns, receiver, clock)
                .check(c.address(), c.helo(), c.mailFrom()));
        int all = fields.all("dkim-signature").size();
        return new Report(spf, dkim, all - signatures.size(), arc,
                Dmarc.check(fields, spf, dkim, dns));
    }
}
