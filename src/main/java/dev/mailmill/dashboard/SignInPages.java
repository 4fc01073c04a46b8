package dev.mailmill.dashboard;

import dev.mailmill.account.People;
import dev.mailmill.account.People.Done;
import dev.mailmill.account.People.Invitation;
import dev.mailmill.account.People.LoggedIn;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.util.Optional;

/** In and out: login, the links that let people set a password, logout. */
final class SignInPages implements Routes {
    private final Gatekeeper gate;
    private final People people;

    SignInPages(Gatekeeper gate, People people) {
        this.gate = gate;
        this.people = people;
    }

    @Override
    public void into(Router router) {
        gate.openGet(router, "/login", this::showLogin);
        gate.openPost(router, "/login", this::login);
        gate.post(router, "/logout", _ -> true, this::logout);
        gate.openGet(router, "/welcome", this::showWelcome);
        gate.openPost(router, "/welcome", this::welcome);
    }

    /** @param wrong empty when nothing was */
    record LoginModel(String email, String next, String wrong) {
    }

    private Answer showLogin(Exchange exchange) {
        String next = Gatekeeper.next(exchange.query("next").orElse(""));
        return gate.session(exchange).isPresent() ? Answer.seeOther(next)
                : gate.bare(200, exchange, "login", "Log in", new LoginModel("", next, ""));
    }

    private Answer login(Exchange exchange) {
        String email = exchange.form().text("email").strip();
        String next = Gatekeeper.next(exchange.form().text("next"));
        return switch (people.login(exchange.client(), email, exchange.form().text("password"))) {
            case LoggedIn.Welcome(People.Session session) -> {
                // the cookie that came along is replaced, and what it opened is closed
                gate.session(exchange).ifPresent(old -> people.logout(old.token()));
                yield gate.withSession(Answer.seeOther(next), session);
            }
            case LoggedIn.Refused() -> gate.bare(401, exchange, "login", "Log in",
                    new LoginModel(email, next, "E-mail and password do not fit."));
            case LoggedIn.Wait(var left) -> gate.bare(429, exchange, "login", "Log in",
                    new LoginModel(email, next, "Too many failed logins. Wait "
                            + (left.toSeconds() + 1) + " s, then try again."))
                    .with("Retry-After", Long.toString(left.toSeconds() + 1));
        };
    }

    private Answer logout(Visit visit) {
        people.logout(visit.session().token());
        return gate.withoutSession(Answer.seeOther("/login"));
    }

    /**
     * @param usable false when the link was used, ended, or never was
     * @param owner  whether it makes the owner, who gives an address too
     */
    record WelcomeModel(boolean usable, boolean owner, String token, String email, String field,
            String wrong) {
        int passwordMin() {
            return People.PASSWORD_MIN;
        }

        String wrong(String name) {
            return field.equals(name) ? wrong : "";
        }
    }

    /** Looking uses nothing up: mail scanners and chat programs follow links too. */
    private Answer showWelcome(Exchange exchange) {
        return shown(exchange, exchange.query("token").orElse(""), "", "", "");
    }

    private Answer shown(Exchange exchange, String token, String email, String field,
            String wrong) {
        Optional<Invitation> invitation = people.invitation(token);
        boolean owner = invitation.isPresent() && invitation.get() instanceof Invitation.Owner;
        String address = invitation.isPresent()
                && invitation.get() instanceof Invitation.Of(var person) ? person.email() : email;
        int status = invitation.isEmpty() ? 410 : wrong.isEmpty() ? 200 : 422;
        return gate.bare(status, exchange, "welcome", "Welcome", new WelcomeModel(
                invitation.isPresent(), owner, token, address, field, wrong));
    }

    private Answer welcome(Exchange exchange) {
        String token = exchange.form().text("token");
        String email = exchange.form().text("email").strip();
        return switch (people.accept(token, email, exchange.form().text("password"))) {
            case Done.Ok(People.Session session) -> {
                gate.session(exchange).ifPresent(old -> people.logout(old.token()));
                yield gate.withSession(Answer.seeOther("/"), session);
            }
            case Done.Wrong(String field, String words) ->
                    shown(exchange, token, email, field, words);
            case Done.NoLink() -> shown(exchange, token, email, "", "");
        };
    }
}
