package dev.mailmill.dashboard;

import dev.mailmill.account.People;
import dev.mailmill.account.People.Done;
import dev.mailmill.account.Person;
import dev.mailmill.account.Role;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/** The own password, and for owners and admins the people. */
final class SettingsPages implements Routes {
    private static final Predicate<Person> MANAGES = p -> p.role().managesPeople();

    private final Gatekeeper gate;
    private final People people;
    private final Surroundings surroundings;

    SettingsPages(Gatekeeper gate, People people, Surroundings surroundings) {
        this.gate = gate;
        this.people = people;
        this.surroundings = surroundings;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/settings", v -> shown(200, v, Said.NOTHING));
        gate.post(router, "/settings/password", _ -> true, this::password);
        gate.post(router, "/settings/people", MANAGES, this::add);
        gate.post(router, "/settings/people/{id}/link", MANAGES, this::link);
        gate.post(router, "/settings/people/{id}/disable", MANAGES, v -> disable(v, true));
        gate.post(router, "/settings/people/{id}/enable", MANAGES, v -> disable(v, false));
    }

    /**
     * What the last form led to.
     *
     * @param done  a sentence about what was done; empty for none
     * @param link  to be handed to somebody, shown once; empty for none
     * @param field that was wrong, and {@code wrong} why
     */
    record Said(String done, String link, String field, String wrong, String email) {
        static final Said NOTHING = new Said("", "", "", "", "");

        String wrong(String name) {
            return field.equals(name) ? wrong : "";
        }
    }

    /** @param people empty when they are none of the visitor's business */
    record Model(Person self, List<Person> people, List<String> roles, Said said) {
        boolean managesPeople() {
            return self.role().managesPeople();
        }

        int passwordMin() {
            return People.PASSWORD_MIN;
        }

        /** Nobody shuts the door behind himself; an admin never shuts out an owner. */
        boolean mayDisable(Person person) {
            return !person.id().equals(self.id())
                    && (self.role() == Role.OWNER || person.role() != Role.OWNER);
        }
    }

    private Answer shown(int status, Visit visit, Said said) {
        Person self = visit.person();
        return gate.page(status, visit, "settings", "Settings", "settings", model(self, said));
    }

    private Model model(Person self, Said said) {
        List<String> roles = Arrays.stream(Role.values())
                .filter(r -> self.role() == Role.OWNER || r != Role.OWNER)
                .map(Role::word).toList();
        return new Model(self, self.role().managesPeople() ? people.list(self.tenant())
                : List.of(), roles, said);
    }

    private Answer password(Visit visit) {
        Done done = people.changePassword(visit.exchange().client(), visit.session(),
                visit.exchange().form().text("old"), visit.exchange().form().text("password"));
        return switch (done) {
            case Done.Ok(People.Session session) -> {
                Visit now = new Visit(visit.exchange(), session);
                yield gate.withSession(shown(200, now, new Said("Your password is changed. All "
                        + "other sessions have ended.", "", "", "", "")), session);
            }
            case Done.Wrong(String field, String words) ->
                    shown(422, visit, new Said("", "", field, words, ""));
            case Done.NoLink() -> throw new IllegalStateException("no link was asked for");
        };
    }

    private Answer add(Visit visit) {
        String email = visit.field("email");
        Role role = Role.of(visit.field("role")).orElse(Role.VIEWER);
        if (role == Role.OWNER && visit.person().role() != Role.OWNER) {
            throw onlyOwners();
        }
        return switch (people.add(visit.tenant(), email, visit.field("name"), role)) {
            case People.Adding.Added(Person added, String token) -> shown(200, visit, new Said(
                    added.email() + " is added as " + added.role().word() + ".", url(token), "",
                    "", ""));
            case People.Adding.Wrong(String field, String words) ->
                    shown(422, visit, new Said("", "", field, words, email));
        };
    }

    private Answer link(Visit visit) {
        Person person = other(visit);
        return shown(200, visit, new Said("A new password for " + person.email()
                + " can be set with this link. The old one works until then.",
                url(people.passwordLink(person)), "", "", ""));
    }

    private String url(String token) {
        return surroundings.base().get().resolve("welcome?token=" + token).toString();
    }

    private Answer disable(Visit visit, boolean disabled) {
        Person person = other(visit);
        people.disable(visit.tenant(), person.id(), disabled);
        return shown(200, visit, new Said(person.email() + (disabled
                ? " can't log in any more; open sessions have ended." : " can log in again."),
                "", "", "", ""));
    }

    private Person other(Visit visit) {
        Person person = people.find(visit.tenant(), visit.exchange().path("id"))
                .orElseThrow(() -> ProblemType.NOT_FOUND.problem("There is no such person here."));
        if (!model(visit.person(), Said.NOTHING).mayDisable(person)) {
            throw onlyOwners();
        }
        return person;
    }

    private static Problem onlyOwners() {
        return ProblemType.MISSING_ROLE.problem(
                "Owners are changed by owners, and nobody by themselves.");
    }
}
