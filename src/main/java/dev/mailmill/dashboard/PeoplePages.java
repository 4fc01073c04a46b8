package dev.mailmill.dashboard;

import dev.mailmill.account.People;
import dev.mailmill.account.Person;
import dev.mailmill.account.Right;
import dev.mailmill.account.Role;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.util.Arrays;
import java.util.List;

/** Who may come in, as what: for owners and admins. */
final class PeoplePages implements Routes {
    private static final String PEOPLE = "/settings/people";
    private static final String ONE = PEOPLE + "/{id}";

    private final Gatekeeper gate;
    private final People people;
    private final Surroundings surroundings;

    PeoplePages(Gatekeeper gate, People people, Surroundings surroundings) {
        this.gate = gate;
        this.people = people;
        this.surroundings = surroundings;
    }

    @Override
    public void into(Router router) {
        gate.get(router, PEOPLE, Right.PEOPLE, v -> shown(200, v, Said.NOTHING));
        gate.post(router, PEOPLE, Right.PEOPLE, this::add);
        gate.post(router, ONE + "/role", Right.PEOPLE, this::role);
        gate.post(router, ONE + "/link", Right.PEOPLE, this::link);
        gate.post(router, ONE + "/sessions/end", Right.PEOPLE, this::endSessions);
        gate.post(router, ONE + "/totp-off", Right.PEOPLE, this::dropFactor);
        gate.post(router, ONE + "/disable", Right.PEOPLE, v -> disable(v, true));
        gate.post(router, ONE + "/enable", Right.PEOPLE, v -> disable(v, false));
    }

    /**
     * What the last form led to.
     *
     * @param done  a sentence about what was done; empty for none
     * @param link  to be handed to somebody, shown once; empty for none
     * @param wrong a sentence; empty for nothing
     * @param email as it was typed
     */
    record Said(String done, String link, String wrong, String email) {
        static final Said NOTHING = new Said("", "", "", "");

        static Said done(String words) {
            return new Said(words, "", "", "");
        }
    }

    /** One line of the list. @param touchable whether the visitor may change this person */
    record Row(Person person, boolean touchable) {
        String state() {
            return person.disabled().isPresent() ? Texts.t("disabled")
                    : person.hasPassword() ? Texts.t("active") : Texts.t("invited");
        }

        String tone() {
            return person.disabled().isPresent() ? "bad" : person.hasPassword() ? "good" : "warn";
        }
    }

    /** @param roles that the visitor may give */
    record Model(List<Row> people, List<String> roles, Said said) {
    }

    private Answer shown(int status, Visit visit, Said said) {
        Person self = visit.person();
        List<String> roles = Arrays.stream(Role.values())
                .filter(r -> r != Role.OWNER || Right.OWNERS.test(self)).map(Role::word).toList();
        return gate.page(status, visit, "people", Texts.t("People"), "settings", new Model(
                people.list(visit.tenant()).stream().map(p -> new Row(p, touches(self, p)))
                        .toList(), roles, said));
    }

    /** Nobody shuts the door behind himself; an admin never touches an owner. */
    private static boolean touches(Person self, Person other) {
        return !other.id().equals(self.id())
                && (other.role() != Role.OWNER || Right.OWNERS.test(self));
    }

    private Answer add(Visit visit) {
        String email = visit.field("email");
        Role role = role(visit, visit.field("role"));
        return switch (people.add(visit.tenant(), email, visit.field("name"), role)) {
            case People.Adding.Added(Person added, String token) -> shown(200, visit, new Said(
                    Texts.t("{0} is added as {1}.", added.email(),
                            Texts.t(added.role().word())),
                    url(token), "", ""));
            case People.Adding.Wrong(String field, String words) -> shown(422, visit, new Said("",
                    "", (field.equals("email") ? Texts.t("E-mail") : Texts.t("Name")) + " "
                            + Texts.t(words) + ".", email));
        };
    }

    private static Role role(Visit visit, String word) {
        Role role = Role.of(word).orElse(Role.VIEWER);
        if (role == Role.OWNER && !Right.OWNERS.test(visit.person())) {
            throw onlyOwners();
        }
        return role;
    }

    private Answer role(Visit visit) {
        Person person = other(visit);
        Role role = role(visit, visit.field("role"));
        if (role == person.role()) {
            return shown(409, visit, new Said("", "", Texts.t("{0} is {1} already.",
                    person.email(), Texts.t(role.word())), ""));
        }
        return after(visit, people.role(person, role), Texts.t("{0} is {1} from now on and has to"
                + " log in again.", person.email(), Texts.t(role.word())));
    }

    private Answer after(Visit visit, People.Change change, String done) {
        return switch (change) {
            case DONE -> shown(200, visit, Said.done(done));
            case NOBODY -> throw nobody();
            case LAST_OWNER -> shown(409, visit, new Said("", "",
                    Texts.t("The last owner stays: without one nobody could make another."), ""));
        };
    }

    private Answer link(Visit visit) {
        Person person = other(visit);
        return shown(200, visit, new Said(Texts.t("A new password for {0} can be set with this"
                + " link. The old one works until then.", person.email()),
                url(people.passwordLink(person)), "", ""));
    }

    private String url(String token) {
        return surroundings.base().get().resolve("welcome?token=" + token).toString();
    }

    private Answer endSessions(Visit visit) {
        Person person = other(visit);
        people.endAll(person);
        return shown(200, visit, Said.done(
                Texts.t("All sessions of {0} have ended.", person.email())));
    }

    private Answer dropFactor(Visit visit) {
        Person person = other(visit);
        boolean done = people.dropFactor(person);
        return shown(done ? 200 : 409, visit, done ? Said.done(Texts.t("{0} logs in with the"
                + " password alone until a new second factor is set up.", person.email()))
                : new Said("", "", Texts.t("{0} has no second factor.", person.email()), ""));
    }

    private Answer disable(Visit visit, boolean disabled) {
        Person person = other(visit);
        return after(visit, people.disable(person, disabled), disabled
                ? Texts.t("{0} can't log in any more; open sessions have ended.", person.email())
                : Texts.t("{0} can log in again.", person.email()));
    }

    private Person other(Visit visit) {
        Person person = people.find(visit.tenant(), visit.exchange().path("id"))
                .orElseThrow(PeoplePages::nobody);
        if (!touches(visit.person(), person)) {
            throw onlyOwners();
        }
        return person;
    }

    private static Problem nobody() {
        return ProblemType.NOT_FOUND.problem("There is no such person here.");
    }

    private static Problem onlyOwners() {
        return ProblemType.MISSING_ROLE.problem(
                "Owners are changed by owners, and nobody by themselves.");
    }
}
