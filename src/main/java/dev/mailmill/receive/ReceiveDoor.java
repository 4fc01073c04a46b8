package dev.mailmill.receive;

import dev.mailmill.mail.Bodies;
import dev.mailmill.smtp.SmtpHandler;
import java.net.InetAddress;

/** Opens a handler for each server that connects. */
record ReceiveDoor(Places places, About about, Keeping keeping, Bodies bodies)
        implements SmtpHandler.Factory {
    @Override
    public SmtpHandler open(InetAddress client) {
        return new ReceiveHandler(this, client);
    }
}
