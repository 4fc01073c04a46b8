package dev.mailmill.exit;

import dev.mailmill.compose.WrittenParts;
import dev.mailmill.exit.HttpLine.Sent;
import dev.mailmill.exit.Service.Verdict;
import dev.mailmill.mail.Composer;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Outcome.Fault;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Transport.Attempt;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.Malformed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** One attempt over somebody's HTTP API: make the copy, ask leave, send, judge, note its number. */
final class ApiSender {
    private static final Logger LOG = LoggerFactory.getLogger(ApiSender.class);
    private static final Duration INTENT_AT_MOST = Duration.ofSeconds(30);
    private static final int TRANSCRIPT_MAX = 8 * 1024;
    private static final int REMOTE_MAX = 300;
    /** Nothing but ASCII: services differ in what else they take. */
    private static final Composer.PeerCapabilities PLAIN =
            new Composer.PeerCapabilities(false, false, 0, false, false);

    private final HttpLine line;
    private final ExitStore store;
    private final InstantSource clock;

    ApiSender(HttpLine line, ExitStore store, InstantSource clock) {
        this.line = line;
        this.store = store;
        this.clock = clock;
    }

    /**
     * How an exit did.
     *
     * @param failed the exit itself, and nothing was taken: another may have it
     * @param rest   before it is asked again; zero for none
     * @param remote the service's number of what it took; empty when it named none
     */
    record Tried(Outcome outcome, boolean failed, Duration rest, String remote) {
        Tried(Outcome outcome, boolean failed, Duration rest) {
            this(outcome, failed, rest, "");
        }

        static Tried ended(Outcome outcome) {
            return new Tried(outcome, false, Duration.ZERO);
        }
    }

    /** Empty when the service wants parts and the message has none to give. */
    Optional<Tried> attempt(Exits.Opened opened, Attempt attempt) {
        Service service = Service.of(opened.exit().kind());
        Message message = attempt.message();
        if (message.letter().has(Letter.REQUIRE_TLS)) {
            // RFC 8689 §4.2: no service says that it passes mail on under TLS only
            return Optional.of(Tried.ended(new Outcome.Bounced(Reply.local("5.7.30",
                    "the message needs REQUIRETLS, which " + opened.exit().kind().word()
                            + " does not offer"))));
        }
        try {
            if (!service.parts()) {
                return Optional.of(send(service, opened, attempt, null, bytes(attempt)));
            }
            Optional<Content.Written> parts = message.door() == Door.API
                    ? WrittenParts.of(message.letter()) : Optional.empty();
            return parts.map(w -> send(service, opened, attempt, w, null));
        } catch (Composer.Uncomposable e) {
            return Optional.of(Tried.ended(new Outcome.Failed(e.reply())));
        } catch (IOException e) {
            throw new StoreException(StoreException.Kind.DOWN, "a body can't be read", e);
        }
    }

    /** With the domain as A-label; what has a local part beyond ASCII stays as it is. */
    private static String plain(String address) {
        try {
            return Address.ofPath(address).aSpec();
        } catch (Malformed e) {
            return address;
        }
    }

    private static byte[] bytes(Attempt attempt) throws Composer.Uncomposable, IOException {
        Composer.Outgoing letter = attempt.compose(PLAIN);
        ByteArrayOutputStream out = new ByteArrayOutputStream((int) letter.size());
        out.writeBytes(letter.head());
        out.writeBytes(new byte[] {'\r', '\n'});
        try (InputStream in = letter.body().open()) {
            in.transferTo(out);
        }
        return out.toByteArray();
    }

    private Tried send(Service service, Exits.Opened opened, Attempt attempt,
            Content.Written written, byte[] bytes) {
        Message message = attempt.message();
        HttpLine.Request request = service.request(opened, new Service.Copy(
                attempt.delivery().id(), plain(attempt.delivery().address()),
                message.letter().authors().getFirst(), written, bytes,
                message.letter().messageId(), clock.instant()));
        String host = request.uri().getHost();
        if (request.body().length > service.bytesMax()) {
            return Tried.ended(new Outcome.Failed(new Reply(0, "5.3.4", "the request has "
                    + request.body().length + " octets, " + opened.exit().kind().word() + " takes "
                    + service.bytesMax(), host)));
        }
        attempt.askIntent();
        Sent sent = line.send(request, () -> attempt.awaitIntent(INTENT_AT_MOST));
        Tried tried = switch (sent) {
            case Sent.Forbidden() -> Tried.ended(new Outcome.Deferred(
                    Reply.local("4.3.0", "no longer ours to send"), Fault.RECIPIENT));
            case Sent.Unsent(String why) -> new Tried(new Outcome.Deferred(
                    new Reply(0, "4.4.1", why, host), Fault.LANE), true, Duration.ZERO);
            case Sent.Unanswered(String why) -> Tried.ended(new Outcome.Ambiguous(
                    new Reply(0, "4.4.2", why, host)));
            case Sent.Answered(HttpLine.Reply reply) -> judged(service, opened.exit(), reply,
                    host);
        };
        if (!(tried.outcome() instanceof Outcome.Relayed)) {
            attempt.conversation(transcript(request.uri(), request.body().length, sent));
        }
        return tried;
    }

    private static Tried judged(Service service, Exit exit, HttpLine.Reply reply,
            String host) {
        return switch (service.judge(reply)) {
            case Verdict.Taken(String remote) -> new Tried(new Outcome.Relayed(new Reply(
                    reply.status(), "", exit.kind().word() + " took it" + (remote.isEmpty() ? ""
                            : " as " + remote), host)), false, Duration.ZERO, remote);
            case Verdict.Bounced() ->
                    Tried.ended(new Outcome.Bounced(said(reply, "", host)));
            case Verdict.Unfit() -> Tried.ended(new Outcome.Failed(said(reply, "5.6.0", host)));
            case Verdict.Again() -> Tried.ended(new Outcome.Deferred(said(reply, "", host),
                    Fault.RECIPIENT));
            case Verdict.Unknown() ->
                    Tried.ended(new Outcome.Ambiguous(said(reply, "", host)));
            case Verdict.Later(Optional<Duration> after) -> new Tried(new Outcome.Deferred(
                    said(reply, "4.7.28", host), Fault.LANE), false,
                    after.orElse(Duration.ZERO));
            case Verdict.Fault(Optional<Duration> after) -> new Tried(new Outcome.Deferred(
                    said(reply, reply.status() == 401 || reply.status() == 403 ? "4.7.8" : "",
                            host), Fault.LANE), true, after.orElse(Duration.ZERO));
        };
    }

    /** Its webhooks are of no use without the number, but the mail is on its way all the same. */
    void note(Exit exit, String remote, Delivery delivery) {
        if (remote.isEmpty() || remote.length() > REMOTE_MAX) {
            return;
        }
        try {
            store.sent(exit.id(), Service.of(exit.kind()).key(remote, plain(delivery.address())),
                    delivery.id());
        } catch (StoreException e) {
            LOG.warn("What {} calls delivery {} could not be kept: {}", exit.name(),
                    delivery.id(), e.getMessage());
        }
    }

    private static Reply said(HttpLine.Reply reply, String enhanced, String host) {
        JsonNode json = reply.json();
        String words = "";
        for (String at : new String[] {"/errors/0/message", "/message", "/Message"}) {
            words = words.isEmpty() ? json.at(at).asString("") : words;
        }
        String after = reply.header("Retry-After").filter(v -> v.matches("\\d{1,6}"))
                .map(v -> " (retry after " + v + " s)").orElse("");
        return new Reply(reply.status(), enhanced, (words.isEmpty() ? reply.text() : words)
                + after, host);
    }

    /** Without a header: the key is in one. */
    private static String transcript(URI uri, int bytes, Sent sent) {
        String end = switch (sent) {
            case Sent.Answered(HttpLine.Reply r) -> "S: " + r.status() + " "
                    + String.join("\nS: ", r.text().lines().toList());
            case Sent.Unsent(String why) -> "-- not sent: " + why;
            case Sent.Unanswered(String why) -> "-- sent, " + why;
            case Sent.Forbidden() -> "-- given up before the last octet";
        };
        String all = "C: POST " + uri + " (" + bytes + " octets)\n" + end;
        return all.substring(0, Math.min(all.length(), TRANSCRIPT_MAX)) + "\n";
    }
}
