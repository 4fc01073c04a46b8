package dev.mailmill.bounce;

import dev.mailmill.mail.Reply;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** Codes and words of a refusal to its class: the first rule that fits decides. Pure. */
public final class Classifier {
    /** Of a reply's text so much is looked at. */
    static final int TEXT_MAX = 2_000;
    /** What people call themselves is no reason, as in mailbox-full@there.test. */
    private static final Pattern ADDRESS = Pattern.compile(
            "[^\\s<>()\\[\\]\"',;:@]{1,64}+@[^\\s<>()\\[\\]\"',;:@]{1,255}+");
    /**
     * Beside these a few words about an address are not enough to call it dead, unless the enhanced
     * code says so too: another reason is near, and the words may be about who sends.
     */
    private static final Pattern DOUBT = Pattern.compile("spam|virus|polic(?:y|ies)|black ?list|"
            + "block(?:ed|list)|reputation|abus|\\brelay|authenticat|quota|\\bfull\\b|suspend|"
            + "disabled|deactivat|\\binactive|\\brate\\b|too many|temporar|again later|"
            + "prohibit|reverse dns|\\bhelo\\b");
    /** RFC 3463 §3.2: codes that speak of the recipient's address. */
    private static final Pattern OF_THE_ADDRESS = Pattern.compile(
            "[45]\\.1\\.(?:1|2|3|6|10)|[45]\\.7\\.1[78]");
    private static final List<Rule> RULES = Rule.shipped();
    /** What was found lately: servers say the same again, and several readers ask of one reply. */
    private static final Map<Said, Finding> KNOWN = new ConcurrentHashMap<>();
    /** When so many are known all are forgotten. */
    private static final int KNOWN_MAX = 1_000;

    private Classifier() {
    }

    /**
     * @param reason what is the matter
     * @param kind   of the reason; a hard one that is said with a temporary code is soft, because
     *               the server does not mean it yet
     * @param rule   of {@code rules.tsv}, by its line; 0 for none
     */
    public record Finding(BounceClass reason, BounceClass.Kind kind, int rule) {
    }

    public static Finding of(Reply reply) {
        return of(reply.code(), reply.enhanced(), reply.text());
    }

    /**
     * @param code     three digits; 0 for none
     * @param enhanced as in 5.1.1; empty for none, then the one at the text's beginning counts
     */
    public static Finding of(int code, String enhanced, String text) {
        Said said = new Said(code, enhanced,
                text.length() > TEXT_MAX ? text.substring(0, TEXT_MAX) : text);
        Finding known = KNOWN.get(said);
        if (known == null) {
            known = found(code, enhanced, said.text());
            if (KNOWN.size() >= KNOWN_MAX) {
                KNOWN.clear();
            }
            KNOWN.put(said, known);
        }
        return known;
    }

    private record Said(int code, String enhanced, String text) {
    }

    private static Finding found(int code, String enhanced, String cut) {
        Codes codes = Codes.of(code, enhanced, cut);
        Gist gist = new Gist(ADDRESS.matcher(cut.toLowerCase(Locale.ROOT)).replaceAll("@"));
        boolean doubtful = !OF_THE_ADDRESS.matcher(codes.enhanced()).matches()
                && DOUBT.matcher(gist.text()).find();
        Rule doubted = null;
        for (Rule rule : RULES) {
            if (rule.fits(codes, gist)) {
                if (!doubtful || rule.reason().kind() != BounceClass.Kind.HARD) {
                    return doubted == null || !rule.words().isEmpty()
                            ? finding(rule.reason(), rule.line(), codes) : soft(doubted);
                }
                doubted = doubted == null ? rule : doubted;
            }
        }
        return doubted == null ? finding(BounceClass.UNKNOWN, 0, codes) : soft(doubted);
    }

    private static Finding soft(Rule rule) {
        return new Finding(rule.reason(), BounceClass.Kind.SOFT, rule.line());
    }

    private static Finding finding(BounceClass reason, int line, Codes codes) {
        BounceClass.Kind kind = reason.kind();
        return new Finding(reason, kind == BounceClass.Kind.HARD && codes.temporary()
                ? BounceClass.Kind.SOFT : kind, line);
    }
}
