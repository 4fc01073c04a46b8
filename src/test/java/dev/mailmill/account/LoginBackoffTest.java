package dev.mailmill.account;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** A network that an account has logged in from has more tries than others, and not any number. */
class LoginBackoffTest {
    private Instant now = Instant.parse("2026-11-28T12:00:00Z");
    private final LoginBackoff backoff = new LoginBackoff(() -> now);

    private static InetAddress at(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            backoff.failed(at(1), "ann");
        }
    }

    @Test
    void whoGuessesFromAKnownNetworkWaitsTooFromAWiderLineOn() {
        backoff.granted(at(1), "ann");
        fail(LoginBackoff.KNOWN_FREE_FAILURES);
        assertEquals(Duration.ZERO, backoff.wait(at(1), "ann"));
        fail(1);
        assertEquals(Duration.ofSeconds(1), backoff.wait(at(1), "ann"));
        fail(20);
        assertEquals(LoginBackoff.WAIT_MAX, backoff.wait(at(1), "ann"));
        assertTrue(backoff.wait(at(1), "bob").compareTo(Duration.ZERO) > 0,
                "there the network is unknown");

        now = now.plus(LoginBackoff.WAIT_MAX);
        assertEquals(Duration.ZERO, backoff.wait(at(1), "ann"));
        backoff.granted(at(1), "ann");
        fail(LoginBackoff.KNOWN_FREE_FAILURES);
        assertEquals(Duration.ZERO, backoff.wait(at(1), "ann"), "a right one begins anew");
    }

    @Test
    void aClockThatIsSetBackMakesNobodyWaitForDays() {
        fail(LoginBackoff.NETWORK_FREE_FAILURES + 3);
        now = now.minus(Duration.ofDays(3));
        assertEquals(Duration.ofSeconds(4), backoff.wait(at(1), "bob"));
        fail(20);
        now = now.minus(Duration.ofDays(3));
        assertEquals(LoginBackoff.WAIT_MAX, backoff.wait(at(1), "bob"));
    }

    @Test
    void whatOthersGuessElsewhereCostsAKnownNetworkNothing() {
        backoff.granted(at(7), "ann");
        fail(1_000);
        assertEquals(Duration.ZERO, backoff.wait(at(7), "ann"));
        assertEquals(LoginBackoff.WAIT_MAX, backoff.wait(at(1), "ann"));
    }

    @Test
    void anOldDeviceThatTriesEverySixteenMinutesNeverWaits() {
        backoff.granted(at(1), "ann");
        for (int i = 0; i < 300; i++) {
            fail(1);
            assertEquals(Duration.ZERO, backoff.wait(at(1), "ann"));
            now = now.plus(LoginBackoff.FORGOTTEN_AFTER).plusSeconds(60);
        }
    }
}
