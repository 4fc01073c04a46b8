package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Times that no calendar has are asked for: a list is right, or says what is wrong. */
class OddTimesTest {
    private static final List<String> TIMES = List.of("9999-12-31T23:59:59Z",
            "2160-01-01T00:00:00Z", "+999999999-12-31T23:59:59-18:00",
            "-999999999-01-01T00:00:00+18:00", "0000-01-01T00:00:00Z", "1969-12-31T00:00:00Z");

    private static String coded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void everyTimeHasItsMail(Lab.Engine engine) {
        try (Lab lab = Lab.direct(engine)) {
            lab.theirs("there.test");
            String id = lab.post("{\"from\":\"ann@" + Lab.OURS + "\",\"to\":"
                    + "[\"bob@there.test\"],\"subject\":\"S\",\"text\":\"t\"}");
            lab.awaitState(id, "delivered");
            Lab.await(() -> found(lab, "").contains(id), () -> found(lab, ""));
            Visitor owner = Visitor.owner(lab);
            for (String time : TIMES) {
                boolean past = time.startsWith("-") || time.startsWith("0")
                        || time.startsWith("19");
                assertEquals(past, found(lab, "?since=" + coded(time)).contains(id), time);
                assertEquals(!past, found(lab, "?until=" + coded(time)).contains(id), time);
                String day = time.substring(0, time.indexOf('T'));
                for (String field : List.of("from", "until")) {
                    for (String path : List.of("/messages?", "/messages/rows?")) {
                        WebClient.Reply page = owner.get(path + field + "=" + coded(day));
                        assertEquals(200, page.status(), path + field + "=" + day);
                        // what is no day of any calendar here is not asked for
                        assertTrue(page.text().contains(id) == (past == field.equals("from"))
                                || time.startsWith("+"), path + field + "=" + day);
                    }
                }
            }
        }
    }

    private static String found(Lab lab, String query) {
        return Lab.expect(200, lab.api().get("/v1/messages" + query)).toString();
    }
}
