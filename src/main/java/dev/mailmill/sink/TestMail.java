package dev.mailmill.sink;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Gate;
import dev.mailmill.mail.Message;

/**
 * Captures what was handed in with a test credential, whatever the way out is. The mark lies in the
 * message, so that a restart, a resend or another setting changes nothing. Stands behind all other
 * gates: what they refuse or suppress, they do for tests too.
 */
public final class TestMail implements Gate {
    @Override
    public Release release(Delivery delivery, Message message) {
        return message.options().test() ? new Release.Capture() : new Release.Go();
    }
}
