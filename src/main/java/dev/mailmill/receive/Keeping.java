package dev.mailmill.receive;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Ids;
import dev.mailmill.smtp.SmtpHandler.Transaction;
import dev.mailmill.verify.AuthResults;
import dev.mailmill.verify.Verifier;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongUnaryOperator;

/** Keeps mail for a tenant, with what could be proven of it above its own header. */
final class Keeping {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
            "EEE, d MMM uuuu HH:mm:ss Z", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final InboundStore store;
    private final Ids ids;
    private final LongUnaryOperator stream;
    private final Verifier verifier;
    private final String hostname;
    private final InstantSource clock;
    private final Runnable waits;

    /**
     * @param stream a tenant's usual one: facts belong to a stream
     * @param waits  hears that something is to be handed on
     */
    Keeping(InboundStore store, Ids ids, LongUnaryOperator stream, Verifier verifier,
            String hostname, InstantSource clock, Runnable waits) {
        this.store = store;
        this.ids = ids;
        this.stream = stream;
        this.verifier = verifier;
        this.hostname = hostname;
        this.clock = clock;
        this.waits = waits;
    }

    void office(long tenant, String address, Mail mail, Transaction transaction,
            InetAddress client) throws IOException {
        keep(new InboundRoute("", tenant, address, InboundRoute.Action.STORE, "",
                clock.instant()), address, mail, transaction, client);
    }

    void routed(InboundRoute route, String recipient, Mail mail, Transaction transaction,
            InetAddress client) throws IOException {
        keep(route, recipient, mail, transaction, client);
    }

    private void keep(InboundRoute route, String recipient, Mail mail, Transaction transaction,
            InetAddress client) throws IOException {
        String sender = transaction.from().sender().address();
        Judgement judgement = judged(mail, transaction, client);
        Instant now = clock.instant();
        String above = "Return-Path: <" + sender + ">\r\n" + judgement.field() + "Received: from "
                + transaction.helo() + " (" + client.getHostAddress() + ")\r\n by " + hostname
                + " with " + (transaction.extended() ? "ESMTP" : "SMTP")
                + (transaction.tls().isEmpty() ? "" : "S") + ";\r\n " + DATE.format(now) + "\r\n";
        // what somebody wrote in our name goes
        Body octets = new Topped(above.getBytes(StandardCharsets.UTF_8),
                AuthResults.cleaned(mail.header(), hostname), mail);
        boolean on = switch (route.action()) {
            case WEBHOOK, FORWARD -> true;
            case STORE, REJECT -> false;
        };
        store.keep(new Inbound(ids.next(1), route.tenant(), route.id(), route.pattern(),
                route.action(), route.target(), sender, recipient, mail.subject(),
                judgement.json(), octets.size(),
                on ? Inbound.State.WAITING : Inbound.State.KEPT, 0, now, ""),
                stream.applyAsLong(route.tenant()), octets);
        if (on) {
            waits.run();
        }
    }

    private Judgement judged(Mail mail, Transaction transaction, InetAddress client)
            throws IOException {
        byte[] header = mail.header();
        try (InputStream in = mail.octets().open()) {
            in.skipNBytes(Math.min(mail.octets().size(), header.length + 2L));
            return Judgement.of(hostname, verifier.verify(Optional.of(new Verifier.Client(client,
                    transaction.helo(), transaction.from().sender().address())), header, in));
        }
    }

    /** A mail with fields above its cleaned header. */
    private record Topped(byte[] above, byte[] header, Mail mail) implements Body {
        @Override
        public long size() {
            return above.length + mail.octets().size() + header.length - mail.header().length;
        }

        @Override
        public InputStream open() throws IOException {
            InputStream rest = mail.octets().open();
            rest.skipNBytes(mail.header().length);
            return new SequenceInputStream(new SequenceInputStream(
                    new ByteArrayInputStream(above), new ByteArrayInputStream(header)), rest);
        }
    }
}
