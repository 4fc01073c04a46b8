package dev.mailmill.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.CpuTime;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How a route reads its body. */
class FieldsTest {
    @Test
    void goodFieldsAreReadAndNothingIsThrown() {
        Fields in = fields("""
                {"name":"a","count":7,"on":true,"tags":["x","y"],"map":{"k":"v"},
                 "rows":[{"id":1},{"id":2}],"nothing":null}""");
        assertEquals("a", in.needText("name", 10));
        assertEquals(OptionalLong.of(7), in.whole("count", 1, 10));
        assertTrue(in.flag("on", false));
        assertEquals(List.of("x", "y"), in.texts("tags", 5, 5));
        assertEquals(Map.of("k", "v"), in.pairs("map", 5, 5, 5));
        assertEquals(List.of(1L, 2L), in.objects("rows", 5).stream()
                .map(r -> r.whole("id", 0, 9).orElse(-1)).toList());
        assertTrue(in.text("nothing", 5).isEmpty());
        assertTrue(in.text("absent", 5).isEmpty());
        in.done();
    }

    @Test
    void allErrorsAreTold() {
        Fields in = fields("""
                {"count":11,"on":"yes","tags":["x",7],"map":{"a/b":1},"rows":[{"idd":1},3],
                 "nmae":"a"}""");
        in.needText("name", 10);
        in.whole("count", 1, 10);
        in.flag("on", false);
        in.texts("tags", 5, 5);
        in.pairs("map", 5, 5, 5);
        in.objects("rows", 5).forEach(r -> r.whole("id", 0, 9));
        in.wrong("count", "is a bad omen");
        Problem problem = assertThrows(Problem.class, in::done);
        assertEquals(422, problem.status());
        assertEquals(Set.of("/name", "/count", "/on", "/tags/1", "/map/a~1b", "/rows/1", "/nmae",
                "/rows/0/idd"), problem.errors().stream().map(Problem.FieldError::pointer)
                .collect(Collectors.toSet()));
        assertEquals(9, problem.errors().size());
        assertTrue(problem.errors().toString().contains("did you mean name?"));
        assertTrue(problem.errors().toString().contains("did you mean id?"));
    }

    @Test
    void aHundredErrorsAreEnough() {
        Fields in = fields(IntStream.range(0, 300_000).mapToObj(i -> "\"f" + i + "\":1")
                .collect(Collectors.joining(",", "{", "}")));
        in.text("x".repeat(100), 5);
        long start = CpuTime.nanos();
        Problem problem = assertThrows(Problem.class, in::done);
        assertTrue(CpuTime.nanos() - start < 1_000_000_000L, "all names were compared");
        assertEquals(Fields.ERRORS_MAX, problem.errors().size());
    }

    @Test
    void aListAsBodyLeavesItsInnerNameOutOfPointers() {
        Fields in = Fields.ofList(StrictJson.read("[{\"a\":1}]".getBytes(StandardCharsets.UTF_8)),
                "rows");
        in.objects("rows", 3).forEach(r -> r.needText("a", 3));
        Problem problem = assertThrows(Problem.class, in::done);
        assertEquals("/0/a", problem.errors().getFirst().pointer());
    }

    private static Fields fields(String json) {
        return Fields.of(StrictJson.read(json.getBytes(StandardCharsets.UTF_8)));
    }
}
