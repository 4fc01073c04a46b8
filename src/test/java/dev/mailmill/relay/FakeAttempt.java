package dev.mailmill.relay;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Composer;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.FreeRoad;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.mail.Transport;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** An attempt at a recipient, whose intent is noted at once unless told otherwise. */
public final class FakeAttempt implements Transport.Attempt {
    private static final Instant WHEN = Instant.parse("2026-11-23T12:00:00Z");

    private final Delivery delivery;
    private final Message message;
    private final byte[] head;
    private final Body body;
    private boolean ours = true;
    private boolean eightBit;
    private boolean utf8;
    private String mailFrom = "bounce@sender.test";
    private Composer.Uncomposable uncomposable;
    private String conversation = "";
    private int intents;
    private int composed;

    private FakeAttempt(String to, String head, Body body, String orcpt, String notify) {
        this(to, head, body, orcpt, notify, 0);
    }

    private FakeAttempt(String to, String head, Body body, String orcpt, String notify,
            int traits) {
        String domain = to.substring(to.lastIndexOf('@') + 1);
        this.head = head.getBytes(StandardCharsets.UTF_8);
        this.body = body;
        this.delivery = new Delivery(1, 1, 1, 1, TrafficClass.TRANSACTIONAL, to, domain, orcpt,
                notify, State.QUEUED, 0, WHEN, WHEN.plusSeconds(3600));
        this.message = new Message(1, 1, 1, Door.values()[0], "key", WHEN, "me@sender.test", "E+1",
                "HDRS", Submission.Options.NONE, new Letter(this.head, body, traits, "s", "<m@x>",
                List.of("me@sender.test")));
    }

    public static FakeAttempt to(String address) {
        return with(address, "Hello.\r\n");
    }

    public static FakeAttempt with(String address, String body) {
        return with(address, Body.of(body.getBytes(StandardCharsets.ISO_8859_1)));
    }

    public static FakeAttempt with(String address, Body body) {
        return new FakeAttempt(address, "From: <me@sender.test>\r\nSubject: test\r\n", body, "",
                "");
    }

    static FakeAttempt withDsn(String address, String orcpt, String notify) {
        return new FakeAttempt(address, "From: <me@sender.test>\r\n",
                Body.of("Hi\r\n".getBytes(StandardCharsets.US_ASCII)), orcpt, notify);
    }

    /** At a delivery of one's own making. */
    public static FakeAttempt of(Message message, Delivery delivery) {
        return new FakeAttempt(message, delivery);
    }

    private FakeAttempt(Message message, Delivery delivery) {
        this.message = message;
        this.delivery = delivery;
        this.head = message.letter().head();
        this.body = message.letter().body();
    }

    /** With one more header field. */
    static FakeAttempt saying(String address, String field) {
        return new FakeAttempt(address, "From: <me@sender.test>\r\n" + field + "\r\n",
                Body.of("Hi\r\n".getBytes(StandardCharsets.US_ASCII)), "", "");
    }

    /** Handed in with REQUIRETLS. */
    static FakeAttempt requiringTls(String address) {
        return new FakeAttempt(address, "From: <me@sender.test>\r\n",
                Body.of("Hi\r\n".getBytes(StandardCharsets.US_ASCII)), "", "",
                Letter.REQUIRE_TLS);
    }

    public FakeAttempt notOurs() {
        ours = false;
        return this;
    }

    FakeAttempt eightBit() {
        eightBit = true;
        return this;
    }

    FakeAttempt utf8() {
        utf8 = true;
        return this;
    }

    FakeAttempt from(String address) {
        mailFrom = address;
        return this;
    }

    public FakeAttempt uncomposable(Composer.Uncomposable why) {
        uncomposable = why;
        return this;
    }

    public String conversation() {
        return conversation;
    }

    public int intents() {
        return intents;
    }

    public int composed() {
        return composed;
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
        return new FreeRoad(delivery.domain());
    }

    @Override
    public Composer.Outgoing compose(Composer.PeerCapabilities peer)
            throws Composer.Uncomposable {
        composed++;
        if (uncomposable != null) {
            throw uncomposable;
        }
        return new Composer.Outgoing(mailFrom, delivery.address(), head, body, eightBit, utf8);
    }

    @Override
    public void askIntent() {
        intents++;
    }

    @Override
    public boolean awaitIntent(Duration atMost) {
        return ours;
    }

    @Override
    public void conversation(String transcript) {
        conversation = transcript;
    }
}
