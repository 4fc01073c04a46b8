package dev.mailmill.domain;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.Authority;
import dev.mailmill.dns.Authority.Type;
import dev.mailmill.dns.Dns;
import dev.mailmill.verify.DmarcRecord;
import dev.mailmill.verify.TreeWalk;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What is around a domain's mail: its zone, its own MX and SPF, our addresses, other hosts. */
final class Surroundings {
    /** Names for inbound mail, the next one where somebody else's mail goes to the one before. */
    private static final List<String> INBOUND = List.of(DnsRows.INBOUND, "mailin.", "replies.",
            "mminbound.");

    private final DnsRows rows;
    private final Network network;
    private final Authority authority;
    private final Dns dns;
    private final SendingDomain domain;
    private final String zone;
    private final MxRow mx;

    Surroundings(DnsRows rows, Network network, SendingDomain domain, String zone) {
        this.rows = rows;
        this.network = network;
        this.authority = network.authority();
        this.dns = network.dns();
        this.domain = domain;
        this.zone = zone;
        this.mx = new MxRow(rows.hostname());
    }

    /** Of what is looked at only. */
    List<Finding> of(DnsRow.Purpose purpose) {
        return switch (purpose) {
            case ZONE -> zone();
            case REPLIES -> List.of(replies());
            case OWN_SPF -> ownSpf();
            case EGRESS -> network.egress().get().stream().map(this::egress).toList();
            case BIMI -> bimi();
            case DKIM, RETURN_PATH_SPF, RETURN_PATH_MX, OWNERSHIP, DMARC, TRACKING, INBOUND_MX,
                    MTA_STS, TLS_RPT -> List.of();
        };
    }

    /** Servers that do not serve the zone, or serve an old one. */
    private List<Finding> zone() {
        DnsRow row = new DnsRow("NS", zone, "", DnsRow.Purpose.ZONE);
        Authority.Said said = authority.ask(zone, Type.SOA);
        if (!said.direct()) {
            return List.of();
        }
        List<String> shown = new ArrayList<>();
        List<String> lame = new ArrayList<>();
        List<String> serials = new ArrayList<>();
        for (Authority.Word word : said.words()) {
            if (word.answer() instanceof Answer.Unknown<String>(String why)) {
                lame.add(word.server() + " (" + why + ")");
                shown.add(word.server() + ": " + why);
            } else {
                String serial = word.answer().records().stream().findFirst()
                        .map(v -> v.substring(0, v.indexOf(' '))).orElse("none");
                serials.add(serial);
                shown.add(word.server() + ": serial " + serial);
            }
        }
        if (!lame.isEmpty()) {
            return List.of(Finding.warning(row, shown, String.join(", ", lame) + " is named as a"
                    + " server of " + zone + " and does not answer for it: take it out of the NS"
                    + " rows, or repair it; receivers that ask there wait, or get nothing"));
        }
        return List.of(serials.stream().distinct().count() > 1
                ? Finding.warning(row, shown, "the zone's servers have different serials: if it"
                        + " stays so for more than some minutes, repair the copying to those with"
                        + " the lower one")
                : Finding.right(row, shown, "all servers answer, with one serial"));
    }

    /** RFC 7505 §4.2: a sender who takes no mail is refused by some. */
    private Finding replies() {
        DnsRow row = new DnsRow("MX", domain.name(), "", DnsRow.Purpose.REPLIES);
        return Reading.of(authority, domain.name(), Type.MX).judged(row, values -> {
            if (values.stream().anyMatch(v -> MxRow.host(v).isEmpty())) {
                return Finding.wrong(row, values, "a null MX says that " + domain.name() + " takes"
                        + " no mail at all, and receivers refuse mail from such a domain: let an MX"
                        + " lead to a server that takes its replies");
            }
            if (!values.isEmpty()) {
                return Finding.right(row, values);
            }
            boolean host = !dns.a(domain.name()).records().isEmpty()
                    || !dns.aaaa(domain.name()).records().isEmpty();
            return host ? Finding.warning(row, values, domain.name() + " has no MX, only an"
                    + " address: give it an MX, or replies go to its web server")
                    : Finding.wrong(row, values, domain.name() + " has neither MX nor address, and"
                            + " some receivers refuse senders that can't be answered: give it an"
                            + " MX");
        });
    }

    private List<Finding> ownSpf() {
        DnsRow row = new DnsRow("TXT", domain.name(), "", DnsRow.Purpose.OWN_SPF);
        SpfRow spf = new SpfRow(rows.hostname(), dns);
        Reading reading = Reading.of(authority, domain.name(), Type.TXT);
        if (spf.own(row, reading.values()).isEmpty()) {
            return List.of();
        }
        return List.of(reading.judged(row, v -> spf.own(row, v).orElse(Finding.missing(row))));
    }

    /** RFC 1912 §2.1: the address has a name, and the name has the address. */
    private Finding egress(Origin egress) {
        InetAddress address = egress.address();
        String about = address.getHostAddress();
        DnsRow row = new DnsRow("PTR", reverse(address), egress.name(), DnsRow.Purpose.EGRESS);
        Answer<String> names = dns.ptr(address);
        if (names instanceof Answer.Unknown<String>(String why)) {
            return Finding.unknown(row, why);
        }
        if (names.records().isEmpty()) {
            return Finding.missing(row, about + " has no name: ask who runs its network for a PTR"
                    + " row with " + egress.name() + "; large receivers refuse mail from addresses"
                    + " without");
        }
        List<String> both = names.records().stream().filter(n -> dns.a(n).records()
                .contains(address) || dns.aaaa(n).records().contains(address)).toList();
        if (both.isEmpty()) {
            return Finding.wrong(row, names.records(), about + " is called " + names.records()
                    .getFirst() + ", and that name does not lead back to it: give "
                    + names.records().getFirst() + " an address row with " + about);
        }
        return both.contains(egress.name()) ? Finding.right(row, both) : Finding.warning(row, both,
                about + " is called " + both.getFirst() + " both ways, and says " + egress.name()
                        + " in EHLO: let both be the same");
    }

    /** RFC 1035 §3.5, RFC 3596 §2.5. */
    private static String reverse(InetAddress address) {
        byte[] octets = address.getAddress();
        StringBuilder name = new StringBuilder();
        for (int i = octets.length - 1; i >= 0; i--) {
            if (octets.length == 4) {
                name.append(octets[i] & 255).append('.');
            } else {
                name.append(Character.forDigit(octets[i] & 15, 16)).append('.')
                        .append(Character.forDigit(octets[i] >> 4 & 15, 16)).append('.');
            }
        }
        return name + (octets.length == 4 ? "in-addr.arpa" : "ip6.arpa");
    }

    /** An alias, so that links go on when our host moves. */
    Finding tracking(DnsRow row) {
        Reading cname = Reading.of(authority, row.name(), Type.CNAME);
        Reading texts = Reading.of(authority, row.name(), Type.TXT);
        if (cname.nothing()) {
            return addresses(row);
        }
        return cname.judged(row, values -> {
            if (!values.stream().allMatch(v -> v.equalsIgnoreCase(rows.hostname()))) {
                return Finding.wrong(row, values, values.stream().findFirst().filter(v ->
                        v.startsWith(rows.hostname() + ".")).map(_ -> "the panel has added the"
                                + " zone to the target: enter `" + rows.hostname() + ".` with a"
                                + " final dot").orElse(row.name() + " is an alias of another"
                                + " host: let it be one of " + rows.hostname()));
            }
            return texts.direct() && !texts.values().isEmpty() ? Finding.wrong(row, values,
                    "other rows stand beside the CNAME, which is not allowed: take them out")
                    : Finding.right(row, values);
        });
    }

    private Finding addresses(DnsRow row) {
        List<String> there = new ArrayList<>(Reading.of(authority, row.name(), Type.A).values());
        there.addAll(Reading.of(authority, row.name(), Type.AAAA).values());
        if (there.isEmpty()) {
            return Finding.missing(row);
        }
        List<String> ours = new ArrayList<>();
        dns.a(rows.hostname()).records().forEach(a -> ours.add(a.getHostAddress()));
        dns.aaaa(rows.hostname()).records().forEach(a -> ours.add(a.getHostAddress()));
        return ours.containsAll(there) ? Finding.warning(row, there, "address rows stand there in"
                + " place of the alias: they work until our address changes")
                : Finding.wrong(row, there, "a proxy answers in place of the alias: switch the row"
                        + " to \"DNS only\" (Cloudflare: the grey cloud), or links do not reach"
                        + " us");
    }

    /** Where our MX is, TLS can be asked for too, as a test first. */
    List<Finding> inbound(DnsRow usual) {
        DnsRow free = null;
        List<String> taken = new ArrayList<>();
        for (String label : INBOUND) {
            DnsRow row = rows.mx(label + domain.name(), usual.purpose());
            Reading reading = Reading.of(authority, row.name(), Type.MX);
            if (reading.values().stream().anyMatch(mx::ours)) {
                List<Finding> all = new ArrayList<>();
                all.add(reading.judged(row, v -> mx.judge(row, v, "take the other out")));
                all.addAll(hints(row.name()));
                return all;
            }
            if (free == null && !reading.nothing() && reading.values().isEmpty()) {
                return List.of(Finding.unknown(row, "no answer"));
            }
            if (free == null && reading.nothing()) {
                free = row;
            } else if (!reading.nothing()) {
                taken.add(row.name());
            }
            if (free != null && taken.isEmpty()) {
                break;
            }
        }
        if (free == null) {
            return List.of();
        }
        return List.of(taken.isEmpty() || !taken.contains(usual.name()) ? Finding.missing(free)
                : Finding.missing(free, usual.name() + " has an MX of somebody else's, beside"
                        + " which ours must not stand: publish " + free.zoneLine()));
    }

    private List<Finding> hints(String name) {
        DnsRow sts = new DnsRow("TXT", "_mta-sts." + name, "v=STSv1; id=mailmill1",
                DnsRow.Purpose.MTA_STS);
        DnsRow rpt = new DnsRow("TXT", "_smtp._tls." + name, "v=TLSRPTv1; rua=mailto:"
                + network.reported().address(domain).orElse("postmaster@" + domain.name()),
                DnsRow.Purpose.TLS_RPT);
        return List.of(Reading.of(authority, sts.name(), Type.TXT).judged(sts, v ->
                one(sts, v, "v=STSv1", "possible, where https://mta-sts." + name
                        + "/.well-known/mta-sts.txt says version: STSv1, mode: testing, mx: "
                        + rows.hostname() + ", max_age: 86400; enforce only after some weeks of"
                        + " reports without failures")),
                Reading.of(authority, rpt.name(), Type.TXT).judged(rpt, v -> one(rpt, v,
                        "v=TLSRPTv1", "possible: senders then report each day where TLS failed")));
    }

    private static Finding one(DnsRow row, List<String> values, String version, String hint) {
        List<String> meant = values.stream().filter(v -> v.startsWith(version)).toList();
        return switch (meant.size()) {
            case 0 -> Finding.missing(row, hint);
            case 1 -> Finding.right(row, meant);
            default -> Finding.wrong(row, meant, "there are " + meant.size() + " at " + row.name()
                    + ", so senders use none: keep one");
        };
    }

    /** Only where one is there: what keeps it from being shown. */
    private List<Finding> bimi() {
        DnsRow row = new DnsRow("TXT", "default._bimi." + domain.name(), "",
                DnsRow.Purpose.BIMI);
        Reading reading = Reading.of(authority, row.name(), Type.TXT);
        List<String> bimi = reading.values().stream()
                .filter(v -> v.toLowerCase(Locale.ROOT).startsWith("v=bimi1")).toList();
        return bimi.isEmpty() ? List.of() : List.of(reading.judged(row, _ -> bimi(row, bimi)));
    }

    private Finding bimi(DnsRow row, List<String> bimi) {
        if (bimi.size() > 1) {
            return Finding.wrong(row, bimi, "there are " + bimi.size() + " BIMI records: keep one");
        }
        String logo = List.of(bimi.getFirst().split(";")).stream().map(String::strip)
                .filter(t -> t.startsWith("l=")).map(t -> t.substring(2)).findFirst().orElse("");
        if (!logo.isEmpty() && !logo.startsWith("https://")) {
            return Finding.wrong(row, bimi, "l= has to be an https:// address of an SVG");
        }
        Optional<DmarcRecord> dmarc = TreeWalk.of(domain.name(), dns).governing()
                .flatMap(s -> s.published().record());
        boolean enforced = dmarc.filter(d -> d.own() != DmarcRecord.Policy.NONE && !d.test())
                .isPresent();
        return enforced ? Finding.right(row, bimi) : Finding.warning(row, bimi, "no mail program"
                + " shows the logo before DMARC says p=quarantine or p=reject, without t=y");
    }
}
