package dev.mailmill.bounce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each rule is there for a reply that it, and none before it, decides. */
class RuleTest {
    static Stream<Rule> rules() {
        return Rule.shipped().stream();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void aRuleDecidesItsOwnReply(Rule rule) {
        Classifier.Finding finding = Classifier.of(0, "", rule.test());
        assertEquals(rule.line(), finding.rule(), rule.test());
        assertEquals(rule.reason(), finding.reason());
        assertFalse(rule.why().isBlank());
    }

    @Test
    void eachReasonButTheUnknownOneHasARule() {
        Set<BounceClass> named = EnumSet.noneOf(BounceClass.class);
        rules().forEach(r -> named.add(r.reason()));
        assertEquals(EnumSet.complementOf(EnumSet.of(BounceClass.UNKNOWN)), named);
    }

    @Test
    void whatIsNeededIsInEachTextThatFits() {
        assertEquals(List.of("no such "), Phrase.of("no such (user|one)").getFirst().needed());
        assertEquals(List.of("user", "mailbox"),
                Phrase.of("(user|mailbox)s? (is )?off").getFirst().needed());
        assertEquals(List.of("quota"), Phrase.of("(over|more)? ?quota").getFirst().needed());
        assertEquals(List.of(), Phrase.of("\\d{3}.{0,9}(a|bcd)").getFirst().needed());
        long unknown = rules().flatMap(r -> r.words().stream())
                .filter(p -> p.needed().isEmpty()).count();
        assertTrue(unknown < 20, unknown + " phrases are looked for in each text");
    }

    /** The short cut changes nothing: without it the same rule decides. */
    @ParameterizedTest
    @MethodSource("rules")
    void theShortCutChangesNothing(Rule rule) {
        String text = rule.test().toLowerCase(java.util.Locale.ROOT);
        for (Rule other : Rule.shipped()) {
            for (Phrase phrase : other.words()) {
                assertEquals(phrase.pattern().matcher(text).find(), phrase.in(new Gist(text)),
                        phrase.toString());
            }
        }
    }

    @Test
    void aRuleThatCouldRunAwayIsRefused() {
        for (String words : List.of("(a|b)+c", "a.*b", "(a{1,9}){1,9}", "a{2,}")) {
            assertThrows(IllegalArgumentException.class,
                    () -> Rule.read("unknown\t-\t-\t" + words + "\tx\ty\n"), words);
        }
        assertThrows(IllegalArgumentException.class, () -> Rule.read("unknown\t-\t-\tx\n"));
    }
}
