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
        List<Rule> wordy = rules().filter(r -> !r.needed().isEmpty()).toList();
        assertTrue(wordy.size() > 10);
        for (Rule rule : wordy) {
            assertTrue(rule.needed().stream().anyMatch(
                    new Gist(rule.test().toLowerCase(java.util.Locale.ROOT))::mayHold),
                    rule.line() + ": " + rule.needed());
        }
        assertEquals(List.of("no such ", "quota"), Rule.read("unknown\t-\t-\t"
                + "no such (user|one)|(over|more) ?quota\tx\ty\n").getFirst().needed());
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
