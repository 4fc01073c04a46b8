package dev.mailmill.verify;

import dev.mailmill.mime.DomainName;
import dev.mailmill.mime.Malformed;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * A DKIM-Signature, or one of ARC's two kinds, taken apart (RFC 6376 §3.5; RFC 8617 §4.1).
 *
 * @param algorithm   {@code a=}, as written
 * @param domain      {@code d=}, in A-labels
 * @param h           names in lower case, in order
 * @param length      {@code l=}; -1 when it is not there
 * @param time        {@code t=}; -1 when it is not there
 * @param expires     {@code x=}; -1 when it is not there
 * @param identity    {@code i=} of DKIM: the domain in it
 * @param instance    {@code i=} of ARC; 0 when it is none
 * @param cv          of ARC-Seal
 * @param fault       why it can't be checked; empty when it can
 * @param byPolicy    whether the fault is that we do not want to
 */
record SignatureField(Fields.Field field, String algorithm, String domain, String selector,
        boolean relaxedHeader, boolean relaxedBody, List<String> h, byte[] bh, byte[] b,
        String bText, long length, long time, long expires, String identity, int instance,
        String cv, String fault, boolean byPolicy) {
    enum Kind {
        DKIM, MESSAGE, SEAL
    }

    static final int INSTANCES_MAX = 50;
    /** Of {@code h=}; a header has less. */
    static final int NAMES_MAX = 1_000;

    boolean rsa() {
        return algorithm.startsWith("rsa-");
    }

    boolean sound() {
        return fault.isEmpty();
    }

    static SignatureField read(Fields fields, Fields.Field field, Kind kind) {
        return new Reading(TagList.read(fields.value(field)), kind).read(field);
    }

    /** The first fault found is kept; what else can be read is, for the report. */
    private static final class Reading {
        private final TagList tags;
        private final Kind kind;
        private String fault = "";
        private boolean byPolicy;

        Reading(TagList tags, Kind kind) {
            this.tags = tags;
            this.kind = kind;
        }

        SignatureField read(Fields.Field field) {
            if (!tags.faults().isEmpty()) {
                fault(tags.faults().getFirst());
            }
            tags.repeated().ifPresent(t -> fault("the tag " + TagList.shown(t) + " is there"
                    + " twice"));
            if (kind == Kind.DKIM && !tags.value("v").orElse("").equals("1")) {
                fault("v=1 is missing");
            }
            String algorithm = needed("a");
            switch (algorithm) {
                case "rsa-sha256", "ed25519-sha256" -> {
                }
                case "rsa-sha1" -> {
                    // RFC 8301 §3.1: must not be accepted
                    if (fault.isEmpty()) {
                        byPolicy = kind == Kind.DKIM;
                    }
                    fault("rsa-sha1 is not accepted (RFC 8301)");
                }
                default -> fault("the algorithm " + TagList.shown(algorithm) + " is unknown");
            }
            String domain = domain(needed("d"));
            String selector = TagList.packed(needed("s")).toLowerCase(Locale.ROOT);
            boolean seal = kind == Kind.SEAL;
            String[] c = seal ? new String[] {"relaxed", "relaxed"} : canonical();
            List<String> h = seal ? List.of() : names();
            if (seal && tags.value("h").isPresent()) {
                fault("a seal has no h=");
            }
            byte[] bh = seal ? new byte[0] : base64("bh");
            if (!seal && fault.isEmpty() && bh.length != 32) {
                fault("bh= is no SHA-256");
            }
            String bText = TagList.packed(tags.value("b").orElse(""));
            byte[] b = base64("b");
            long time = number("t", 12);
            long expires = number("x", 12);
            if (expires >= 0 && time > expires) {
                fault("it ends before it begins: x= is less than t=");
            }
            long length = kind == Kind.DKIM ? number("l", 18) : -1;
            String query = tags.value("q").orElse("dns/txt");
            if (kind == Kind.DKIM && List.of(query.split(":")).stream()
                    .noneMatch(q -> q.strip().equals("dns/txt"))) {
                fault("q= asks for another place than DNS");
            }
            String identity = kind == Kind.DKIM ? identity(domain) : "";
            int instance = kind == Kind.DKIM ? 0 : ofArc();
            String cv = seal ? needed("cv") : "";
            if (seal && !List.of("none", "pass", "fail").contains(cv)) {
                fault("cv= is neither none, pass nor fail");
            }
            return new SignatureField(field, algorithm, domain, selector, c[0].equals("relaxed"),
                    c[1].equals("relaxed"), h, bh, b, bText, length, time, expires, identity,
                    instance, cv, fault, byPolicy);
        }

        private void fault(String what) {
            if (fault.isEmpty()) {
                fault = what;
            }
        }

        private String needed(String name) {
            String value = tags.value(name).orElse("");
            if (value.isEmpty()) {
                fault(name + "= is missing");
            }
            return value;
        }

        private String domain(String text) {
            String name = TagList.packed(text).toLowerCase(Locale.ROOT);
            if (name.chars().allMatch(c -> c < 128)) {
                return name.length() <= 253 ? name : "";
            }
            try {
                // octets were read as ISO 8859-1; RFC 8616 §5 wants UTF-8
                return DomainName.ascii(new String(
                        name.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1),
                        java.nio.charset.StandardCharsets.UTF_8));
            } catch (Malformed e) {
                fault("d= is no domain: " + e.getMessage());
                return "";
            }
        }

        private String[] canonical() {
            String[] c = TagList.packed(tags.value("c").orElse("simple/simple")).split("/", -1);
            String body = c.length > 1 ? c[1] : "simple";
            List<String> known = List.of("simple", "relaxed");
            if (c.length > 2 || !known.contains(c[0]) || !known.contains(body)) {
                fault("c= is neither simple nor relaxed");
            }
            return new String[] {c[0], body};
        }

        private List<String> names() {
            List<String> names = new ArrayList<>();
            if (tags.value("h").isEmpty()) {
                fault("h= is missing");
            }
            for (String each : tags.value("h").orElse("").split(":", NAMES_MAX + 1)) {
                if (names.size() == NAMES_MAX) {
                    fault("h= has more than " + NAMES_MAX + " names");
                    break;
                }
                names.add(TagList.packed(each).toLowerCase(Locale.ROOT));
            }
            if (kind == Kind.DKIM && !names.contains("from")) {
                // RFC 6376 §5.4
                fault("From is not signed");
            }
            if (kind == Kind.MESSAGE && names.contains("arc-seal")) {
                // RFC 8617 §4.1.2
                fault("h= names ARC-Seal");
            }
            return names;
        }

        private byte[] base64(String name) {
            String text = TagList.packed(needed(name));
            try {
                return Base64.getDecoder().decode(text);
            } catch (IllegalArgumentException e) {
                fault(name + "= is no base64");
                return new byte[0];
            }
        }

        private long number(String name, int digitsMax) {
            String text = tags.value(name).map(TagList::packed).orElse(null);
            if (text == null) {
                return -1;
            }
            if (text.isEmpty() || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                fault(name + "= is no number");
                return -1;
            }
            // l= may have 76 digits; a body never has.
            return text.length() > digitsMax ? Long.MAX_VALUE : Long.parseLong(text);
        }

        /** RFC 6376 §3.5: the domain of i= is d= or below it. */
        private String identity(String domain) {
            String text = TagList.packed(tags.value("i").orElse("@" + domain));
            int at = text.lastIndexOf('@');
            String name = at < 0 ? "" : domain(text.substring(at + 1));
            if (!name.equals(domain) && !name.endsWith("." + domain)) {
                fault("i= is not of the domain in d=");
            }
            return name;
        }

        private int ofArc() {
            int instance = SignatureField.instance(tags.value("i").orElse(""));
            if (instance == 0) {
                fault("i= is not from 1 to " + INSTANCES_MAX);
            }
            return instance;
        }
    }

    /** 0 when it is no instance (RFC 8617 §4.2.1). */
    static int instance(String text) {
        boolean digits = !text.isEmpty() && text.length() <= 2
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
        int number = digits ? Integer.parseInt(text) : 0;
        return number <= INSTANCES_MAX ? number : 0;
    }
}
