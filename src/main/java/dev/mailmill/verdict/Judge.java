package dev.mailmill.verdict;

import dev.mailmill.mail.Fact;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * Says who it was. Pure: of the evidence alone, so that it can be asked again of what was judged
 * before. A person is called a machine only where no person can have done it; where a machine can't
 * be told from a person, it is unknown.
 */
public final class Judge {
    /** To be raised with each change below or in {@code agents.tsv}: history is judged again. */
    public static final int VERSION = 1;
    /** Before and after it, that what the same network did counts. Sweeps follow their picture. */
    static final Duration WINDOW = Duration.ofMinutes(2);
    /** What one burst is: a program's, whose links come one after the other. */
    static final long BURST_MILLIS = 2_000;
    /** No hand opens two links so fast. */
    private static final long TWO_MILLIS = 500;
    private static final long OPEN_AND_LINK_MILLIS = 1_000;
    private static final int SWEEP_LINKS = 3;
    /** Of a message with many recipients, who may share a network and a browser. */
    private static final int SHARED_SWEEP_LINKS = 5;
    /** Nobody has read it by then, and some have. */
    private static final long SOON_MILLIS = 10_000;
    /** Most sweeps have come by then: half of them 43 s after the mail was sent. */
    private static final long SCANNED_MILLIS = Duration.ofMinutes(5).toMillis();

    private Judge() {
    }

    /** Who it was. */
    public enum By {
        PERSON, MACHINE, UNKNOWN;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What speaks for it. */
    public enum Why {
        /** It says so itself. */
        SCANNER, PREVIEWER, CRAWLER, PROGRAM,
        /** It says nothing of itself, which browsers and mail programs do. */
        NO_AGENT,
        /** It followed what nobody sees, or asked only for heads. */
        HONEYPOT, HEAD,
        /** It followed several links at once, or did so a moment before or after. */
        SWEEP,
        /** Something else in its network did so: it may be the same. */
        NEAR_SWEEP,
        /** It fetches pictures whether they are looked at or not. */
        PRIVACY_PROXY,
        /** It says something that is not known. */
        UNKNOWN_AGENT,
        /** Too soon after the delivery for most people. */
        TOO_SOON,
        /** It was written when nothing more was kept. */
        NO_EVIDENCE,
        /** It shows mail, and nothing speaks against a person. */
        BROWSER, MAIL_PROGRAM,
        /** It fetches a picture when it is shown. */
        IMAGE_PROXY;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public record Judgement(By by, Why why) {
    }

    /** What its name alone decides, at once; empty where it decides nothing. */
    static Optional<Judgement> atOnce(boolean click, String agent) {
        return named(click, Agent.of(agent));
    }

    private static Optional<Judgement> named(boolean click, Agent agent) {
        return Optional.ofNullable(switch (agent) {
            case SCANNER -> new Judgement(By.MACHINE, Why.SCANNER);
            case PREVIEWER -> new Judgement(By.MACHINE, Why.PREVIEWER);
            case CRAWLER -> new Judgement(By.MACHINE, Why.CRAWLER);
            case PROGRAM -> new Judgement(By.MACHINE, Why.PROGRAM);
            case NONE -> new Judgement(By.MACHINE, Why.NO_AGENT);
            case HIDDEN -> new Judgement(By.UNKNOWN, Why.PRIVACY_PROXY);
            // a proxy for pictures follows no link for anybody
            case PROXY -> click ? new Judgement(By.MACHINE, Why.PROGRAM) : null;
            case BROWSER, MAIL, OTHER -> null;
        });
    }

    /** Of what was judged before, as this version does. */
    public static Judgement of(Fact.Verdict fact) {
        return of(fact.click(), fact.individual(), fact.evidence());
    }

    static Judgement of(boolean click, boolean individual, Fact.Evidence e) {
        Agent agent = Agent.of(e.agent());
        return named(click, agent).or(() -> shaped(individual, e)).orElseGet(() -> {
            if (agent == Agent.OTHER) {
                return new Judgement(By.UNKNOWN, Why.UNKNOWN_AGENT);
            }
            if (e.sinceMillis() >= 0 && e.sinceMillis() < SOON_MILLIS) {
                return new Judgement(By.UNKNOWN, Why.TOO_SOON);
            }
            // its network is Google's or Yahoo's for everybody: it tells nothing
            if (agent == Agent.PROXY) {
                return new Judgement(By.PERSON, Why.IMAGE_PROXY);
            }
            if (e.links() < 0) {
                return new Judgement(By.UNKNOWN, Why.NO_EVIDENCE);
            }
            return new Judgement(By.PERSON, agent == Agent.MAIL ? Why.MAIL_PROGRAM : Why.BROWSER);
        });
    }

    /** By what its network did around it. */
    private static Optional<Judgement> shaped(boolean individual, Fact.Evidence e) {
        boolean trapped = !e.trap().isEmpty();
        boolean swept = swept(individual, e);
        if (trapped && e.alike()) {
            return Optional.of(new Judgement(By.MACHINE, e.trap().equals(Fact.Scanned.HONEYPOT)
                    ? Why.HONEYPOT : Why.HEAD));
        }
        if (swept && (e.alike() || e.awayMillis() == 0)) {
            return Optional.of(new Judgement(By.MACHINE, Why.SWEEP));
        }
        return trapped || swept ? Optional.of(new Judgement(By.UNKNOWN, Why.NEAR_SWEEP))
                : Optional.empty();
    }

    private static boolean swept(boolean individual, Fact.Evidence e) {
        if (!individual) {
            return e.links() >= SHARED_SWEEP_LINKS && e.spanMillis() <= BURST_MILLIS / 2;
        }
        return e.links() >= SWEEP_LINKS
                || e.links() == 2 && e.spanMillis() <= TWO_MILLIS
                // a mail with one link has no sweep but this
                || e.links() == 1 && e.withOpen() && e.awayMillis() == 0
                        && e.spanMillis() <= OPEN_AND_LINK_MILLIS && e.sinceMillis() >= 0
                        && e.sinceMillis() <= SCANNED_MILLIS;
    }
}
