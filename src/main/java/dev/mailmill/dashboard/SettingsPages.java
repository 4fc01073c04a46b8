package dev.mailmill.dashboard;

import dev.mailmill.account.People;
import dev.mailmill.account.People.Done;
import dev.mailmill.account.Person;
import dev.mailmill.account.Right;
import dev.mailmill.http.Answer;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.util.List;
import java.util.Optional;

/** The own account: password, second factor, sessions. */
final class SettingsPages implements Routes {
    private static final String TOTP = "/settings/totp";

    private final Gatekeeper gate;
    private final People people;
    private final Surroundings.Kept kept;

    SettingsPages(Gatekeeper gate, People people, Surroundings.Kept kept) {
        this.gate = gate;
        this.people = people;
        this.kept = kept;
    }

    @Override
    public void into(Router router) {
        gate.get(router, Gatekeeper.OWN_ACCOUNT, Right.SELF, v -> shown(200, v, Said.NOTHING));
        gate.post(router, "/settings/password", Right.SELF, this::password);
        gate.post(router, "/settings/sessions/{id}/end", Right.SELF, this::end);
        gate.post(router, "/settings/sessions/end", Right.SELF, this::endOthers);
        // a secret that no code was shown of changes nothing yet
        gate.postUnnoted(router, TOTP, Right.SELF, this::propose);
        gate.post(router, TOTP + "/confirm", Right.SELF, this::confirm);
        gate.post(router, TOTP + "/codes", Right.SELF, this::codes);
        gate.post(router, TOTP + "/off", Right.SELF, this::off);
    }

    /**
     * What the last form led to.
     *
     * @param done     a sentence about what was done; empty for none
     * @param field    that was wrong, and {@code wrong} why
     * @param proposal a secret to be put into an authenticator
     * @param codes    to be kept, shown once
     */
    record Said(String done, String field, String wrong, Optional<People.Proposal> proposal,
            List<String> codes) {
        static final Said NOTHING = new Said("", "", "", Optional.empty(), List.of());

        static Said done(String words) {
            return new Said(words, "", "", Optional.empty(), List.of());
        }

        static Said wrong(String field, String words) {
            return new Said("", field, words, Optional.empty(), List.of());
        }

        String wrong(String name) {
            return field.equals(name) ? wrong : "";
        }
    }

    /**
     * @param required whether everybody needs a second factor
     * @param confined whether nothing else opens until there is one
     * @param kept     how long mail is remembered here
     * @param proof    that the password was given, for the code behind it
     */
    record Model(Person self, List<People.Opened> sessions, int codesLeft, boolean required,
            boolean confined, Surroundings.Kept kept, String proof, Said said) {
        int passwordMin() {
            return People.PASSWORD_MIN;
        }

        /** Modules of the QR code as one path; the drawing has them in units. */
        Qr qr() {
            return Qr.of(said.proposal().orElseThrow().uri());
        }

        /** In groups of four, as people read them aloud. */
        String words() {
            return said.proposal().orElseThrow().words().replaceAll("(.{4})(?=.)", "$1 ");
        }
    }

    private Answer shown(int status, Visit visit, Said said) {
        // what a form has changed is not in the session that it came with
        Person self = people.find(visit.tenant(), visit.person().id()).orElse(visit.person());
        boolean required = people.totpRequired(visit.tenant());
        return gate.page(status, visit, "settings", Texts.t("Settings"), "settings",
                new Model(self, people.sessions(visit.session()),
                        self.totp() ? people.codesLeft(self) : 0, required,
                        visit.session().confined() && !self.totp(), kept,
                        said.proposal().map(_ -> people.setUp(visit.session())).orElse(""),
                        said));
    }

    private Answer password(Visit visit) {
        Done done = people.changePassword(Gatekeeper.from(visit.exchange()), visit.session(),
                visit.exchange().form().text("old"), visit.exchange().form().text("password"));
        return switch (done) {
            case Done.Ok(People.Session session) -> {
                Visit now = new Visit(visit.exchange(), session);
                yield gate.withSession(shown(200, now, Said.done(Texts.t(
                        "Your password is changed. All other sessions have ended."))), session);
            }
            case Done.Wrong(String field, String words) ->
                    shown(422, visit, Said.wrong(field, Texts.t(words)));
            case Done.NoLink(), Done.Code _ ->
                    throw new IllegalStateException("no link was asked for");
        };
    }

    private Answer end(Visit visit) {
        if (!people.end(visit.session(), visit.exchange().path("id"))) {
            throw ProblemType.NOT_FOUND.problem("That session has ended already.");
        }
        return shown(200, visit, Said.done(Texts.t("The session has ended.")));
    }

    private Answer endOthers(Visit visit) {
        int ended = people.endOthers(visit.session());
        return shown(200, visit, Said.done(Texts.plural(ended, "{0} other session has ended.",
                "{0} other sessions have ended.")));
    }

    private Answer propose(Visit visit) {
        if (visit.person().totp()) {
            return Answer.seeOther(Gatekeeper.OWN_ACCOUNT);
        }
        // whoever has stolen the session would else lock its owner out
        return unproven(visit).orElseGet(() -> shown(200, visit, new Said("", "", "",
                people.propose(visit.person()), List.of())));
    }

    private Answer confirm(Visit visit) {
        if (!people.settingUp(visit.session(), visit.field("proof"))) {
            return shown(422, visit, Said.wrong("totp", Texts.t("That took too long. Begin"
                    + " again.")));
        }
        Optional<List<String>> codes = people.confirm(visit.session(), visit.field("code"));
        if (codes.isEmpty()) {
            Optional<People.Proposal> proposal = people.proposal(visit.person());
            return proposal.isEmpty() ? shown(409, visit, Said.NOTHING)
                    : shown(422, visit, new Said("", "code", Texts.t("The code does not fit. Is the"
                            + " clock of your telephone right? Try the next one."), proposal,
                            List.of()));
        }
        return shown(200, visit, new Said(Texts.t("The second factor is on. All other sessions"
                + " have ended."), "", "", Optional.empty(), codes.get()));
    }

    private Answer codes(Visit visit) {
        return proven(visit).orElseGet(() -> shown(200, visit, new Said(Texts.t("The earlier"
                + " recovery codes have ended."), "", "", Optional.empty(),
                people.newCodes(visit.person()))));
    }

    private Answer off(Visit visit) {
        return proven(visit).orElseGet(() -> {
            people.dropFactor(visit.person());
            return people.totpRequired(visit.tenant()) ? Answer.seeOther(Gatekeeper.OWN_ACCOUNT)
                    : shown(200, visit, Said.done(Texts.t("The second factor is off.")));
        });
    }

    /** Whoever sits down at an open screen does not get further than it. */
    private Optional<Answer> proven(Visit visit) {
        if (!visit.person().totp()) {
            return Optional.of(shown(409, visit,
                    Said.wrong("totp", Texts.t("There is no second factor."))));
        }
        return unproven(visit);
    }

    private Optional<Answer> unproven(Visit visit) {
        return people.unproven(Gatekeeper.from(visit.exchange()), visit.person(), "totp",
                visit.exchange().form().text("old")).map(done -> done instanceof Done.Wrong(
                        String field, String words) ? shown(422, visit, Said.wrong(field,
                                Texts.t("The password {0}.", Texts.t(words)))) : null);
    }
}
