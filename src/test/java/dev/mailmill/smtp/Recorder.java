package dev.mailmill.smtp;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Stands behind a session in tests: keeps what it took, and does what special names ask for. */
final class Recorder implements SmtpHandler {
    record Taken(Transaction transaction, byte[] content) {
    }

    /** Hands the recorder of each new connection to the test. */
    static final class Desk implements SmtpHandler.Factory {
        final BlockingQueue<Recorder> opened = new LinkedBlockingQueue<>();
        private final boolean trusted;

        Desk(boolean trusted) {
            this.trusted = trusted;
        }

        @Override
        public SmtpHandler open(InetAddress client) {
            Recorder recorder = new Recorder(trusted, client);
            opened.add(recorder);
            return recorder;
        }
    }

    private final boolean trusted;
    final InetAddress client;
    final List<Taken> taken = new ArrayList<>();
    int logins;
    int dropped;

    Recorder(boolean trusted, InetAddress client) {
        this.trusted = trusted;
        this.client = client;
    }

    @Override
    public boolean trusted() {
        return trusted;
    }

    @Override
    public LoginAnswer login(String user, String secret) {
        logins++;
        return switch (user) {
            case "down" -> new Unavailable("credentials can't be read");
            case "crash" -> throw new IllegalStateException("asked for by the test");
            default -> user.equals("alice") && secret.equals("secret")
                    || user.equals("j\u00f6rg") && secret.equals("gr\u00fcn")
                    ? new Granted() : new Denied();
        };
    }

    @Override
    public LoginAnswer bearer(String user, String token) {
        logins++;
        return switch (user) {
            case "down" -> new Unavailable("credentials can't be read");
            case "crash" -> throw new IllegalStateException("asked for by the test");
            default -> List.of("", "api", "alice", "alice@ours.test", "a,b=c").contains(user)
                    && token.equals("mm_secret") ? new Granted() : new Denied();
        };
    }

    @Override
    public void forget() {
        logins = 0;
    }

    @Override
    public SmtpReply mail(MailFrom from) {
        return switch (local(from.sender())) {
            case "crash" -> throw new IllegalStateException("asked for by the test");
            case "stranger" -> new SmtpReply(550, "5.7.1", "This sender is not yours");
            default -> new SmtpReply(250, "2.1.0", "Sender ok");
        };
    }

    @Override
    public SmtpReply recipient(RcptTo to) {
        return switch (local(to.recipient())) {
            case "crash" -> throw new IllegalStateException("asked for by the test");
            case "unknown" -> new SmtpReply(550, "5.1.1", "No such recipient");
            case "later" -> new SmtpReply(451, "4.3.0", "Not now");
            default -> new SmtpReply(250, "2.1.5", "Recipient ok");
        };
    }

    private static String local(EnvelopeAddress address) {
        return address.address().replaceFirst("@[^@]*$", "");
    }

    @Override
    public synchronized Sink data(Transaction transaction) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        return new Sink() {
            @Override
            public void write(byte[] b, int offset, int length) {
                if (local(transaction.from().sender()).equals("writefails")) {
                    throw new IllegalStateException("asked for by the test");
                }
                bytes.write(b, offset, length);
            }

            @Override
            public SmtpReply done() {
                synchronized (Recorder.this) {
                    taken.add(new Taken(transaction, bytes.toByteArray()));
                    return switch (local(transaction.from().sender())) {
                        case "breaks" -> throw new IllegalStateException("asked for by the test");
                        case "full" -> new SmtpReply(452, "4.3.1", "No room");
                        default -> new SmtpReply(250, "2.0.0", "queued as " + taken.size());
                    };
                }
            }

            @Override
            public void drop() {
                synchronized (Recorder.this) {
                    dropped++;
                }
            }
        };
    }

    synchronized List<Taken> taken() {
        return List.copyOf(taken);
    }
}
