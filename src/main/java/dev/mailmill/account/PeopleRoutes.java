package dev.mailmill.account;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Fields;
import dev.mailmill.http.Paging;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.net.URI;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code /v1/users}: the operator's alone. A key with the scope {@code admin} could else make
 * itself an owner.
 */
public final class PeopleRoutes implements Routes {
    private static final String OPERATOR = "*";
    private static final int TEXT_MAX = 254;

    private final People people;
    private final Supplier<URI> base;

    /** @param base where the pages are, with a slash at the end */
    public PeopleRoutes(People people, Supplier<URI> base) {
        this.people = people;
        this.base = base;
    }

    @Override
    public void into(Router router) {
        router.post("/v1/users", OPERATOR, this::add)
                .get("/v1/users", OPERATOR, this::list)
                .post("/v1/users/{email}/link", OPERATOR, this::link)
                .delete("/v1/users/{email}/totp", OPERATOR, this::dropFactor);
    }

    private Answer add(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        String email = fields.needText("email", TEXT_MAX);
        String name = fields.text("name", TEXT_MAX).orElse("");
        String word = fields.text("role", TEXT_MAX).orElse(Role.DEVELOPER.word());
        Optional<Role> role = Role.of(word);
        if (role.isEmpty()) {
            fields.wrong("role", "must be one of: " + String.join(", ",
                    Arrays.stream(Role.values()).map(Role::word).toList()));
        }
        fields.done();
        return switch (people.add(exchange.caller().tenant(), email, name, role.orElseThrow())) {
            case People.Adding.Added(Person person, String token) ->
                    Answer.json(201, shown(person).put("link", link(token)));
            case People.Adding.Wrong(String field, String words) ->
                    throw ProblemType.INVALID.problem("/" + field + " " + words + ".",
                            List.of(new Problem.FieldError("/" + field, words)));
        };
    }

    private Answer list(Exchange exchange) {
        return Paging.answer(people.list(exchange.caller().tenant()).stream()
                .map(PeopleRoutes::shown).toList(), Optional.empty());
    }

    private Answer link(Exchange exchange) {
        Person person = known(exchange);
        return Answer.json(201, shown(person).put("link", link(people.passwordLink(person))));
    }

    /** For who has lost the authenticator and the recovery codes. */
    private Answer dropFactor(Exchange exchange) {
        Person person = known(exchange);
        if (!people.dropFactor(person)) {
            throw ProblemType.CONFLICT.problem(person.email() + " has no second factor.");
        }
        return Answer.nothing();
    }

    private Person known(Exchange exchange) {
        return people.findByEmail(exchange.caller().tenant(), exchange.path("email"))
                .filter(p -> p.disabled().isEmpty())
                .orElseThrow(() -> ProblemType.NOT_FOUND.problem(
                        "Nobody here has this address; ./mailmill user list shows who is."));
    }

    private String link(String token) {
        return base.get().resolve("welcome?token=" + token).toString();
    }

    private static ObjectNode shown(Person person) {
        return JsonNodeFactory.instance.objectNode().put("id", person.id())
                .put("email", person.email()).put("name", person.name())
                .put("role", person.role().word()).put("has_password", person.hasPassword())
                .put("totp", person.totp())
                .put("created_at", person.created().toString())
                .put("disabled_at", person.disabled().map(Instant::toString).orElse(null));
    }
}
