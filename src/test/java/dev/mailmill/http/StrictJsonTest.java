package dev.mailmill.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** Long texts are read by another way than short ones, to the same end. */
class StrictJsonTest {
    private static final String LONG = "a".repeat(100_000);

    @Test
    void aLongTextIsReadAsTheParserReadsIt() {
        for (String text : List.of(LONG, LONG + "\\n", "\\\"" + LONG, LONG + "\\\\",
                "\u00e9\u4e2d\ud83d\udce7" + LONG, LONG + "\\u00e9" + LONG, "", "x")) {
            for (String body : List.of("\"" + text + "\"", "{\"a\":\"" + text + "\",\"b\":[\""
                    + text + "\", true ,\"" + LONG + "\"]}", " [ \"" + text + "\" , \"\" ]",
                    "\ufeff\"\"", "\ufeff[\"\",\"" + text + "\",\"\"]")) {
                byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
                assertEquals(new JsonMapper().readTree(bytes), StrictJson.read(bytes));
            }
        }
    }

    @Test
    void aLongTextMayBreakNoRuleOfAShortOne() {
        for (String body : List.of("\"" + LONG, "\"" + LONG + "\n\"", "\"" + LONG + "\u0001\"",
                "\"" + LONG + "\\x\"", "\"" + LONG + "\\u0000\"", "\"" + LONG + "\"\"",
                "\"" + LONG + "\\ud83d\"", "{\"a\":\"" + LONG + "\",\"a\":1}")) {
            assertThrows(Problem.class,
                    () -> StrictJson.read(body.getBytes(StandardCharsets.UTF_8)));
        }
    }
}
