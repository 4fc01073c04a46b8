package dev.mailmill.verify;

import dev.mailmill.dns.Dns;
import dev.mailmill.mime.DkimKey;
import dev.mailmill.mime.Octets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What those who passed a message on have sealed into it (RFC 8617), checked; and our own seal when
 * we pass one on.
 */
public final class Arc {
    static final int SETS_MAX = SignatureField.INSTANCES_MAX;
    private static final String RESULTS = "arc-authentication-results";
    private static final String MESSAGE = "arc-message-signature";
    private static final String SEAL = "arc-seal";
    /** Signed as often as they occur; what says who passed what is ARC's own. */
    private static final List<String> SIGNED = List.of("from", "to", "cc", "subject", "date",
            "message-id", "reply-to", "in-reply-to", "references", "mime-version", "content-type",
            "content-transfer-encoding", "list-id", "list-unsubscribe", "list-unsubscribe-post",
            "dkim-signature");

    /** RFC 8617 §4.4. */
    public enum State {
        NONE, PASS, FAIL;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * @param instance  of the newest set; 0 for none
     * @param sealer    {@code d=} of the newest seal; empty for none
     * @param reason    why it fails; empty otherwise
     * @param unknown   whether it fails only since a key can't be asked for now
     * @param sealable  whether a further set may be put on top
     * @param results   the newest set's Authentication-Results, to be believed if its sealer is
     */
    public record Result(State state, int instance, String sealer, String reason,
            boolean unknown, boolean sealable, String results) {
    }

    /** One instance; each part where there is exactly one. */
    private static final class Set {
        private final List<Fields.Field> results = new ArrayList<>(1);
        private final List<SignatureField> message = new ArrayList<>(1);
        private final List<SignatureField> seal = new ArrayList<>(1);
    }

    private final Fields fields;
    private final List<Set> sets = new ArrayList<>();
    private String fault = "";
    private boolean any;

    private Arc(Fields fields) {
        this.fields = fields;
    }

    /** Takes the sets together; nothing is asked yet. */
    static Arc read(Fields fields) {
        Arc arc = new Arc(fields);
        int count = 0;
        for (Fields.Field f : fields.list()) {
            boolean one = f.key().equals(RESULTS) || f.key().equals(MESSAGE)
                    || f.key().equals(SEAL);
            if (one && ++count > 3 * SETS_MAX) {
                arc.fault = "it has more than " + SETS_MAX + " sets";
                break;
            }
            if (one) {
                arc.any = true;
                arc.add(f);
            }
        }
        arc.structure();
        return arc;
    }

    private void add(Fields.Field f) {
        if (f.key().equals(RESULTS)) {
            int instance = resultsInstance(fields.value(f));
            if (instance == 0) {
                fault("an ARC-Authentication-Results has no instance");
            } else {
                set(instance).results.add(f);
            }
            return;
        }
        boolean seal = f.key().equals(SEAL);
        SignatureField s = SignatureField.read(fields, f, seal ? SignatureField.Kind.SEAL
                : SignatureField.Kind.MESSAGE);
        if (s.instance() == 0) {
            fault((seal ? "an ARC-Seal" : "an ARC-Message-Signature") + " has no instance: "
                    + s.fault());
            return;
        }
        (seal ? set(s.instance()).seal : set(s.instance()).message).add(s);
    }

    private Set set(int instance) {
        while (sets.size() < instance) {
            sets.add(new Set());
        }
        return sets.get(instance - 1);
    }

    /** {@code i=1;} stands in front (RFC 8617 §4.1.1). */
    private static int resultsInstance(String value) {
        int end = value.indexOf(';');
        String first = end < 0 ? "" : TagList.packed(value.substring(0, end));
        return first.startsWith("i=") ? SignatureField.instance(first.substring(2)) : 0;
    }

    private void fault(String what) {
        if (fault.isEmpty()) {
            fault = what;
        }
    }

    /** RFC 8617 §5.2, steps 2 and 3. */
    private void structure() {
        for (int i = 1; i <= sets.size() && fault.isEmpty(); i++) {
            Set set = sets.get(i - 1);
            if (set.results.size() != 1 || set.message.size() != 1 || set.seal.size() != 1) {
                fault("set " + i + " is not made of one field of each kind");
                return;
            }
            SignatureField seal = set.seal.getFirst();
            if (!seal.sound()) {
                fault("the ARC-Seal of set " + i + " is broken: " + seal.fault());
            } else if (!seal.cv().equals(i == 1 ? "none" : "pass")) {
                fault("set " + i + " says cv=" + seal.cv());
            } else if (i == sets.size() && !set.message.getFirst().sound()) {
                fault("the ARC-Message-Signature of set " + i + " is broken: "
                        + set.message.getFirst().fault());
            }
        }
    }

    /** The signature whose body hash is needed: only the newest speaks of what we hold. */
    Optional<SignatureField> newest() {
        return fault.isEmpty() && !sets.isEmpty()
                ? Optional.of(sets.getLast().message.getFirst()) : Optional.empty();
    }

    /** @param bodies has seen the body */
    Result check(Dkim.BodyDigests bodies, Dns dns) {
        if (!any) {
            return new Result(State.NONE, 0, "", "", false, true, "");
        }
        if (!fault.isEmpty()) {
            return failed(fault, false);
        }
        Dkim.Result message = Dkim.checked(fields, newest().orElseThrow(), bodies, dns);
        if (!message.pass()) {
            return failed("the newest ARC-Message-Signature: " + message.reason(),
                    message.verdict() == Dkim.Verdict.TEMPERROR);
        }
        for (int i = sets.size(); i >= 1; i--) {
            Optional<Result> wrong = seal(i, dns);
            if (wrong.isPresent()) {
                return wrong.get();
            }
        }
        Set newest = sets.getLast();
        return new Result(State.PASS, sets.size(), newest.seal.getFirst().domain(), "", false,
                sets.size() < SETS_MAX, resultsText(newest.results.getFirst()));
    }

    private Optional<Result> seal(int i, Dns dns) {
        SignatureField seal = sets.get(i - 1).seal.getFirst();
        byte[] text = sealed(i, seal.field());
        String why = "";
        boolean unknown = false;
        for (SelectorKey key : SelectorKey.of(seal.selector(), seal.domain(), seal.rsa(), dns)) {
            switch (key) {
                case SelectorKey.Good good -> {
                    if (good.verifies(text, seal.b())) {
                        return Optional.empty();
                    }
                    why = "it does not match the sets";
                }
                case SelectorKey.Bad bad -> {
                    why = bad.why();
                    unknown |= bad.verdict() == Dkim.Verdict.TEMPERROR;
                }
            }
        }
        return Optional.of(failed("the ARC-Seal of set " + i + ": " + why, unknown));
    }

    /** All sets up to this one, in order; the last seal without its signature (§5.1.1). */
    private byte[] sealed(int instance, Fields.Field last) {
        Octets out = new Octets(4096);
        for (int i = 1; i <= instance; i++) {
            Set set = sets.get(i - 1);
            fields.canonical(out, set.results.getFirst(), true);
            fields.canonical(out, set.message.getFirst().field(), true);
            if (i < instance) {
                fields.canonical(out, set.seal.getFirst().field(), true);
            }
        }
        fields.unsigned(out, last, true);
        return out.toBytes();
    }

    private Result failed(String why, boolean unknown) {
        Set newest = sets.isEmpty() ? null : sets.getLast();
        boolean marked = newest != null && newest.seal.size() == 1
                && newest.seal.getFirst().cv().equals("fail");
        String sealer = newest == null || newest.seal.isEmpty() ? ""
                : newest.seal.getFirst().domain();
        // What has been marked as broken is not sealed again (§5.1, step 2); what may only look
        // broken while DNS is silent must not be marked so for good.
        boolean sealable = !marked && !unknown && !sets.isEmpty() && sets.size() < SETS_MAX;
        return new Result(State.FAIL, sets.size(), sealer, why, unknown, sealable, "");
    }

    private String resultsText(Fields.Field f) {
        String value = fields.value(f);
        return value.substring(value.indexOf(';') + 1).strip();
    }

    /**
     * The three fields of the next set, to stand above the header, with CRLF.
     *
     * @param header   as it is passed on: with all changes made
     * @param bodyHash of {@link dev.mailmill.mime.BodyHash} over the body as it is passed on
     * @param chain    what {@link #check} found when the message came in
     * @param results  what Authentication-Results says of it, with our id in front
     * @return empty when the chain may not be sealed any more
     */
    public static Optional<byte[]> seal(byte[] header, String bodyHash, Result chain,
            String results, DkimKey key, Instant time) throws GeneralSecurityException {
        if (!chain.sealable()) {
            return Optional.empty();
        }
        int i = chain.instance() + 1;
        String own = "; a=" + key.algorithm() + "; d=" + key.domain() + "; s=" + key.selector()
                + ";\r\n t=" + time.getEpochSecond();
        Fields below = Fields.read(header);
        StringBuilder names = new StringBuilder();
        Octets text = new Octets(4096);
        for (String name : SIGNED) {
            for (Fields.Field f : below.all(name).reversed()) {
                names.append(names.isEmpty() ? "" : ":\r\n  ").append(name);
                below.canonical(text, f, true);
            }
        }
        String aar = "ARC-Authentication-Results: i=" + i + "; " + results + "\r\n";
        String ams = "ARC-Message-Signature: i=" + i + own + "; c=relaxed/relaxed;\r\n h=" + names
                + ";\r\n bh=" + bodyHash + ";\r\n b=";
        ams = signed(text, ams, key);
        String seal = "ARC-Seal: i=" + i + own + "; cv=" + chain.state().word() + ";\r\n b=";
        // A broken chain's seal covers its own set only (§5.1.2): the others can't be told apart.
        Octets sets = new Octets(4096);
        if (chain.state() == State.PASS) {
            Arc before = read(below);
            sets.put(before.sealedWhole());
        }
        Fields top = Fields.read((aar + ams).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        top.list().forEach(f -> top.canonical(sets, f, true));
        return Optional.of((signed(sets, seal, key) + ams + aar)
                .getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private byte[] sealedWhole() {
        Octets out = new Octets(4096);
        for (Set set : sets) {
            fields.canonical(out, set.results.getFirst(), true);
            fields.canonical(out, set.message.getFirst().field(), true);
            fields.canonical(out, set.seal.getFirst().field(), true);
        }
        return out.toBytes();
    }

    /** @param text what comes before; the field's own is put behind it */
    private static String signed(Octets text, String field, DkimKey key)
            throws GeneralSecurityException {
        byte[] octets = (field + "\r\n").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        Fields own = Fields.read(octets);
        own.unsigned(text, own.list().getFirst(), true);
        StringBuilder out = new StringBuilder(field);
        String b = Base64.getEncoder().encodeToString(key.signed(text.toBytes()));
        for (int at = 0; at < b.length(); at += 72) {
            out.append(at == 0 ? "" : "\r\n  ").append(b, at, Math.min(b.length(), at + 72));
        }
        return out.append("\r\n").toString();
    }
}
