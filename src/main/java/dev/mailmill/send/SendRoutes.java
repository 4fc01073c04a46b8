package dev.mailmill.send;

import dev.mailmill.account.StreamNames;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Egress;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Fields;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Intake;
import dev.mailmill.mail.Stint;
import dev.mailmill.mail.Submission;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Takes mail: one message, or up to 1,000 that are accepted together or not at all. */
public final class SendRoutes implements Routes {
    static final String ONE = "/v1/messages";
    static final String BATCH = "/v1/messages/batch";
    /** Of a request over the message's limit, for what JSON adds. */
    private static final int JSON_BYTES_MAX = 1024 * 1024;
    static final int BATCH_MAX = 1_000;
    /** One call is one unit of the store's writer: more would keep the others waiting. */
    static final int BATCH_RECIPIENTS_MAX = Intake.recipientsMax;
    private static final int KEY_CHARS_MAX = 255;
    private static final String KEY = "Idempotency-Key";
    private static final String LIST = "messages";
    /** Of the server, not of this message: it stays true when a first answer is given again. */
    private static final String CAPTURES =
            "This server runs with delivery=capture: mail is kept and shown, not sent.";
    private static final String CAPTURES_SOME = "This server runs with delivery=capture: mail is"
            + " kept and shown, not sent, but for what the simulator answers.";
    private static final String TESTS = "This is a test key: mail is kept and shown, not sent.";

    private final MessageReader reader;
    private final Acceptance intake;
    private final int bodyBytesMax;
    private final Predicate<String> captures;
    private final Downloads.Fetcher fetcher;

    /** Intake, as this door sees it. */
    public interface Acceptance {
        /** All of them, durably, or none. */
        Admission accept(List<Submission> submissions,
                Optional<Submission.Idempotency> idempotency);

        /** What would become of them, without keeping them. */
        Admission check(List<Submission> submissions);

        /** What became of a request that had the key. */
        Optional<Admission> earlier(long tenant, Submission.Idempotency idempotency);

        static Acceptance of(Intake intake) {
            return new Acceptance() {
                @Override
                public Admission accept(List<Submission> submissions,
                        Optional<Submission.Idempotency> idempotency) {
                    return intake.accept(submissions, idempotency);
                }

                @Override
                public Admission check(List<Submission> submissions) {
                    return intake.check(submissions);
                }

                @Override
                public Optional<Admission> earlier(long tenant,
                        Submission.Idempotency idempotency) {
                    return intake.earlier(tenant, idempotency);
                }
            };
        }
    }

    /**
     * What the operator decides.
     *
     * @param messageBytesMax of one message, as it is written
     * @param captures        of recipient domains: whose mail ends here, which is told
     */
    public record Settings(int messageBytesMax, Predicate<String> captures) {
    }

    /**
     * @param egress fetches files that messages name
     * @param inside whether they may lie on addresses that strangers may not name
     */
    public SendRoutes(Addresses addresses, StreamNames streams, Acceptance intake, Egress egress,
            boolean inside, Settings settings) {
        this.fetcher = new Downloads.Fetcher(egress, inside ? Egress.Target.TRUSTED
                : Egress.Target.STRANGE, settings.messageBytesMax() / 4 * 3);
        this.reader = new MessageReader(addresses, streams, settings.messageBytesMax());
        this.intake = intake;
        this.bodyBytesMax = bodyBytesMax(settings.messageBytesMax());
        this.captures = settings.captures();
    }

    /** The largest request, for messages up to a size: base64 and what JSON adds. */
    public static int bodyBytesMax(int messageBytesMax) {
        return (int) (messageBytesMax * 7L / 5) + JSON_BYTES_MAX;
    }

    @Override
    public void into(Router router) {
        router.post(ONE, "send", bodyBytesMax, this::one)
                .post(BATCH, "send", bodyBytesMax, this::batch);
    }

    /** One request, read to its end. */
    private record Asked(List<MessageReader.Read> reads, List<Integer> counts,
            List<String> places, boolean dry) {
        List<Submission> submissions() {
            return reads.stream().map(MessageReader.Read::submission).toList();
        }

        Refusals refusals() {
            return new Refusals(reads, places);
        }
    }

    /**
     * Reads a request and takes it in. Files are fetched between two readings; the answer to a
     * request that was accepted before does not hang on whether they are still there.
     *
     * @param read throws what is wrong with the request
     */
    private Answer take(Exchange exchange, String path, Function<Downloads, Asked> read,
            BiFunction<Asked, Admission.Accepted, ObjectNode> body) {
        Optional<Submission.Idempotency> idempotency = idempotency(exchange, path);
        Downloads downloads = new Downloads();
        Asked asked = read.apply(downloads);
        Optional<Admission> earlier = Optional.empty();
        if (downloads.wanted()) {
            earlier = idempotency.flatMap(key ->
                    intake.earlier(exchange.caller().tenant(), key));
            if (earlier.isEmpty()) {
                downloads.fetch(fetcher);
                asked = read.apply(downloads);
            }
        }
        if (asked.dry()) {
            return dry(intake.check(asked.submissions()), asked.refusals());
        }
        Asked last = asked;
        return answer(exchange, earlier.orElseGet(() ->
                intake.accept(last.submissions(), idempotency)), last.refusals(),
                accepted -> body.apply(last, accepted));
    }

    private Answer one(Exchange exchange) {
        return take(exchange, ONE, downloads -> one(exchange, downloads), (asked, accepted) ->
                asked.reads().getFirst().inner().isEmpty() ? receipt(accepted, 0)
                        : eachReceipt(accepted, 0, asked.reads().size()));
    }

    private Asked one(Exchange exchange, Downloads downloads) {
        Fields in = Fields.of(exchange.json());
        List<MessageReader.Read> reads = reader.read(in, exchange.caller(), downloads);
        boolean dry = in.flag("dry_run", false);
        in.done();
        reader.fits(reads.getFirst(), "");
        return new Asked(reads, List.of(reads.size()), Collections.nCopies(reads.size(), ""),
                dry);
    }

    /** What would become of it; nothing is kept, so there are no ids. */
    private static Answer dry(Admission admission, Refusals refusals) {
        return switch (admission) {
            case Admission.Accepted accepted -> {
                ObjectNode node = JsonNodeFactory.instance.objectNode().put("dry_run", true);
                ArrayNode recipients = node.putArray("recipients");
                accepted.receipts().forEach(r -> r.copies().forEach(c -> recipients.addObject()
                        .put("to", c.address()).put("state", c.state().word())));
                warnings(node, accepted.remarks().stream()
                        .map(Admission.Remark::words).distinct().toList());
                yield Answer.json(200, node);
            }
            case Admission.Refused refused -> throw refusals.problem(refused.refusals());
        };
    }

    private Answer batch(Exchange exchange) {
        return take(exchange, BATCH, downloads -> batch(exchange, downloads),
                (asked, accepted) -> receipts(accepted, asked.reads(), asked.counts()));
    }

    private Asked batch(Exchange exchange, Downloads downloads) {
        JsonNode body = exchange.json();
        Fields in = body.isArray() ? Fields.ofList(body, LIST) : Fields.of(body);
        if (in.value(LIST).isEmpty()) {
            in.wrong(LIST, "is required: a list of 1 to " + BATCH_MAX + " messages");
        } else if (in.value(LIST).get().isArray() && in.value(LIST).get().isEmpty()) {
            in.wrong(LIST, "is empty; it must have 1 to " + BATCH_MAX + " messages");
        }
        List<MessageReader.Read> reads = new ArrayList<>();
        List<Integer> counts = new ArrayList<>();
        int recipients = 0;
        Stint stint = new Stint();
        for (Fields message : in.objects(LIST, BATCH_MAX)) {
            stint.pause();
            List<MessageReader.Read> some = reader.read(message, exchange.caller(),
                    downloads);
            reads.addAll(some);
            counts.add(some.size());
            recipients += some.stream().mapToInt(r -> r.origins().size()).sum();
        }
        if (recipients > BATCH_RECIPIENTS_MAX) {
            in.wrong(LIST, "name more than " + BATCH_RECIPIENTS_MAX + " recipients together");
        }
        in.done();
        List<String> places = new ArrayList<>(reads.size());
        for (int i = 0; i < counts.size(); i++) {
            for (int n = counts.get(i); n > 0; n--) {
                places.add(in.at(LIST + "/" + i));
                reader.fits(reads.get(places.size() - 1), places.getLast());
            }
        }
        return new Asked(reads, counts, places, false);
    }

    private Answer answer(Exchange exchange, Admission admission, Refusals refusals,
            Function<Admission.Accepted, ObjectNode> body) {
        return switch (admission) {
            case Admission.Accepted accepted -> {
                ObjectNode told = body.apply(accepted);
                if (exchange.caller().test()) {
                    told.put("note", TESTS);
                } else {
                    switch (accepted.share(captures)) {
                        case ALL -> told.put("note", CAPTURES);
                        case SOME -> told.put("note", CAPTURES_SOME);
                        case NONE -> { }
                    }
                }
                Answer plain = Answer.json(202, told);
                yield accepted.replayed()
                        ? new Answer(202, plain.type(), Map.of("Idempotent-Replayed", "true"),
                                plain.content())
                        : plain;
            }
            case Admission.Refused refused -> throw refusals.problem(refused.refusals());
        };
    }

    private static ObjectNode receipts(Admission.Accepted accepted,
            List<MessageReader.Read> reads, List<Integer> counts) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode data = body.putArray("data");
        int at = 0;
        for (int count : counts) {
            data.add(reads.get(at).inner().isEmpty() ? receipt(accepted, at)
                    : eachReceipt(accepted, at, count));
            at += count;
        }
        return body;
    }

    /** Of messages that one object asked for: an id for each recipient. */
    private static ObjectNode eachReceipt(Admission.Accepted accepted, int from, int count) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        ArrayNode recipients = node.putArray("recipients");
        Set<String> remarks = new LinkedHashSet<>();
        for (int i = from; i < from + count; i++) {
            Admission.Receipt receipt = accepted.receipts().get(i);
            for (Admission.Copy copy : receipt.copies()) {
                recipients.addObject().put("id", Ids.text(EventJson.MESSAGE, receipt.message()))
                        .put("to", copy.address()).put("state", copy.state().word());
            }
            remarks.addAll(accepted.remarks(i));
        }
        warnings(node, List.copyOf(remarks));
        return node;
    }

    private static void warnings(ObjectNode node, List<String> remarks) {
        if (!remarks.isEmpty()) {
            ArrayNode warnings = node.putArray("warnings");
            remarks.forEach(warnings::add);
        }
    }

    private static ObjectNode receipt(Admission.Accepted accepted, int index) {
        ObjectNode node = receipt(accepted.receipts().get(index));
        warnings(node, accepted.remarks(index));
        return node;
    }

    static ObjectNode receipt(Admission.Receipt receipt) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("id", Ids.text(EventJson.MESSAGE, receipt.message()));
        ArrayNode recipients = node.putArray("recipients");
        for (Admission.Copy copy : receipt.copies()) {
            recipients.addObject().put("to", copy.address()).put("state", copy.state().word());
        }
        return node;
    }

    /**
     * The hash covers what makes two requests the same: method, path and body, and whether it is a
     * test, or a letter would be taken for sent that a test had captured.
     */
    static Optional<Submission.Idempotency> idempotency(Exchange exchange, String path) {
        Optional<String> key = exchange.header(KEY);
        if (key.isEmpty()) {
            return Optional.empty();
        }
        String value = key.get();
        if (value.isEmpty() || value.length() > KEY_CHARS_MAX || !Texts.printable(value)) {
            String detail = "must be 1 to " + KEY_CHARS_MAX + " printable ASCII characters";
            throw ProblemType.INVALID.problem(KEY + " " + detail + ".",
                    List.of(new Problem.FieldError("header/" + KEY, detail)));
        }
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update((exchange.caller().test() ? "test POST " : "POST ")
                    .concat(path + "\n").getBytes(StandardCharsets.US_ASCII));
            return Optional.of(new Submission.Idempotency(value, sha.digest(exchange.body())));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
