package dev.mailmill.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A session's browser")
class AgentTest {
    private static final String WEBKIT = " AppleWebKit/537.36 (KHTML, like Gecko) ";

    @Test
    void has_a_name_that_a_person_knows() {
        assertEquals("Firefox on Linux", Agent.name(
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"));
        assertEquals("Chrome on Android", Agent.name("Mozilla/5.0 (Linux; Android 10; K)"
                + WEBKIT + "Chrome/140.0.0.0 Mobile Safari/537.36"));
        assertEquals("Edge on Windows", Agent.name("Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
                + WEBKIT + "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"));
        String phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)" + WEBKIT
                + "Version/18.6 Mobile/15E148 Safari/604.1";
        assertEquals("Safari on iPhone", Agent.name(phone));
        assertEquals("Safari auf iPhone", Texts.in(Locale.GERMAN, () -> Agent.name(phone)));
        assertEquals("curl/8.5.0", Agent.name("curl/8.5.0"));
        assertEquals("unknown", Agent.name(""));
    }
}
