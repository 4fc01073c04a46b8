package dev.mailmill.submit;

import dev.mailmill.account.Login;
import dev.mailmill.account.Logins;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Envelope;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Submission;
import dev.mailmill.mime.Head;
import dev.mailmill.mime.Malformed;
import dev.mailmill.smtp.LogText;
import dev.mailmill.smtp.SmtpHandler;
import dev.mailmill.smtp.SmtpReply;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client at the SMTP door. */
final class SubmitHandler implements SmtpHandler {
    private static final Logger LOG = LoggerFactory.getLogger(SubmitHandler.class);
    /** A longer "user name" may be a secret in the wrong field, and is not logged. */
    private static final int LOGGED_USER_MAX = 40;
    /** {@link dev.mailmill.account.Logins}: who the secret belongs to. */
    private static final String ANY_USER = "api";

    private final SubmitDoor door;
    private final InetAddress client;
    private Login login;

    SubmitHandler(SubmitDoor door, InetAddress client) {
        this.door = door;
        this.client = client;
    }

    @Override
    public boolean trusted() {
        return byNetwork().isPresent();
    }

    /**
     * Asked anew for each message: a network may have been given, or taken away, since. The
     * narrowest says who it is, a credential's before the setting's.
     */
    private Optional<Login> byNetwork() {
        Optional<Logins.Networked> own = door.logins().network(client);
        int bits = door.settings().trusted().bits(client);
        if (own.isPresent() && own.get().bits() >= bits) {
            return own.map(Logins.Networked::login);
        }
        return bits < 0 ? Optional.empty() : Optional.of(door.logins().trustedNetwork());
    }

    @Override
    public LoginAnswer login(String user, String secret) {
        return login(user, user, secret);
    }

    /**
     * Mail programs write an address into the user's field of a token, and can't be told otherwise;
     * it is not looked at, for the key says who it is.
     */
    @Override
    public LoginAnswer bearer(String user, String token) {
        boolean anybody = user.isEmpty() || user.indexOf('@') >= 0;
        return login(user, anybody ? ANY_USER : user, token);
    }

    /**
     * @param user as the client says it
     * @param name as it is looked up
     */
    private LoginAnswer login(String user, String name, String secret) {
        Duration wait = door.backoff().wait(client, user);
        if (!wait.isZero()) {
            return new Unavailable("too many failed logins, wait " + (wait.toSeconds() + 1) + " s");
        }
        Optional<Login> found;
        try {
            found = door.logins().login(name, secret);
        } catch (StoreException e) {
            LOG.warn("a login could not be checked: {}", e.getMessage());
            return new Unavailable("credentials can't be read");
        }
        if (found.isEmpty()) {
            door.backoff().failed(client, user);
            LOG.info("login refused: user {} from {}", shown(user), client.getHostAddress());
            return new Denied();
        }
        door.backoff().granted(client, user);
        login = found.get();
        return new Granted();
    }

    static String shown(String user) {
        return user.length() > LOGGED_USER_MAX
                ? "(" + user.length() + " characters)" : LogText.clean(user);
    }

    @Override
    public void forget() {
        login = null;
    }

    @Override
    public SmtpReply mail(MailFrom from) {
        return Replies.SENDER_OK;
    }

    @Override
    public SmtpReply recipient(RcptTo to) {
        return Replies.recipient(to.recipient().address());
    }

    @Override
    public Sink data(Transaction transaction) {
        try {
            return new Incoming(door.bodies().draft(), door.settings().headerBytesMax(),
                    content -> submit(transaction, content));
        } catch (StoreException e) {
            LOG.warn("no room for a body: {}", e.getMessage());
            return new Refusing(Replies.of(e));
        }
    }

    /** Lets the message pass by and then says why. */
    private record Refusing(SmtpReply reply) implements Sink {
        @Override
        public void write(byte[] bytes, int offset, int length) {
            // not kept
        }

        @Override
        public SmtpReply done() {
            return reply;
        }

        @Override
        public void drop() {
            // nothing was kept
        }
    }

    private SmtpReply submit(Transaction transaction, Content.Raw content) {
        Optional<Login> as = Optional.ofNullable(login).or(this::byNetwork);
        if (as.isEmpty()) {
            content.body().discard();
            return Replies.NETWORK_GONE;
        }
        try {
            return submit(as.get(), transaction, content);
        } catch (WrongOrder e) {
            content.body().discard();
            return e.reply();
        } catch (IOException e) {
            content.body().discard();
            LOG.error("a body that was kept can't be read", e);
            return Replies.unavailable();
        }
    }

    private SmtpReply submit(Login as, Transaction transaction, Content.Raw content)
            throws WrongOrder, IOException {
        Orders orders = Orders.none(as);
        Optional<Submission.Idempotency> idempotency = Optional.empty();
        byte[] finished = content.head();
        try {
            if (Orders.in(content.head())) {
                Head head = Head.read(content.head());
                orders = Orders.read(head, as, door.streams());
                if (orders.key().isPresent()) {
                    idempotency = Optional.of(Sameness.of(orders.key().get(), as, transaction,
                            head, content));
                }
            }
            if (as.rewrite().isPresent()) {
                finished = ForeignFrom.rewritten(Head.read(content.head()), as.rewrite().get(),
                        domain -> door.ownership().owns(as.tenant(), domain)).bytes();
            }
        } catch (Malformed e) {
            LOG.debug("a header can't be read, which Intake tells: {}", e.getMessage());
        }
        Submission.Who who = new Submission.Who(as.tenant(), as.credential(), Door.SMTP,
                Trace.text(transaction, client, door.settings().hostname()));
        Content taken = new Content.Raw(finished, content.body());
        if (orders.fills().isPresent()) {
            taken = filled(finished, orders.fills().get());
            content.body().discard();
        }
        Submission submission = new Submission(who, orders.stream(), envelope(transaction),
                taken, orders.options().ofTest(as.test()));
        return Replies.of(door.inlet().accept(List.of(submission), idempotency),
                as.test() ? _ -> true : door.settings().captures());
    }

    private static Content filled(byte[] head, Orders.Template template) throws WrongOrder {
        try {
            return Filled.of(Head.read(head), template);
        } catch (Malformed e) {
            throw WrongOrder.unreadable(Orders.TEMPLATE, "the header can't be read: "
                    + e.getMessage());
        }
    }

    private static Envelope envelope(Transaction transaction) {
        MailFrom from = transaction.from();
        return new Envelope(from.sender().address(), from.envid(), from.ret(),
                transaction.recipients().stream()
                        .map(to -> new Envelope.Recipient(to.recipient().address(),
                                to.recipient().domain(), to.orcpt(), to.dsnNotify()))
                        .toList(), from.requireTls());
    }
}
