package dev.mailmill.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A person types at the door, through openssl s_client as the guide says. */
@Timeout(60)
@ExtendWith(CaptureServer.class)
class ByHandTest {
    @Test
    void a_person_sends_a_message(Lab lab) throws Exception {
        Program.needs("openssl", "openssl");
        String to = Lab.fresh("hand");
        Process openssl = new ProcessBuilder("sh", "-eu", "-c",
                "exec " + lab.here(Guide.block("By hand", "sh"))).directory(lab.folder().toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        // a blocked read hears no interrupt
        CompletableFuture.delayedExecutor(40, TimeUnit.SECONDS).execute(openssl::destroyForcibly);
        try (OutputStream keys = openssl.getOutputStream();
                BufferedReader screen = openssl.inputReader(StandardCharsets.UTF_8)) {
            String login = Base64.getEncoder().encodeToString(
                    ("\0" + lab.user() + "\0" + lab.password()).getBytes(StandardCharsets.UTF_8));
            assertTrue(typed(keys, screen, "EHLO me.example.com").startsWith("250 "));
            assertTrue(typed(keys, screen, "AUTH PLAIN " + login).startsWith("235 2.7.0 "));
            assertTrue(typed(keys, screen, "MAIL FROM:<me@example.com>").startsWith("250 2.1.0"));
            assertTrue(typed(keys, screen, "RCPT TO:<" + to + ">").startsWith("250 2.1.5 "));
            assertTrue(typed(keys, screen, "DATA").startsWith("354 "));
            String queued = typed(keys, screen, "From: me@example.com\n\nby hand\n.");
            assertEquals("250 2.0.0 queued as " + lab.captured(to) + " (captured, not sent)",
                    queued);
            assertTrue(typed(keys, screen, "QUIT").startsWith("221 2.0.0 "));
            assertTrue(openssl.waitFor(10, TimeUnit.SECONDS), "it hangs up");
        } finally {
            openssl.destroyForcibly();
        }
        assertTrue(lab.raw(lab.captured(to)).endsWith("\r\n\r\nby hand\r\n"));
    }

    private static String typed(OutputStream keys, BufferedReader screen, String line)
            throws IOException {
        keys.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        keys.flush();
        return reply(screen);
    }

    /** The last line of one. */
    private static String reply(BufferedReader screen) throws IOException {
        for (String line = screen.readLine(); line != null; line = screen.readLine()) {
            if (line.matches("[2345][0-9][0-9] .*")) {
                return line;
            }
        }
        throw new IOException("the server hung up");
    }
}
