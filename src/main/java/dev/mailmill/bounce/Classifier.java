package dev.mailmill.bounce;

import dev.mailmill.mail.Reply;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Codes and words of a refusal to its class: the first rule that fits decides. Pure. */
public final class Classifier {
    /** Of a reply's text so much is looked at. */
    static final int TEXT_MAX = 2_000;
    /** What people call themselves is no reason, as in mailbox-full@there.test. */
    private static final Pattern ADDRESS = Pattern.compile(
            "[^\\s<>()\\[\\]\"',;:@]{1,64}+@[^\\s<>()\\[\\]\"',;:@]{1,255}+");
    private static final List<Rule> RULES = Rule.shipped();

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
        String cut = text.length() > TEXT_MAX ? text.substring(0, TEXT_MAX) : text;
        Codes codes = Codes.of(code, enhanced, cut);
        Gist gist = new Gist(ADDRESS.matcher(cut.toLowerCase(Locale.ROOT)).replaceAll("@"));
        for (Rule rule : RULES) {
            if (rule.fits(codes, gist)) {
                return finding(rule.reason(), rule.line(), codes);
            }
        }
        return finding(BounceClass.UNKNOWN, 0, codes);
    }

    private static Finding finding(BounceClass reason, int line, Codes codes) {
        BounceClass.Kind kind = reason.kind();
        return new Finding(reason, kind == BounceClass.Kind.HARD && codes.temporary()
                ? BounceClass.Kind.SOFT : kind, line);
    }
}
