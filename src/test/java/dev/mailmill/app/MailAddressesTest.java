package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mailmill.send.Addresses.Parsed;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The API takes one mailbox with or without a name, and nothing that could be two. */
class MailAddressesTest {
    private final MailAddresses addresses = new MailAddresses();

    @Test
    void aMailboxMayHaveAName() {
        assertEquals(Optional.of(new Parsed("", "a@B.example", "b.example")),
                addresses.read("a@B.example"));
        for (String text : List.of("Ann Lee <a@b.example>", "\"Ann Lee\" <a@b.example>")) {
            assertEquals(Optional.of(new Parsed("Ann Lee", "a@b.example", "b.example")),
                    addresses.read(text), text);
        }
        assertEquals(Optional.of(new Parsed("Zoë, the 2nd", "a@b.example", "b.example")),
                addresses.read("\"Zoë, the 2nd\" <a@b.example>"));
        assertEquals(Optional.of(new Parsed("", "a@b.example", "b.example")),
                addresses.read("<a@b.example>"));
    }

    @Test
    void whatIsNotOneMailboxIsNone() {
        for (String text : List.of("", "Ann", "a@b.example, c@d.example", "<a@b.example>, <c@d.ex>",
                ", <a@b.example>", "A: <a@b.example>;", "a@b.example <c@d.example>",
                "Ann <a@b.example> ", "Ann <a@b.example", "Ann <a@b.example>>", "Ann <\"a\"@b.ex>",
                "Ann <a@[192.0.2.1]>", "Ann <a(x)@b.example>", "Ann <@x.ex:a@b.example>",
                "Ann <a@localhost>", "Ann <a@b.example>\r\nBcc: <c@d.example>")) {
            assertEquals(Optional.empty(), addresses.read(text), text);
        }
    }
}
