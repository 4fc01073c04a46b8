package dev.mailmill.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.mailmill.mail.Composer;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Reply;
import dev.mailmill.relay.FakeAttempt;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeliverOnlyTest {
    private static Outcome sent(String to, String... patterns) {
        return new DeliverOnly(List.of(patterns), new HoldTransport(), new CaptureTransport())
                .attempt(FakeAttempt.to(to));
    }

    @Test
    void only_listed_recipients_go_out() {
        assertInstanceOf(Outcome.Held.class, sent("me@ours.com", "*@ours.com"));
        assertInstanceOf(Outcome.Held.class, sent("ME@ours.com", "x@y.test", " Me@Ours.com "));
        assertInstanceOf(Outcome.Captured.class, sent("me@ours.com.evil.test", "*@ours.com"));
        assertInstanceOf(Outcome.Captured.class, sent("me@notours.com", "*@ours.com"));
        assertInstanceOf(Outcome.Captured.class, sent("\"a@ours.com\"@evil.test", "*@ours.com"));
        assertInstanceOf(Outcome.Captured.class, sent("me@ours.com"));
    }

    @Test
    void each_way_has_its_lane() {
        DeliverOnly only = new DeliverOnly(List.of("*@ours.com"), new HoldTransport(),
                new CaptureTransport());
        assertEquals("(hold)",
                only.site(FakeAttempt.to("a@ours.com").delivery()).get().name());
        assertEquals("(capture)",
                only.site(FakeAttempt.to("a@other.test").delivery()).get().name());
    }

    @Test
    void a_pattern_is_of_an_address() {
        for (String wrong : List.of("ours.com", "", "@ours.com", "me@")) {
            assertThrows(IllegalArgumentException.class, () -> sent("a@b.test", wrong), wrong);
        }
    }

    @Test
    void no_pattern_takes_long() {
        assertTimeout(Duration.ofSeconds(20), () -> assertFalse(
                DeliverOnly.matches("*a".repeat(200) + "@x", "a".repeat(5_000) + "@y")));
    }

    @Test
    void capture_composes_and_fails_where_composing_fails() {
        FakeAttempt good = FakeAttempt.to("a@b.test");
        assertInstanceOf(Outcome.Captured.class, new CaptureTransport().attempt(good));
        assertEquals(1, good.composed());
        FakeAttempt bad = FakeAttempt.to("a@b.test").uncomposable(
                new Composer.Uncomposable(Reply.local("5.6.3", "sealed")));
        assertEquals("5.6.3", assertInstanceOf(Outcome.Failed.class,
                new CaptureTransport().attempt(bad)).reply().enhanced());
    }
}
