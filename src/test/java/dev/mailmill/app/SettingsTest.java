package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A wrong setting stops the start with a sentence that names it and the cure. */
class SettingsTest {
    @TempDir
    Path folder;

    @Test
    void theEnvironmentWinsOverTheFileAndTheFileOverTheDefault() throws IOException {
        Path file = file("hostname: file.test\nmx-port: 2626\n");

        Settings s = Settings.read(Optional.of(file), Map.of("MAILMILL_HOSTNAME", "env.test"));

        assertEquals("env.test", s.hostname());
        assertEquals(2626, s.mxPort());
        assertEquals(List.of("mx-port", "hostname"), List.copyOf(s.changed().keySet()));
    }

    @Test
    void anUnknownKeyNamesTheNearest() throws IOException {
        Path file = file("hostnme: x\n");

        assertError("`hostname`", () -> Settings.read(Optional.of(file), Map.of()));
        assertError("`MAILMILL_DELIVERY`",
                () -> Settings.read(Optional.empty(), Map.of("MAILMILL_DELIVRY", "direct")));
    }

    @Test
    void valuesThatCanNotBeAreNamed() {
        for (Map.Entry<Setting, String> e : Map.of(Setting.DELIVERY, "sendmail",
                Setting.MX_PORT, "70000", Setting.HTTP, "nowhere", Setting.ROUTES, "a.test",
                Setting.ALLOW_PRIVATE, "perhaps", Setting.DATABASE, "mysql://x",
                Setting.TLS_CERT, "only.pem", Setting.ADMIN_KEY, "short").entrySet()) {
            assertError("`" + e.getKey().key() + "`",
                    () -> Settings.of(Map.of(e.getKey(), e.getValue())));
        }
    }

    @Test
    void contentIsNotKeptLongerThanWhatBecameOfIt() {
        assertError("`content-days` (MAILMILL_CONTENT_DAYS) must be at most fact-days, which is 90",
                () -> Settings.of(Map.of(Setting.CONTENT_DAYS, "91", Setting.FACT_DAYS, "90")));
        assertError("`content-days` (MAILMILL_CONTENT_DAYS) must be between 7 and 1096",
                () -> Settings.of(Map.of(Setting.CONTENT_DAYS, "6")));
        assertError("`fact-days` (MAILMILL_FACT_DAYS) must be between 62 and 1096",
                () -> Settings.of(Map.of(Setting.FACT_DAYS, "61")));
        assertError("must be a number, not \"a year\"",
                () -> Settings.of(Map.of(Setting.FACT_DAYS, "a year")));
        assertEquals(400, Settings.of(Map.of()).kept().factDays());
    }

    @Test
    void secretsAreNotShown() {
        Settings s = Settings.of(Map.of(Setting.ADMIN_KEY, "mm_0123456789abcdef",
                Setting.DELIVERY, "smtps://ann:geheim@relay.test:465"));

        assertEquals("***", s.changed().get("admin-key"));
        assertEquals("smtps://ann:***@relay.test:465", s.changed().get("delivery"));
        assertEquals("smtp://me@x.test:***@relay.test:587",
                Settings.masked("smtp://me@x.test:pa@ss@relay.test:587"));
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("mailmill.yaml"), text);
    }

    private static void assertError(String words, org.junit.jupiter.api.function.Executable start) {
        ConfigError e = assertThrows(ConfigError.class, start);
        assertTrue(e.getMessage().contains(words), e.getMessage());
    }
}
