package dev.mailmill.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mailmill.analytics.Refusals.Cell;
import dev.mailmill.analytics.Refusals.Picture;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A number of the home page")
class TilesTest {
    private static Cell cell(String figure, long n) {
        return new Cell(0, "others", figure, "", n);
    }

    private static Tiles tiles(Cell... cells) {
        return new Tiles(new Lately.Numbers(Instant.EPOCH, new Picture(0, 1, 1, List.of(cells)),
                new Picture(0, 1, 1, List.of(cell("delivered", 10), cell("tracked", 10),
                        cell("opened_person", 5))), List.of()), List.of(), List.of("0:00"));
    }

    private static String shown(Tiles tiles, Tiles.Show show) {
        Tiles.Tile tile = tiles.tile(show);
        return tile.value() + " " + tile.delta() + " " + tile.more();
    }

    @Test
    void is_a_share_with_what_it_is_of() {
        Tiles tiles = tiles(cell("delivered", 9), cell("bounced", 1), cell("tracked", 8),
                cell("opened_person", 2), cell("opened_machine", 1));
        assertEquals("90 % −10.0 9 of 10", shown(tiles, Tiles.Show.DELIVERED));
        assertEquals("25 % −25.0 2 of 8 · unknown 0 % · machine 12.5 %",
                shown(tiles, Tiles.Show.OPENED));
    }

    @Test
    void is_no_share_where_yesterdays_mail_is_opened_today() {
        assertEquals("–  900, also of mail from before · unknown 40 · machine 33.3 %",
                shown(tiles(cell("delivered", 3), cell("tracked", 3), cell("opened_person", 900),
                        cell("opened_unknown", 40), cell("opened_machine", 1)),
                        Tiles.Show.OPENED));
        assertEquals("–  7, also of mail from before · unknown 0 · machine 0",
                shown(tiles(cell("clicked_person", 7)), Tiles.Show.CLICKED));
        assertEquals("–  nothing tracked", shown(tiles(cell("delivered", 1)),
                Tiles.Show.CLICKED));
    }

    @Test
    void is_unknown_where_the_parts_are_more_than_the_whole() {
        assertEquals(List.of("unknown", "unknown", "unknown", "100 %", "0 %"),
                Arrays.asList(Shares.percent(-4, 1), Shares.percent(2, 1), Shares.percent(0, 0),
                        Shares.percent(1, 1), Shares.percent(0, 1)));
        assertEquals("", Delta.ofShare(900, 3, 5, 10));
    }
}
