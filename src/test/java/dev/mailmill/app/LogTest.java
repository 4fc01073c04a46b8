package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The log's form, as the shipped configuration makes it. */
class LogTest {
    private static final String FORGED = "2026-01-01T00:00:00.000Z ERROR d.m.app forged";
    /** Whatever some reader of a log takes for the end of a line, or for a colour. */
    private static final List<String> BREAKS = List.of("\n", "\r\n", "\r", "\u000b", "\f", "\u0085",
            "\u2028", "\u2029", "\u001b[2K", "\u009b2K", "\n\n", "\n\u0085");

    @Test
    void remoteTextInAnExceptionCantLookLikeAnEntry() throws Exception {
        for (String brk : BREAKS) {
            RuntimeException cause = new IllegalStateException("far end said: 550" + brk + FORGED);
            onlyOneEntry("it failed", new RuntimeException("no" + brk + FORGED, cause));
        }
    }

    @Test
    void remoteTextInAMessageStaysOnItsLine() throws Exception {
        for (String brk : BREAKS) {
            String said = encoded("far end said: 550" + brk + FORGED, null);
            assertEquals(1, said.lines().count(), said);
            plain(said);
        }
    }

    private static void onlyOneEntry(String message, Throwable thrown) throws Exception {
        String said = encoded(message, thrown);
        List<String> lines = said.lines().toList();
        assertTrue(lines.getFirst().endsWith(" it failed"), said);
        assertTrue(lines.size() > 5, said);
        for (String line : lines.subList(1, lines.size())) {
            assertTrue(line.isEmpty() || line.startsWith("    "), said);
        }
        assertTrue(said.contains("Caused by: java.lang.IllegalStateException: far end"), said);
        plain(said);
    }

    private static void plain(String said) {
        assertTrue(said.chars().allMatch(c -> c == '\n' || c == '\t'
                || !Character.isISOControl(c) && c != 0x2028 && c != 0x2029), said);
    }

    private static String encoded(String message, Throwable thrown) throws Exception {
        LoggerContext context = new LoggerContext();
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        // throws when the file is no XML, which a running server only tells on its console
        configurator.doConfigure(Main.class.getResource("/logback.xml"));
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        assertEquals(List.of(), context.getStatusManager().getCopyOfStatusList().stream()
                .filter(s -> s.getLevel() > 0).toList());
        ConsoleAppender<ILoggingEvent> console =
                (ConsoleAppender<ILoggingEvent>) root.getAppender("console");
        assertNotNull(console);
        LoggingEvent event = new LoggingEvent("test", root, Level.ERROR, message, thrown, null);
        byte[] said = console.getEncoder().encode(event);
        context.stop();
        return new String(said, StandardCharsets.UTF_8);
    }
}
