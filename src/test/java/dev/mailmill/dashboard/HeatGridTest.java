package dev.mailmill.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.analytics.Refusals.Cell;
import dev.mailmill.analytics.Refusals.Picture;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The heat grid")
class HeatGridTest {
    private static Picture picture(Cell... cells) {
        return new Picture(0, 1, 24, List.of(cells));
    }

    private static Cell cell(String provider, String figure, String reason, long n) {
        return new Cell(0, provider, figure, reason, n);
    }

    @Test
    void gets_darker_with_the_share_and_never_from_nothing() {
        assertEquals(0, HeatGrid.step(0, 100));
        assertEquals(0, HeatGrid.step(0, 0));
        assertEquals(1, HeatGrid.step(1, 10_000));
        assertEquals(2, HeatGrid.step(1, 1_000));
        assertEquals(3, HeatGrid.step(1, 100));
        assertEquals(4, HeatGrid.step(3, 100));
        assertEquals(4, HeatGrid.step(99, 1_000));
        assertEquals(5, HeatGrid.step(10, 100));
        assertEquals(5, HeatGrid.step(7, 7));
        assertEquals(1, HeatGrid.step(7, 0), "a share of nothing says nothing");
    }

    @Test
    void says_of_each_kind_what_its_shares_are_of() {
        HeatGrid grid = HeatGrid.of(picture(cell("gmail", "delivered", "", 80),
                cell("gmail", "bounced", "mailbox_unknown", 10),
                cell("gmail", "deferred", "rate_limited", 10),
                cell("gmail", "deferred", "withheld", 500),
                cell("gmail", "bounced_late", "mailbox_full", 4),
                cell("gmail", "expired", "rate_limited", 5),
                cell("gmail", "accepted", "", 1_000)));
        assertEquals(List.of("gmail"), grid.columns().stream().map(HeatGrid.Column::provider)
                .toList());
        assertEquals(100, grid.columns().getFirst().attempts(), "what we put off asked nobody");
        assertEquals(List.of("REFUSED 10 of 100", "LATE 4 of 80", "PUT_OFF 10 of 100",
                "GIVEN_UP 5 of 95"), grid.sections().stream().map(s -> s.kind() + " "
                + s.count() + " of " + s.rows().getFirst().of()).toList());
    }

    @Test
    void a_provider_without_the_reason_has_an_empty_cell() {
        HeatGrid grid = HeatGrid.of(picture(cell("yahoo", "delivered", "", 900),
                cell("gmail", "bounced", "content_spam", 1), cell("gmail", "delivered", "", 9)));
        assertEquals(List.of("none", "w5"), grid.sections().getFirst().rows().getFirst().spots()
                .stream().map(HeatGrid.Spot::wash).toList());
    }

    @Test
    void what_is_refused_stands_out_before_what_waits_and_few_never_do() {
        Cell taken = cell("gmail", "delivered", "", 100);
        Cell slow = cell("gmail", "deferred", "rate_limited", 300);
        assertTrue(HeatGrid.of(picture(taken, cell("gmail", "bounced", "policy", 4)))
                .worst().isEmpty());
        assertEquals("rate_limited", HeatGrid.of(picture(taken, slow)).worst().orElseThrow()
                .row().reason());
        assertEquals("policy", HeatGrid.of(picture(taken, slow,
                cell("gmail", "bounced", "policy", 20))).worst().orElseThrow().row().reason());
    }

    @Test
    void of_few_attempts_nothing_is_said_unless_all_were_taken() {
        Cell refused = cell("gmail", "bounced", "policy", 2);
        assertTrue(HeatGrid.of(picture(cell("gmail", "delivered", "", 47), refused)).tooFew());
        assertFalse(HeatGrid.of(picture(cell("gmail", "delivered", "", 48), refused)).tooFew());
        assertFalse(HeatGrid.of(picture(cell("gmail", "delivered", "", 1))).tooFew());
    }

    @Test
    void a_line_has_gaps_where_nothing_is_known_and_limits_that_are_near() {
        List<Chart.Limit> limits = List.of(new Chart.Limit("warn", 0.02, "warn"),
                new Chart.Limit("slow", 0.05, "warn"), new Chart.Limit("stop", 0.10, "bad"));
        Chart chart = new Chart("t", "n", "of", List.of(new Chart.Point("a", 0, 10),
                new Chart.Point("b", 3, 100), new Chart.Point("c", 0, 0),
                new Chart.Point("d", 1, 50), new Chart.Point("e", 0, 0)), limits);
        assertEquals(2, chart.pieces().size());
        assertEquals(List.of(3), chart.alone());
        assertEquals(List.of("warn", "slow"), chart.shown().stream().map(Chart.Limit::words)
                .toList());
        assertEquals("c: nothing", chart.words(chart.points().get(2)));
        assertEquals("100.00%", chart.down(0));
        assertEquals(List.of("slow", "warn"), chart.named().stream().map(Chart.Limit::words)
                .toList());
        Chart high = new Chart("t", "n", "of", List.of(new Chart.Point("a", 1, 1)), limits);
        assertEquals(List.of("stop"), high.named().stream().map(Chart.Limit::words).toList(),
                "words that would stand on each other");
    }

    @Test
    void shares_are_as_exact_as_they_are_small() {
        assertEquals("unknown", Shares.percent(0, 0));
        assertEquals("0 %", Shares.percent(0, 7));
        assertEquals("< 0.01 %", Shares.percent(1, 1_000_000));
        assertEquals("0.31 %", Shares.percent(31, 10_000));
        assertEquals("3.2 %", Shares.percent(3, 93));
        assertEquals("100 %", Shares.percent(7, 7));
        assertEquals("3,2 %", Texts.in(java.util.Locale.GERMAN, () -> Shares.percent(3, 93)));
    }
}
