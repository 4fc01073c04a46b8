package dev.mailmill.smtp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** A server on a free port of loopback with a {@link Recorder} behind each connection. */
final class TestServer implements AutoCloseable {
    static final String LOGIN = "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n";
    final Recorder.Desk desk;
    final SmtpServer server;

    TestServer(SmtpServer.Mode mode, boolean trusted, SmtpLimits limits) throws IOException {
        this(mode, trusted, limits, false);
    }

    /** @param proxied loopback is a trusted proxy */
    TestServer(SmtpServer.Mode mode, boolean trusted, SmtpLimits limits, boolean proxied)
            throws IOException {
        desk = new Recorder.Desk(trusted);
        server = new SmtpServer(new SmtpServer.Settings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), mode, "mx.ours.test",
                true, _ -> proxied), limits, TestTls::serverContext, desk);
        server.start();
    }

    static TestServer trusting(SmtpLimits limits) throws IOException {
        return new TestServer(SmtpServer.Mode.STARTTLS, true, limits);
    }

    WireClient connect() throws IOException {
        return new WireClient(server.port());
    }

    /** The recorder of the connection that was greeted next. */
    Recorder recorder() throws InterruptedException {
        return desk.opened.poll(20, TimeUnit.SECONDS);
    }

    /** Greeted, and said so. */
    WireClient greeted() throws IOException {
        WireClient client = connect();
        client.line();
        client.send("EHLO client.test\r\n");
        client.reply();
        return client;
    }

    /** Ready for the message's octets. */
    WireClient inData() throws IOException {
        WireClient client = greeted();
        client.send("MAIL FROM:<me@ours.test>\r\nRCPT TO:<you@theirs.test>\r\nDATA\r\n");
        client.reply();
        client.reply();
        if (!client.reply().startsWith("354")) {
            throw new IOException("no 354");
        }
        return client;
    }

    @Override
    public void close() {
        server.close();
    }
}
