package dev.mailmill.exit;

import dev.mailmill.exit.ApiSender.Tried;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.mail.Composer;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Envelope;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.Transport;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.Malformed;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * One small mail through exactly one exit, to tell what it answers: tried once, never again, and by
 * nobody else. It is no message of an account: nothing of it is kept, so that a test of the way out
 * can't be taken for mail that was lost.
 */
public final class Probe {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(45);
    private static final Duration LIFE = Duration.ofMinutes(5);

    private final RoutedTransport ways;
    private final Around around;
    private final InstantSource clock;

    /**
     * What makes it a mail.
     *
     * @param stream  whose return path it has
     * @param id      a message's number
     * @param owns    whether a domain is the operator's account's
     * @param domains of the account, proven
     * @param reaches recipients that this server may send to
     */
    public record Around(Composer composer, Traffic traffic, Supplier<Stream> stream,
            LongSupplier id, Predicate<String> owns, Supplier<List<String>> domains,
            Predicate<Delivery> reaches) {
    }

    public Probe(RoutedTransport ways, Around around, InstantSource clock) {
        this.ways = ways;
        this.around = around;
        this.clock = clock;
    }

    /**
     * How it went.
     *
     * @param outcome in an event's word
     * @param remote  the service's own number; empty when it named none
     */
    record Told(String from, String to, String outcome, String remote, Reply reply) {
    }

    /** @param from empty for one at a domain that is verified there */
    Told send(Exits.Opened opened, String to, String from, String credential) {
        Address recipient = address(to, "to");
        Address sender = from.isEmpty() ? sender(opened.exit()) : address(from, "from");
        if (!around.owns().test(sender.domain())) {
            throw wrong("from", "The domain " + sender.domain() + " is not verified here.");
        }
        if (!opened.exit().verified(sender.domain())) {
            throw wrong("from", "The exit has no domain " + sender.domain()
                    + "; name it there first, or test from another.");
        }
        Message message = message(opened.exit(), sender, recipient, credential);
        Delivery delivery = new Delivery(message.id(), message.id(), message.tenant(),
                message.stream(), around.stream().get().carries(), recipient.spec(),
                recipient.domain(), "", "", State.QUEUED, 0, message.accepted(),
                message.accepted().plus(LIFE));
        if (!around.reaches().test(delivery)) {
            throw wrong("to", "MAILMILL_DELIVER_ONLY does not let this server send to "
                    + recipient.spec() + ".");
        }
        Tried tried = once(opened, new Once(ways.place(opened, delivery), delivery, message));
        return told(sender, recipient, tried);
    }

    private Message message(Exit exit, Address from, Address to, String credential) {
        Instant now = clock.instant();
        long id = around.id().getAsLong();
        Submission submission = new Submission(new Submission.Who(around.stream().get().tenant(),
                credential, Door.API, ""), around.stream().get(),
                new Envelope(from.spec(), "", "", List.of(new Envelope.Recipient(to.spec(),
                        to.domain(), "", ""))),
                new Content.Written(new Content.Mailbox("", from.spec()), List.of(),
                        List.of(new Content.Mailbox("", to.spec())), List.of(),
                        "Test of the exit " + exit.name(), "Mailmill has sent this to see whether"
                        + " its exit \"" + exit.name() + "\" (" + exit.kind().word()
                        + ") works.\nIt got here, so it does. Nobody needs to answer.\n", "",
                        List.of(new Content.Field("Auto-Submitted", "auto-generated")),
                        List.of()), Submission.Options.NONE);
        return switch (around.composer().prepare(submission, id, now)) {
            case Composer.Unfit(var refusal) -> throw wrong("", refusal.detail());
            case Composer.Ready(var letter) -> new Message(id, around.stream().get().tenant(),
                    around.stream().get().id(), Door.API, credential, now, from.spec(), "", "",
                    Submission.Options.NONE, letter);
        };
    }

    /** At the first domain that is both the exit's and ours. */
    private Address sender(Exit exit) {
        List<String> all = exit.domains().contains(Exit.ALL_DOMAINS) ? around.domains().get()
                : exit.domains();
        String domain = all.stream().filter(around.owns()).findFirst().orElseThrow(() ->
                wrong("from", "No domain of this exit is verified here: add it under Domains, or"
                        + " say from which address."));
        // RFC 5321 §4.5.1: each domain has this mailbox
        return address("postmaster@" + domain, "from");
    }

    private static Address address(String text, String field) {
        try {
            return Address.parse(text);
        } catch (Malformed e) {
            throw wrong(field, "\"" + text + "\" is no address: " + e.getMessage() + ".");
        }
    }

    private static Problem wrong(String field, String how) {
        return ProblemType.INVALID.problem(how, List.of(new Problem.FieldError(
                field.isEmpty() ? "" : "/" + field, how)));
    }

    private Tried once(Exits.Opened opened, Once attempt) {
        FutureTask<Tried> task = new FutureTask<>(() -> ways.probe(opened, attempt));
        Thread.ofVirtual().name("probe " + opened.exit().name()).start(task);
        try {
            return task.get(ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            task.cancel(true);
            return Tried.ended(new Outcome.Ambiguous(Reply.local("4.4.2", "no end within "
                    + ANSWER_WITHIN.toSeconds() + " s; it may have been taken")));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            task.cancel(true);
            return Tried.ended(new Outcome.Ambiguous(Reply.local("4.4.2", "this server stops")));
        } catch (ExecutionException e) {
            throw new IllegalStateException("the probe broke", e.getCause());
        }
    }

    private static Told told(Address from, Address to, Tried tried) {
        return switch (tried.outcome()) {
            case Outcome.Delivered(Reply r) -> new Told(from.spec(), to.spec(), "delivered",
                    tried.remote(), r);
            case Outcome.Relayed(Reply r) -> new Told(from.spec(), to.spec(), "relayed",
                    tried.remote(), r);
            case Outcome.Deferred(Reply r, _) -> new Told(from.spec(), to.spec(), "deferred", "",
                    r);
            case Outcome.Bounced(Reply r) -> new Told(from.spec(), to.spec(), "bounced", "", r);
            case Outcome.Failed(Reply r) -> new Told(from.spec(), to.spec(), "failed", "", r);
            case Outcome.Ambiguous(Reply r) -> new Told(from.spec(), to.spec(), "ambiguous", "",
                    r);
            case Outcome.Captured(), Outcome.Held _ ->
                    throw new IllegalStateException("no exit keeps mail");
        };
    }

    /** Nothing is stored, so nothing has to be awaited. */
    private final class Once implements Transport.Attempt {
        private final Delivery delivery;
        private final Message message;
        private final Traffic.Road road;

        Once(Transport.Site site, Delivery delivery, Message message) {
            this.road = around.traffic().road(site, delivery, message);
            this.delivery = delivery;
            this.message = message;
        }

        @Override
        public Delivery delivery() {
            return delivery;
        }

        @Override
        public Message message() {
            return message;
        }

        @Override
        public Traffic.Road road() {
            return road;
        }

        @Override
        public Composer.Outgoing compose(Composer.PeerCapabilities peer)
                throws Composer.Uncomposable {
            return around.composer().compose(message, delivery, peer);
        }

        @Override
        public void askIntent() {
            // there is no row to note it in
        }

        @Override
        public boolean awaitIntent(Duration atMost) {
            return true;
        }

        @Override
        public void conversation(String transcript) {
            // the reply says enough
        }
    }
}
