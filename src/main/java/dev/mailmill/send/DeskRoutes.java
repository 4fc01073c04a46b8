package dev.mailmill.send;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Fields;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Desk;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Intake;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Submission;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Takes accepted mail back, lets held mail go, sends mail again. */
public final class DeskRoutes implements Routes {
    private static final String MESSAGE = "/v1/messages/";
    private static final int ERRORS_MAX = 100;
    private static final int NAMED_MAX = 3;
    private static final Map<String, String> REPLAYED = Map.of("Idempotent-Replayed", "true");

    private final Spool spool;
    private final Desk desk;
    private final BiPredicate<String, Letter> mayTouch;
    private final MailboxReader mailboxes;

    /**
     * @param spool    knows whose message is meant, and its recipients
     * @param mayTouch whether a credential, by its id, may send what it acts on
     */
    public DeskRoutes(Spool spool, Desk desk, BiPredicate<String, Letter> mayTouch,
            Addresses addresses) {
        this.spool = spool;
        this.desk = desk;
        this.mayTouch = mayTouch;
        this.mailboxes = new MailboxReader(addresses);
    }

    @Override
    public void into(Router router) {
        router.post(MESSAGE + "{id}/cancel", "send", this::cancel)
                .post(MESSAGE + "{id}/release", "send", this::release)
                .post(MESSAGE + "{id}/resend", "send", this::resend);
    }

    /** What a request is about. @param whom empty where it names nobody */
    private record Asked(Spool.Sight sight, Optional<List<Delivery>> whom,
            Optional<Submission.Idempotency> key) {
        List<Delivery> named() {
            return whom.orElse(sight.deliveries());
        }

        Message message() {
            return sight.message();
        }
    }

    private Answer cancel(Exchange exchange) {
        Asked asked = asked(exchange, "cancel");
        return answer(asked, desk.cancel(asked.named(), asked.key()),
                ProblemType.NOT_CANCELLABLE, "Nothing could be cancelled: ");
    }

    private Answer release(Exchange exchange) {
        Asked asked = asked(exchange, "release");
        return answer(asked, desk.letGo(asked.message(), asked.named(), asked.key()),
                ProblemType.NOT_HELD, "Only what is held can be let go: ");
    }

    private Answer resend(Exchange exchange) {
        Asked asked = asked(exchange, "resend");
        List<Delivery> whom = asked.whom().orElseGet(() ->
                Desk.missed(asked.sight().deliveries()));
        Submission.Who who = new Submission.Who(exchange.caller().tenant(),
                exchange.caller().credential(), Door.API, "");
        return switch (desk.again(asked.message(), whom, who,
                exchange.caller().test(), asked.key())) {
            case Desk.Again.Asked(Admission admission) -> answer(asked, admission);
            case Desk.Again.NotNow(List<Delivery> open) -> throw open.isEmpty()
                    ? ProblemType.NOT_RESENDABLE.problem("Nobody has missed it: every recipient "
                            + "has it or may still get it. Name in to whom you send it again.")
                    : ProblemType.NOT_RESENDABLE.problem("It is still on its way: "
                            + words(open.stream().map(DeskRoutes::standing).toList())
                            + ". Cancel it first.");
            case Desk.Again.Gone() -> throw ProblemType.NOT_RESENDABLE.problem(
                    "Its content is not kept any more, so there is nothing to send.");
        };
    }

    private Asked asked(Exchange exchange, String what) {
        long id = Ids.parse(EventJson.MESSAGE, exchange.path("id"));
        Optional<Submission.Idempotency> key = SendRoutes.idempotency(exchange,
                MESSAGE + exchange.path("id") + "/" + what);
        Spool.Sight sight = Optional.of(id).filter(n -> n >= 0)
                .flatMap(n -> spool.find(exchange.caller().tenant(), n))
                .orElseThrow(ReadRoutes::unknown);
        if (exchange.caller().test() && !sight.message().options().test()) {
            // else it would send after all: mail of others that is held, or that failed
            throw ProblemType.MISSING_SCOPE.problem("A test key acts on the mail of test keys"
                    + " only. Use another key.");
        }
        if (!mayTouch.test(exchange.caller().credential(), sight.message().letter())) {
            throw ProblemType.DOMAIN_NOT_VERIFIED.problem("This key is kept to another domain than"
                    + " the message's From. Use another key.");
        }
        return new Asked(sight, exchange.body().length == 0 ? Optional.empty()
                : whom(Fields.of(exchange.json()), sight.deliveries()), key);
    }

    /** In the envelope's order, whatever the request's. */
    private Optional<List<Delivery>> whom(Fields in, List<Delivery> deliveries) {
        boolean given = in.value("to").isPresent();
        List<MailboxReader.Found> found = mailboxes.all(in, "to", Intake.recipientsMax);
        if (given && found.isEmpty() && in.value("to").get().isArray()) {
            in.wrong("to", "is empty; leave it out for all recipients");
        }
        Set<String> known = deliveries.stream()
                .map(d -> MessageReader.key(d.address(), d.domain())).collect(Collectors.toSet());
        Set<String> named = new HashSet<>();
        for (MailboxReader.Found f : found) {
            String key = MessageReader.key(f.address(), f.domain());
            if (!known.contains(key)) {
                in.wrong(f.path(), "is no recipient of this message");
            }
            named.add(key);
        }
        in.done();
        return given ? Optional.of(deliveries.stream().filter(d -> named.contains(
                MessageReader.key(d.address(), d.domain()))).toList()) : Optional.empty();
    }

    private static Answer answer(Asked asked, Spool.Acted acted, ProblemType none,
            String nothing) {
        return switch (acted) {
            case Spool.Acted.Done done when done.any() -> {
                ObjectNode body = JsonNodeFactory.instance.objectNode();
                body.put("id", Ids.text(EventJson.MESSAGE, asked.message().id()));
                ArrayNode recipients = body.putArray("recipients");
                done.standings().forEach(s -> recipients.addObject().put("to", s.address())
                        .put("state", s.state().word()));
                yield replayed(Answer.json(200, body), done.replayed());
            }
            case Spool.Acted.Done(List<Spool.Standing> standings, boolean _) ->
                    throw none.problem(nothing + words(standings) + ".",
                            errors(asked, standings));
            case Spool.Acted.Conflict() -> throw ProblemType.KEY_CONFLICT.problem(
                    "This idempotency key was used for another request within the last 24 hours;"
                            + " use a new key for a new request.");
        };
    }

    private static Answer replayed(Answer answer, boolean is) {
        return is ? new Answer(answer.status(), answer.type(), REPLAYED, answer.content())
                : answer;
    }

    private static List<Problem.FieldError> errors(Asked asked, List<Spool.Standing> standings) {
        List<Problem.FieldError> errors = new ArrayList<>();
        for (int i = 0; i < Math.min(standings.size(), ERRORS_MAX); i++) {
            int place = asked.sight().deliveries().indexOf(asked.named().get(i));
            errors.add(new Problem.FieldError("recipients/" + place, words(standings.get(i))));
        }
        return errors;
    }

    private static Spool.Standing standing(Delivery d) {
        return new Spool.Standing(d.address(), d.state(), false, false);
    }

    private static String words(List<Spool.Standing> standings) {
        String some = standings.stream().limit(NAMED_MAX).map(DeskRoutes::words)
                .collect(Collectors.joining("; "));
        int more = standings.size() - NAMED_MAX;
        return more > 0 ? some + "; and " + more + " more" : some;
    }

    private static String words(Spool.Standing s) {
        return s.address() + " is " + (s.underWay() ? s.state().word()
                + ", and an attempt is under way" : s.state().word())
                + (s.state() == State.HELD ? ", waiting to be let go" : "");
    }

    private static Answer answer(Asked asked, Admission admission) {
        return switch (admission) {
            case Admission.Accepted(List<Admission.Receipt> receipts, boolean replayed,
                    List<Admission.Remark> _) ->
                    replayed(Answer.json(202, SendRoutes.receipt(receipts.getFirst())
                            .put("resent_from", Ids.text(EventJson.MESSAGE,
                                    asked.message().id()))), replayed);
            case Admission.Refused(List<Refusal> refusals) -> throw refused(refusals);
        };
    }

    /** The fields that Intake names are the first request's: this one has no such. */
    private static Problem refused(List<Refusal> refusals) {
        Problem p = new Refusals(List.of(), List.of("")).problem(
                List.of(Refusal.of(refusals.getFirst().reason(), "",
                        refusals.getFirst().detail()).lasting(refusals.getFirst().lasts())));
        return new Problem(p.status(), p.slug(), p.title(), p.getMessage(), List.of(),
                p.headers());
    }
}
