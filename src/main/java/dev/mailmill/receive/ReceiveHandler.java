package dev.mailmill.receive;

import dev.mailmill.account.Tenant;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.StoreException;
import dev.mailmill.smtp.SmtpHandler;
import dev.mailmill.smtp.SmtpReply;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One server that brings mail. Nobody logs in here: the recipients decide what is taken. */
final class ReceiveHandler implements SmtpHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ReceiveHandler.class);
    private static final SmtpReply SENDER_OK =
            new SmtpReply(250, "2.1.0", "Sender noted; RCPT tells who gets it");
    private static final SmtpReply RECIPIENT_OK = new SmtpReply(250, "2.1.5", "Recipient ok");
    private static final SmtpReply TAKEN = new SmtpReply(250, "2.0.0", "Taken");
    private static final SmtpReply TOO_SOON = new SmtpReply(451, "4.5.0", "The delivery that this"
            + " is about is not over here yet; send it again in a minute");
    private static final SmtpReply LOOP = new SmtpReply(554, "5.4.6",
            "The mail has over 50 Received fields, so it goes in circles; it is not taken");
    private static final SmtpReply ENDLESS = new SmtpReply(552, "5.3.4",
            "The header is over 256 KB or 2,000 fields; it is not taken");
    private static final SmtpReply GONE = new SmtpReply(451, "4.3.0", "An address that RCPT took"
            + " is no more; nothing was taken: send it again, and RCPT tells which");
    private static final SmtpReply BUSY = new SmtpReply(452, "4.3.1",
            "Too much mail is being read at once; send it again in a few minutes");
    private static final Duration ROOM = Duration.ofSeconds(30);
    private static final Denied DENIED = new Denied();

    private final ReceiveDoor door;
    private final InetAddress client;

    ReceiveHandler(ReceiveDoor door, InetAddress client) {
        this.door = door;
        this.client = client;
    }

    @Override
    public boolean trusted() {
        return true;
    }

    @Override
    public boolean logins() {
        return false;
    }

    @Override
    public LoginAnswer login(String user, String secret) {
        return DENIED;
    }

    @Override
    public LoginAnswer bearer(String user, String token) {
        return DENIED;
    }

    @Override
    public void forget() {
        // nobody is known
    }

    @Override
    public SmtpReply mail(MailFrom from) {
        return SENDER_OK;
    }

    @Override
    public SmtpReply recipient(RcptTo to) {
        return door.places().of(to.recipient()) instanceof Place.Refused(SmtpReply why) ? why
                : RECIPIENT_OK;
    }

    @Override
    public Sink data(Transaction transaction) {
        return new Arriving(door.bodies().draft(), whole -> {
            // read once as octets, and once more as what was found in them
            long needed = 2 * whole.size();
            if (!door.room().enter(needed, ROOM)) {
                return BUSY;
            }
            try {
                return taken(transaction, whole);
            } catch (StoreException | IOException e) {
                LOG.warn("mail that arrived could not be taken: {}", e.getMessage());
                return Arriving.NOT_NOW;
            } finally {
                door.room().leave(needed);
            }
        });
    }

    /** All or nothing for the client: what was taken down twice counts once. */
    private SmtpReply taken(Transaction transaction, Body whole) throws IOException {
        Mail mail = Mail.of(whole);
        if (mail.hops() > Mail.HOPS_MAX) {
            return LOOP;
        }
        if (mail.endless()) {
            return ENDLESS;
        }
        List<Place> places = transaction.recipients().stream()
                .map(to -> door.places().of(to.recipient())).toList();
        if (places.stream().anyMatch(Place.Refused.class::isInstance)) {
            return GONE;
        }
        Set<List<Object>> done = new HashSet<>();
        boolean early = false;
        for (int i = 0; i < places.size(); i++) {
            String recipient = transaction.recipients().get(i).recipient().address();
            if (done.add(List.of(places.get(i), apart(places.get(i), recipient)))) {
                early |= taken(places.get(i), recipient, mail, transaction);
            }
        }
        return early ? TOO_SOON : TAKEN;
    }

    /** A pattern takes several addresses, and a program is told of each; a person got it twice. */
    private static String apart(Place place, String recipient) {
        return place instanceof Place.Routed(InboundRoute route)
                && route.action() != InboundRoute.Action.FORWARD
                ? recipient.toLowerCase(Locale.ROOT) : "";
    }

    /** @return whether it came too early */
    private boolean taken(Place place, String recipient, Mail mail, Transaction transaction)
            throws IOException {
        Keeping keeping = door.keeping();
        About.Took took = switch (place) {
            case Place.Copy(long delivery) -> door.about().copy(delivery, mail);
            case Place.Unsubscribe(long delivery) -> door.about().unsubscribe(delivery, mail);
            case Place.Reports() -> door.about().report(mail);
            case Place.Office(long tenant, String address) -> {
                keeping.office(tenant, address, mail, transaction, client);
                yield About.Took.YES;
            }
            case Place.Routed(InboundRoute route) -> {
                keeping.routed(route, recipient, mail, transaction, client);
                yield About.Took.YES;
            }
            case Place.Refused _ -> throw new IllegalStateException("it was asked for before");
        };
        if (took == About.Took.NOTHING) {
            // somebody may have to read it
            keeping.office(Tenant.FIRST, recipient, mail, transaction, client);
        }
        return took == About.Took.EARLY;
    }
}
