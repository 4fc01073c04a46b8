package dev.mailmill.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The words of strangers, before anybody sees them. */
class ReplyTest {
    @ParameterizedTest
    @ValueSource(ints = {'\r', '\n', 0, 0x1b, 0x7f, 0x85, 0x9b, 0x2028, 0x2029, 0x202a, 0x202e,
        0x2066, 0x2069})
    void nothing_ends_a_line_moves_a_cursor_or_turns_the_text_around(int c) {
        assertEquals("no such user", Reply.local("5.1.1",
                "no such" + Character.toString(c) + "user").text());
    }

    @Test
    void a_text_is_cut_between_characters() {
        String face = Character.toString(0x1f600);
        assertEquals("x".repeat(999), Reply.local("", "x".repeat(999) + face).text());
        assertEquals("x".repeat(998) + face, Reply.local("", "x".repeat(998) + face + "y").text());
    }
}
