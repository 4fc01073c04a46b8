package dev.mailmill.transit;

import dev.mailmill.dns.Mx;
import dev.mailmill.dns.Secured;
import dev.mailmill.dns.Tlsa;
import dev.mailmill.smtp.PeerCheck;
import dev.mailmill.smtp.SmtpClientException;
import dev.mailmill.smtp.SmtpClientStage;
import dev.mailmill.smtp.SmtpClientTarget;
import dev.mailmill.smtp.SmtpClientTarget.Tls;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** One attempt's terms of TLS, host by host. Used by one thread. */
public final class Way {
    /** What holds for one host. */
    public sealed interface Terms {
    }

    /** Connect so. */
    public record Go(Tls tls, PeerCheck check) implements Terms {
    }

    /**
     * Do not connect.
     *
     * @param code    enhanced, 4.x or 5.x
     * @param lasting whether it will be so tomorrow
     */
    public record Skip(String code, String why, boolean lasting) implements Terms {
    }

    /** Under which heading a host's sessions are counted (RFC 8460 §4.4). */
    private record Heading(String policy, String detail) {
        static final Heading NONE = new Heading("no-policy-found", "");
    }

    private static final Terms OPPORTUNISTIC = new Go(Tls.OFFERED, PeerCheck.ANY);

    private final Transit transit;
    private final String domain;
    private final Wish wish;
    private final StsPolicies.Found sts;
    private final Secured<Mx> mx;
    private final Map<String, Heading> headings = new HashMap<>();
    private final Map<String, Failure> found = new HashMap<>();

    Way(Transit transit, String domain, Wish wish, StsPolicies.Found sts, Secured<Mx> mx) {
        this.transit = transit;
        this.domain = domain;
        this.wish = wish;
        this.sts = sts;
        this.mx = mx;
    }

    /** Who takes the domain's mail; from memory where it was asked before. */
    public Secured<Mx> mx() {
        return mx;
    }

    /**
     * Connections that were made on other terms are not used for this mail: empty for the usual
     * ones, which all domains without a policy share.
     */
    public String bond() {
        boolean enforced = enforced().isPresent();
        if (wish == Wish.NONE && !enforced && !mx.secure()) {
            return "";
        }
        return wish.name().charAt(0) + " " + domain + (mx.secure() ? " secure" : "")
                + (enforced ? " " + sts.policy().get().id() : "");
    }

    private Optional<StsPolicy> enforced() {
        return sts.policy().filter(p -> p.mode() == StsPolicy.Mode.ENFORCE);
    }

    /**
     * The terms for a host of the domain.
     *
     * @param host   as the MX names it; the domain itself where it has none
     * @param secure whether its addresses are proven
     * @param end    of the host's aliases
     */
    public Terms to(String host, boolean secure, String end) {
        if (wish == Wish.OPTIONAL) {
            return OPPORTUNISTIC;
        }
        Dane dane = mx.secure() && secure ? Dane.of(transit.dns(), domain, mx, host, end,
                transit.settings().smtpPort()) : new Dane.None();
        return switch (dane) {
            case Dane.Unknown(String why) -> {
                headings.put(host, new Heading("tlsa", ""));
                count(host, "", Optional.of(Failure.DNSSEC_INVALID));
                yield new Skip("4.7.5", "whether " + host
                        + " must have TLS can't be found out now: " + why, false);
            }
            case Dane.Usable usable -> {
                headings.put(host, new Heading("tlsa", text(usable.records())));
                yield new Go(Tls.DEMANDED, new DaneCheck(usable));
            }
            case Dane.Unusable(List<Tlsa> records) -> {
                headings.put(host, new Heading("tlsa", text(records)));
                Terms other = bySts(host);
                // RFC 7672 §2.2: encrypted all the same, with whatever certificate
                yield other instanceof Go(Tls tls, PeerCheck _) && tls == Tls.OFFERED
                        ? new Go(Tls.DEMANDED, PeerCheck.ANY) : other;
            }
            case Dane.None() -> bySts(host);
        };
    }

    private Terms bySts(String host) {
        if (sts.policy().isEmpty()) {
            return wish == Wish.REQUIRED ? required(host) : OPPORTUNISTIC;
        }
        StsPolicy policy = sts.policy().get();
        headings.putIfAbsent(host, new Heading("sts", String.join("\n", policy.lines())));
        boolean named = policy.names(host);
        if (policy.mode() == StsPolicy.Mode.TESTING && wish == Wish.NONE) {
            if (!named) {
                found.put(host, Failure.VALIDATION_FAILURE);
            }
            return new Go(Tls.OFFERED, new Trial(host));
        }
        if (!named) {
            count(host, "", Optional.of(Failure.VALIDATION_FAILURE));
            transit.policies().doubt(domain);
            return new Skip("4.7.5", host + " is not named in the MTA-STS policy of " + domain,
                    false);
        }
        return new Go(Tls.DEMANDED, new Proof(host, "mta-sts"));
    }

    /** RFC 8689 §4.2.1: what leads to the host is proven by a policy, or else by DNSSEC. */
    private Terms required(String host) {
        return mx.secure() ? new Go(Tls.DEMANDED, new Proof(host, "verified"))
                : new Skip("5.7.30", "REQUIRETLS: nothing proves that " + host
                        + " takes mail for " + domain, true);
    }

    /**
     * What came of connecting, for the domain's report; and where mail failed by its policy, that
     * is looked at again.
     *
     * @param encrypted whether the conversation is under TLS
     */
    public void told(SmtpClientTarget target, boolean encrypted,
            Optional<SmtpClientException> trouble) {
        Optional<Failure> failure = trouble.isPresent() ? failure(trouble.get())
                : encrypted ? Optional.ofNullable(found.get(target.host()))
                : Optional.of(Failure.STARTTLS_NOT_SUPPORTED);
        if (trouble.isPresent() && failure.isEmpty()) {
            return;
        }
        count(target.host(), target.address().getHostAddress(), failure);
        if (failure.isPresent() && target.tls() == Tls.DEMANDED) {
            transit.policies().doubt(domain);
        }
    }

    /** Empty when it was not about TLS. */
    private static Optional<Failure> failure(SmtpClientException e) {
        if (e.getCause() instanceof Mistrust m) {
            return Optional.of(m.failure());
        }
        return e.stage() == SmtpClientStage.STARTTLS
                ? Optional.of(Failure.STARTTLS_NOT_SUPPORTED)
                : e.stage() == SmtpClientStage.TLS ? Optional.of(Failure.VALIDATION_FAILURE)
                : Optional.empty();
    }

    private void count(String host, String address, Optional<Failure> failure) {
        Heading heading = headings.getOrDefault(host, Heading.NONE);
        boolean fetching = heading == Heading.NONE && sts.trouble().isPresent();
        Optional<Failure> why = fetching ? sts.trouble() : failure;
        transit.count(domain, fetching ? "sts" : heading.policy(), heading.detail(),
                why.map(Failure::word).orElse(""), why.isPresent() ? host : "",
                why.isPresent() ? address : "");
    }

    private static String text(List<Tlsa> records) {
        return records.stream().limit(10).map(r -> r.usage() + " " + r.selector() + " "
                + r.matching() + " " + HexFormat.of().formatHex(r.data(), 0,
                Math.min(r.data().length, 64))).collect(Collectors.joining("\n"));
    }

    /** Held to the authorities and to the host's name. */
    private final class Proof implements PeerCheck {
        private final String host;
        private final String word;

        Proof(String host, String word) {
            this.host = host;
            this.word = word;
        }

        @Override
        public String judge(List<X509Certificate> chain) throws Mistrust {
            transit.authorities().check(chain, host);
            return word;
        }
    }

    /** A policy on trial: what would fail is told, and mail goes through. */
    private final class Trial implements PeerCheck {
        private final String host;

        Trial(String host) {
            this.host = host;
        }

        @Override
        public String judge(List<X509Certificate> chain) {
            try {
                transit.authorities().check(chain, host);
                return found.containsKey(host) ? "opportunistic" : "mta-sts";
            } catch (Mistrust e) {
                found.put(host, e.failure());
                return "opportunistic";
            }
        }
    }
}
