package dev.mailmill.verify;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.Dns;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.AddressList;
import dev.mailmill.mime.Malformed;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Whether what was proven belongs to the author's domain, and what its owner wishes if not. */
public final class Dmarc {
    static final int SECONDS_MAX = 20;
    /** The author's walk, one for each thing proven, and whether the domain exists. */
    static final int QUESTIONS_MAX = TreeWalk.QUERIES_MAX * (Dkim.SIGNATURES_MAX + 2) + 1;

    /** As Authentication-Results names them. */
    public enum Verdict {
        NONE, PASS, FAIL, TEMPERROR, PERMERROR;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * @param author      the domain in From; empty when there is not exactly one
     * @param organisation it belongs to
     * @param record      the domain whose record holds; empty for none
     * @param published   what that record wishes for the author's domain
     * @param disposition what is left of it now: none unless it fails, milder while {@code t=y}
     * @param reason      in words
     */
    public record Result(Verdict verdict, String author, String organisation, String record,
            DmarcRecord.Policy published, DmarcRecord.Policy disposition, boolean spfAligned,
            boolean dkimAligned, String reason) {
    }

    private final Dns dns;
    private final Map<String, TreeWalk> walks = new HashMap<>();
    private boolean unknown;

    private Dmarc(Dns dns) {
        this.dns = dns;
    }

    /** @param spf empty when there was no client to ask about */
    static Result check(Fields fields, Optional<Spf.Outcome> spf, List<Dkim.Result> dkim,
            Dns dns) {
        TreeSet<String> authors = new TreeSet<>();
        String trouble = authors(fields, authors);
        if (!trouble.isEmpty()) {
            return new Result(Verdict.PERMERROR, "", "", "", DmarcRecord.Policy.NONE,
                    DmarcRecord.Policy.NONE, false, false, trouble);
        }
        return new Dmarc(new Patience(dns, SECONDS_MAX, QUESTIONS_MAX))
                .check(authors.first(), spf, dkim);
    }

    /** RFC 9989 §5.3.1: exactly one domain, in exactly one field. */
    private static String authors(Fields fields, TreeSet<String> authors) {
        List<Fields.Field> from = fields.all("from");
        if (from.size() != 1) {
            return from.isEmpty() ? "there is no From" : "there are several From fields";
        }
        String value = new String(fields.value(from.getFirst())
                .getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        try {
            mailboxes(value).forEach(a -> authors.add(a.domain().toLowerCase(Locale.ROOT)));
        } catch (Malformed e) {
            return "From can't be read: " + e.getMessage();
        }
        if (authors.size() != 1 || authors.first().startsWith("[")) {
            return authors.size() > 1 ? "From names several domains" : "From names no domain";
        }
        return "";
    }

    /** A name that should be in quotes is common; the one address in brackets is still plain. */
    private static List<Address> mailboxes(String value) throws Malformed {
        try {
            return AddressList.read(value).mailboxes();
        } catch (Malformed e) {
            int open = value.indexOf('<');
            if (open < 0 || open != value.lastIndexOf('<') || !value.endsWith(">")
                    || value.indexOf('>') != value.length() - 1) {
                throw e;
            }
            return AddressList.read(value.substring(open)).mailboxes();
        }
    }

    private Result check(String author, Optional<Spf.Outcome> spf, List<Dkim.Result> dkim) {
        TreeWalk walk = walk(author);
        if (!walk.trouble().isEmpty()) {
            return none(Verdict.TEMPERROR, author, walk.trouble());
        }
        Optional<TreeWalk.Step> governing = walk.governing();
        Optional<DmarcRecord> found = governing.flatMap(g -> g.published().record())
                .filter(DmarcRecord::usable);
        if (found.isEmpty()) {
            return none(Verdict.NONE, author, "no DMARC record holds for " + author);
        }
        DmarcRecord record = found.get();
        boolean spfAligned = spf.isPresent() && spf.get().result() == SpfRecord.Result.PASS
                && aligned(spf.get().domain(), walk, record.aspf());
        boolean dkimAligned = false;
        for (Dkim.Result each : dkim) {
            dkimAligned |= each.pass() && !each.testing() && !dkimAligned
                    && aligned(each.domain(), walk, record.adkim());
        }
        boolean pass = spfAligned || dkimAligned;
        // Only what could have proven the author may leave it open: others are a stranger's.
        boolean open = !pass && (unknown
                || spf.isPresent() && spf.get().result() == SpfRecord.Result.TEMPERROR
                        && aligned(spf.get().domain(), walk, record.aspf())
                || dkim.stream().anyMatch(d -> d.verdict() == Dkim.Verdict.TEMPERROR
                        && aligned(d.domain(), walk, record.adkim())));
        DmarcRecord.Policy published = governing.get().domain().equals(author) ? record.own()
                : record.below(exists(author));
        DmarcRecord.Policy disposition = pass || open ? DmarcRecord.Policy.NONE
                : record.test() ? published.milder() : published;
        Verdict verdict = pass ? Verdict.PASS : open ? Verdict.TEMPERROR : Verdict.FAIL;
        return new Result(verdict, author, walk.organisational(), governing.get().domain(),
                published, disposition, spfAligned, dkimAligned, pass ? ""
                        : open ? "what could prove " + author + " can't be asked now"
                        : "nothing that passed belongs to " + author);
    }

    private static Result none(Verdict verdict, String author, String why) {
        return new Result(verdict, author, "", "", DmarcRecord.Policy.NONE,
                DmarcRecord.Policy.NONE, false, false, why);
    }

    private TreeWalk walk(String domain) {
        return walks.computeIfAbsent(domain, d -> TreeWalk.of(d, dns));
    }

    /** RFC 9989 §4.4; what is outside of the author's organisation needs no walk. */
    private boolean aligned(String proven, TreeWalk author, DmarcRecord.Alignment how) {
        String domain = proven.toLowerCase(Locale.ROOT);
        if (domain.equals(author.domain())) {
            return true;
        }
        String organisation = author.organisational();
        if (how == DmarcRecord.Alignment.STRICT || !domain.equals(organisation)
                && !domain.endsWith("." + organisation)) {
            return false;
        }
        TreeWalk other = walk(domain);
        if (!other.trouble().isEmpty()) {
            unknown = true;
            return false;
        }
        return other.organisational().equals(organisation);
    }

    /** What has no name at all in DNS does not exist (RFC 8020), as np= means it. */
    private boolean exists(String domain) {
        return !(dns.a(domain) instanceof Answer.NoDomain);
    }
}
