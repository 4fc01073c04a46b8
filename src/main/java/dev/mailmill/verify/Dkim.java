package dev.mailmill.verify;

import dev.mailmill.dns.Dns;
import dev.mailmill.mime.Octets;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Checks DKIM signatures (RFC 6376 §6) with SHA-256 over RSA and Ed25519. Refused on purpose, as
 * {@code policy}: rsa-sha1 and RSA keys under 1024 bits (RFC 8301).
 */
public final class Dkim {
    /** From the top; who writes more is not a sender but an attacker. */
    static final int SIGNATURES_MAX = 10;

    /** RFC 8601 §2.7.1, without none: that is a message without signatures. */
    public enum Verdict {
        PASS, FAIL, POLICY, NEUTRAL, TEMPERROR, PERMERROR;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * @param domain    {@code d=}
     * @param selector  {@code s=}
     * @param algorithm {@code a=}, as the signature says
     * @param bits      of the key; 0 when none was found
     * @param reason    why it did not pass, or what to know though it did; may be empty
     * @param testing   the signer's key says {@code t=y}: to be taken as if it were not signed
     * @param unsigned  octets at the body's end that {@code l=} leaves out: anybody's
     * @param start     of the signature, which tells several apart (RFC 6008)
     */
    public record Result(Verdict verdict, String domain, String selector, String algorithm,
            int bits, String reason, boolean testing, long unsigned, String start) {
        public boolean pass() {
            return verdict == Verdict.PASS;
        }
    }

    private Dkim() {
    }

    /** The signatures to check, at most {@link #SIGNATURES_MAX}. */
    static List<SignatureField> signatures(Fields fields) {
        return fields.all("dkim-signature").stream().limit(SIGNATURES_MAX)
                .map(f -> SignatureField.read(fields, f, SignatureField.Kind.DKIM)).toList();
    }

    static Result check(Fields fields, SignatureField s, BodyDigests bodies, Dns dns,
            InstantSource clock) {
        if (!s.sound()) {
            return result(s, s.byPolicy() ? Verdict.POLICY : Verdict.PERMERROR, s.fault());
        }
        if (s.expires() >= 0 && s.expires() < clock.instant().getEpochSecond()) {
            return result(s, Verdict.FAIL, "it has expired");
        }
        return checked(fields, s, bodies, dns);
    }

    /** Of ARC's message signature too. */
    static Result checked(Fields fields, SignatureField s, BodyDigests bodies, Dns dns) {
        BodyDigest body = bodies.of(s);
        boolean same = Arrays.equals(body.finish(), s.bh());
        String trouble = body.beyond() < 0 ? "l= is longer than the body"
                : same ? "" : "the body was changed: its hash is another";
        long unsigned = Math.max(0, body.beyond());
        if (!trouble.isEmpty()) {
            // The key is not asked for: it would change nothing.
            return result(s, Verdict.FAIL, trouble);
        }
        byte[] text = text(fields, s);
        Result last = null;
        for (SelectorKey key : SelectorKey.of(s.selector(), s.domain(), s.rsa(), dns)) {
            last = switch (key) {
                case SelectorKey.Bad bad -> new Result(bad.verdict(), s.domain(), s.selector(),
                        s.algorithm(), bad.bits(), bad.why(), bad.testing(), 0, start(s));
                case SelectorKey.Good good -> judged(s, good, text, unsigned);
            };
            if (last.pass()) {
                return last;
            }
        }
        return last;
    }

    private static Result judged(SignatureField s, SelectorKey.Good key, byte[] text,
            long unsigned) {
        String wrong = "";
        Verdict verdict = Verdict.PASS;
        if (key.strict() && !s.identity().isEmpty() && !s.identity().equals(s.domain())) {
            verdict = Verdict.PERMERROR;
            wrong = "the key is not for subdomains, and i= is one";
        } else if (!key.verifies(text, s.b())) {
            verdict = Verdict.FAIL;
            wrong = "the signature does not match the header";
        } else if (unsigned > 0) {
            wrong = unsigned + " octets at the end are not signed";
        }
        return new Result(verdict, s.domain(), s.selector(), s.algorithm(), key.bits(), wrong,
                key.testing(), verdict == Verdict.PASS ? unsigned : 0, start(s));
    }

    private static Result result(SignatureField s, Verdict verdict, String why) {
        return new Result(verdict, s.domain(), s.selector(), s.algorithm(), 0, why, false, 0,
                start(s));
    }

    private static String start(SignatureField s) {
        return s.bText().substring(0, Math.min(8, s.bText().length()));
    }

    /** What was signed: each name takes the lowest field that is left (RFC 6376 §5.4.2). */
    private static byte[] text(Fields fields, SignatureField s) {
        Map<String, Deque<Fields.Field>> left = new HashMap<>();
        for (String name : s.h()) {
            left.putIfAbsent(name, new ArrayDeque<>());
        }
        for (Fields.Field f : fields.list()) {
            Deque<Fields.Field> same = left.get(f.key());
            if (same != null && f != s.field()) {
                same.push(f);
            }
        }
        Octets out = new Octets(2048);
        for (String name : s.h()) {
            Fields.Field f = left.get(name).poll();
            if (f != null) {
                fields.canonical(out, f, s.relaxedHeader());
            }
        }
        fields.unsigned(out, s.field(), s.relaxedHeader());
        return out.toBytes();
    }

    /** The body's hashes that the signatures of a message want, made in one pass. */
    static final class BodyDigests {
        private final List<BodyDigest> digests = new ArrayList<>();

        void want(SignatureField s) {
            if (s.sound() && find(s) == null) {
                digests.add(new BodyDigest(s.relaxedBody(), s.length()));
            }
        }

        void update(byte[] b, int offset, int length) {
            digests.forEach(d -> d.update(b, offset, length));
        }

        /** Of a signature that was wanted. */
        BodyDigest of(SignatureField s) {
            return find(s);
        }

        private BodyDigest find(SignatureField s) {
            for (BodyDigest d : digests) {
                if (d.is(s.relaxedBody(), s.length())) {
                    return d;
                }
            }
            return null;
        }
    }
}
