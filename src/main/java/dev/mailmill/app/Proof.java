package dev.mailmill.app;

import dev.mailmill.dns.CachedDns;
import dev.mailmill.dns.Dns;
import dev.mailmill.mime.AddressLiteral;
import dev.mailmill.verify.Arc;
import dev.mailmill.verify.AuthResults;
import dev.mailmill.verify.Dkim;
import dev.mailmill.verify.Dmarc;
import dev.mailmill.verify.DmarcRecord;
import dev.mailmill.verify.MessageFile;
import dev.mailmill.verify.Spf;
import dev.mailmill.verify.SpfAudit;
import dev.mailmill.verify.SpfRecord;
import dev.mailmill.verify.TreeWalk;
import dev.mailmill.verify.Verifier;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What {@code inspect --verify} finds out about a message by asking DNS, and how it says it. */
final class Proof {
    private final Verifier.Report report;
    private final String name;
    private final List<String> faults;

    private Proof(Verifier.Report report, String name, List<String> faults) {
        this.report = report;
        this.name = name;
        this.faults = faults;
    }

    /**
     * @param address of the client; empty when it is not known: then SPF is not asked
     * @throws IOException when the message is too large
     */
    static Proof of(byte[] message, Settings settings, String address, String helo,
            String mailFrom) throws IOException {
        InstantSource clock = InstantSource.system();
        Dns dns = CachedDns.of(settings.text(Setting.DNS), CachedDns.Settings.DEFAULT, clock);
        MessageFile file = MessageFile.read(new ByteArrayInputStream(message));
        Optional<Verifier.Client> client = address.isEmpty() ? Optional.empty()
                : Optional.of(new Verifier.Client(literal(address), helo, mailFrom));
        String name = settings.hostname();
        Verifier.Report report = new Verifier(dns, name, clock)
                .verify(client, file.header(), file.bodyStream());
        return new Proof(report, name, faults(report, dns));
    }

    private static InetAddress literal(String text) {
        return AddressLiteral.ofHost(text).map(a -> InetAddress.ofLiteral(a.text()))
                .orElseThrow(() -> new Remote.Refused("\"" + text + "\" is no address: write it as"
                        + " in 192.0.2.1 or 2001:db8::1.", Remote.JSON.createObjectNode()));
    }

    /** What the domains' owners should mend; the answers are still in the cache. */
    private static List<String> faults(Verifier.Report report, Dns dns) {
        List<String> faults = new ArrayList<>();
        report.spf().map(Spf.Outcome::domain).filter(Dns::hostName).ifPresent(domain -> {
            for (SpfRecord.Fault f : SpfAudit.of(domain, dns).faults()) {
                faults.add("SPF record of " + domain + ": " + f.words());
            }
        });
        if (!report.dmarc().author().isEmpty()) {
            for (TreeWalk.Step s : TreeWalk.of(report.dmarc().author(), dns).steps()) {
                for (DmarcRecord.Fault f : s.published().faults()) {
                    faults.add("DMARC record of " + s.domain() + ": " + f.words());
                }
            }
        }
        return faults;
    }

    void say(Console console) {
        console.say("");
        console.say("  verified now, by DNS:");
        if (report.spf().isEmpty()) {
            line(console, "spf", "not asked", "", "give --from-address, and --helo");
        }
        report.spf().ifPresent(s -> line(console, "spf", s.result().word(),
                (s.helo() ? "HELO " : "") + s.domain(), s.reason() + (s.explanation().isEmpty() ? ""
                : "; its owner says: " + s.explanation())));
        if (report.dkim().isEmpty()) {
            line(console, "dkim", "none", "", "it has no signature");
        }
        for (Dkim.Result d : report.dkim()) {
            line(console, "dkim", d.verdict().word(), "d=" + d.domain() + " s=" + d.selector() + " "
                    + d.algorithm() + (d.bits() > 0 ? " " + d.bits() + " bits" : ""), d.reason()
                    + (d.testing() ? " (the signer is testing)" : ""));
        }
        if (report.unchecked() > 0) {
            console.say("    " + report.unchecked() + " more signatures were not looked at");
        }
        Arc.Result arc = report.arc();
        line(console, "arc", arc.state().word(), arc.instance() == 0 ? "" : "sets "
                + arc.instance() + ", sealed by " + arc.sealer(), arc.reason());
        Dmarc.Result dmarc = report.dmarc();
        line(console, "dmarc", dmarc.verdict().word(), dmarc.author(), dmarc.reason()
                + (dmarc.record().isEmpty() ? "" : (dmarc.reason().isEmpty() ? "" : "; ")
                + dmarc.record() + " publishes " + dmarc.published().word() + ", so "
                + dmarc.disposition().word()));
        faults.forEach(f -> console.say("    ! " + safe(f)));
    }

    private static void line(Console console, String method, String result, String what,
            String why) {
        console.say(String.format("    %-6s %-10s %s", method, result, safe(what)).stripTrailing());
        if (!why.isBlank()) {
            console.say("                      " + safe(why));
        }
    }

    /** Hostile text ends up on terminals. */
    private static String safe(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().limit(1_000).forEach(c -> out.appendCodePoint(
                Character.isISOControl(c) || c > 126 ? 0xfffd : c));
        return out.toString();
    }

    ObjectNode json() {
        ObjectNode node = Remote.JSON.createObjectNode();
        ObjectNode spf = node.putObject("spf");
        report.spf().ifPresent(s -> spf.put("result", s.result().word()).put("domain", s.domain())
                .put("identity", s.helo() ? "helo" : "mailfrom").put("mechanism", s.mechanism())
                .put("explanation", s.explanation()).put("reason", s.reason()));
        ArrayNode dkim = node.putArray("dkim");
        report.dkim().forEach(d -> dkim.addObject().put("result", d.verdict().word())
                .put("d", d.domain()).put("s", d.selector()).put("a", d.algorithm())
                .put("key_bits", d.bits()).put("testing", d.testing())
                .put("unsigned_octets", d.unsigned()).put("reason", d.reason()));
        node.put("dkim_unchecked", report.unchecked());
        Arc.Result arc = report.arc();
        node.putObject("arc").put("result", arc.state().word()).put("sets", arc.instance())
                .put("sealer", arc.sealer()).put("reason", arc.reason());
        Dmarc.Result dmarc = report.dmarc();
        node.putObject("dmarc").put("result", dmarc.verdict().word()).put("from", dmarc.author())
                .put("organisation", dmarc.organisation()).put("record_of", dmarc.record())
                .put("published", dmarc.published().word())
                .put("disposition", dmarc.disposition().word())
                .put("spf_aligned", dmarc.spfAligned()).put("dkim_aligned", dmarc.dkimAligned())
                .put("reason", dmarc.reason());
        ArrayNode wrong = node.putArray("faults");
        faults.forEach(f -> wrong.add(safe(f)));
        node.put("authentication_results", AuthResults.value(name, report));
        return node;
    }
}
