package dev.mailmill.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SqliteRestoredTest extends RestoredContract {
    @Override
    Optional<String> database() {
        return Optional.empty();
    }

    @Test
    void bodiesStayAsLongAsACopyIsMade() {
        List<String> gone = new ArrayList<>();
        Copying copying = new Copying();
        copying.begin();
        copying.begin();
        copying.forget(() -> gone.add("a"));
        copying.end();
        assertEquals(List.of(), gone);
        copying.end();
        assertEquals(List.of("a"), gone);
        copying.forget(() -> gone.add("b"));
        assertEquals(List.of("a", "b"), gone);
    }
}
