package dev.mailmill.dashboard;

import dev.mailmill.account.People;
import dev.mailmill.account.Person;
import dev.mailmill.account.Right;
import dev.mailmill.account.Role;
import dev.mailmill.account.Tenant;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.oidc.Oidc;
import gg.jte.Content;
import java.util.Optional;
import java.util.stream.Collectors;

/** How people have to prove who they are: seen by owners and admins, decided by owners. */
final class SignInPolicyPages implements Routes {
    private static final String PATH = "/settings/sign-in";

    private final Gatekeeper gate;
    private final People people;
    private final Optional<Oidc> oidc;

    SignInPolicyPages(Gatekeeper gate, People people, Optional<Oidc> oidc) {
        this.gate = gate;
        this.people = people;
        this.oidc = oidc;
    }

    @Override
    public void into(Router router) {
        gate.get(router, PATH, Right.PEOPLE, v -> shown(200, v, "", ""));
        gate.post(router, PATH + "/totp", Right.SIGN_IN, this::require);
    }

    /** The provider as the settings have it, without its secret. */
    record Provider(String issuer, String client, String callback, String domains, String roles,
            String create) {
        static Provider of(Oidc oidc) {
            var s = oidc.settings();
            return new Provider(s.issuer().toString(), s.client(), oidc.callback().toString(),
                    String.join(", ", s.domains().stream().sorted().toList()),
                    s.roles().entrySet().stream().map(e -> e.getKey() + " → "
                            + e.getValue().word()).collect(Collectors.joining(", ")),
                    s.create().map(Role::word).orElse(""));
        }
    }

    /**
     * @param with     how many people have a second factor, of {@code all} that can log in by a
     *                 password
     * @param provider empty where none is set up, and for accounts that are not the operator's
     */
    record Model(boolean required, long with, long all, boolean selfHas, boolean may,
            Optional<Provider> provider, boolean operators, String done, String wrong) {
        Content howTo() {
            return Texts.rich("People can log in by your organization's provider. Register"
                    + " `/login/oidc/callback` of this server there, set"
                    + " `oidc-issuer`, `oidc-client-id` and `oidc-client-secret`,"
                    + " and restart.");
        }
    }

    private Answer shown(int status, Visit visit, String done, String wrong) {
        var able = people.list(visit.tenant()).stream()
                .filter(p -> p.hasPassword() && p.disabled().isEmpty()).toList();
        boolean operators = visit.tenant() == Tenant.FIRST;
        return gate.page(status, visit, "sign_in", Texts.t("Sign-in"), "settings", new Model(
                people.totpRequired(visit.tenant()), able.stream().filter(Person::totp).count(),
                able.size(), visit.person().totp(), Right.SIGN_IN.test(visit.person()),
                operators ? oidc.map(Provider::of) : Optional.empty(), operators, done, wrong));
    }

    private Answer require(Visit visit) {
        boolean required = visit.field("required").equals("yes");
        if (required && !visit.person().totp()) {
            return shown(409, visit, "", Texts.t("Set up your own second factor first."));
        }
        people.requireTotp(visit.tenant(), required);
        return shown(200, visit, required
                ? Texts.t("From now on everybody needs a second factor; who has none sets it up"
                        + " before anything else.")
                : Texts.t("From now on a second factor is everybody's own choice."), "");
    }
}
