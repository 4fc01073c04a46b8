package dev.mailmill.dashboard;

import dev.mailmill.account.People.Done;
import dev.mailmill.account.People.Invitation;
import dev.mailmill.account.People.LoggedIn;
import dev.mailmill.account.People;
import dev.mailmill.account.Right;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import gg.jte.Content;
import java.time.Duration;
import java.util.Optional;

/** In and out: login, the links that let people set a password, logout. */
final class SignInPages implements Routes {
    private final Gatekeeper gate;
    private final People people;
    private final boolean elsewhere;

    /** @param elsewhere whether an identity provider is set up */
    SignInPages(Gatekeeper gate, People people, boolean elsewhere) {
        this.gate = gate;
        this.people = people;
        this.elsewhere = elsewhere;
    }

    @Override
    public void into(Router router) {
        gate.openGet(router, "/login", this::showLogin);
        gate.openPost(router, "/login", this::login);
        gate.openPost(router, "/login/code", this::code);
        gate.postUnnoted(router, "/logout", Right.SELF, this::logout);
        gate.openGet(router, "/welcome", this::showWelcome);
        gate.openPost(router, "/welcome", this::welcome);
    }

    /**
     * @param wrong     empty when nothing was
     * @param elsewhere whether there is another way in
     */
    record LoginModel(String email, String next, String wrong, boolean elsewhere) {
        Content forgotten() {
            return Texts.rich("Forgotten? On the server, `./mailmill user passwd EMAIL`"
                    + " prints a link for a new password.");
        }
    }

    /** @param ticket proves that the password was right */
    record CodeModel(String ticket, String next, String wrong) {
        Content lost() {
            return Texts.rich("Both lost? An owner or admin can turn it off under Settings,"
                    + " or on the server `./mailmill user totp-off EMAIL`.");
        }
    }

    private Answer showLogin(Exchange exchange) {
        String next = Gatekeeper.next(exchange.query("next").orElse(""));
        return gate.session(exchange).isPresent() ? Answer.seeOther(next)
                : form(200, exchange, "", next, "");
    }

    private Answer form(int status, Exchange exchange, String email, String next, String wrong) {
        return gate.bare(status, exchange, "login", Texts.t("Log in"),
                new LoginModel(email, next, wrong, elsewhere));
    }

    private Answer login(Exchange exchange) {
        String email = exchange.form().text("email").strip();
        String next = Gatekeeper.next(exchange.form().text("next"));
        return switch (people.login(Gatekeeper.from(exchange), email,
                exchange.form().text("password"))) {
            case LoggedIn.Welcome(People.Session session) -> in(exchange, session, next);
            case LoggedIn.Code(String ticket) -> codeForm(200, exchange, ticket, next, "");
            case LoggedIn.Refused() -> form(401, exchange, email, next,
                    Texts.t("E-mail and password do not fit."));
            case LoggedIn.Wait(var left) -> form(429, exchange, email, next, tooMany(left))
                    .with("Retry-After", Long.toString(left.toSeconds() + 1));
        };
    }

    private static String tooMany(Duration left) {
        return Texts.t("Too many failed logins. Wait {0} s, then try again.",
                left.toSeconds() + 1);
    }

    /** The cookie that came along is replaced, and what it opened is closed. */
    private Answer in(Exchange exchange, People.Session session, String next) {
        gate.session(exchange).ifPresent(old -> people.logout(old.token()));
        return gate.withSession(Answer.seeOther(session.confined() ? Gatekeeper.OWN_ACCOUNT
                : next), session);
    }

    private Answer codeForm(int status, Exchange exchange, String ticket, String next,
            String wrong) {
        return gate.bare(status, exchange, "code", Texts.t("Log in"),
                new CodeModel(ticket, next, wrong));
    }

    private Answer code(Exchange exchange) {
        String ticket = exchange.form().text("ticket");
        String next = Gatekeeper.next(exchange.form().text("next"));
        return switch (people.code(Gatekeeper.from(exchange), ticket,
                exchange.form().text("code"))) {
            case LoggedIn.Welcome(People.Session session) -> in(exchange, session, next);
            case LoggedIn.Code(String again) -> codeForm(401, exchange, again, next, Texts.t(
                    "The code does not fit, or was used already. Wait for the next one."));
            case LoggedIn.Refused() -> form(401, exchange, "", next,
                    Texts.t("That took over 5 minutes. Log in again."));
            case LoggedIn.Wait(var left) -> codeForm(429, exchange, ticket, next, tooMany(left))
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
        Content another() {
            return Texts.rich("For another one, on the server: `./mailmill user passwd"
                    + " EMAIL`; before there is an owner, a restart prints one.");
        }

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
        return gate.bare(status, exchange, "welcome", Texts.t("Welcome"), new WelcomeModel(
                invitation.isPresent(), owner, token, address, field, wrong));
    }

    private Answer welcome(Exchange exchange) {
        String token = exchange.form().text("token");
        String email = exchange.form().text("email").strip();
        return switch (people.accept(Gatekeeper.from(exchange), token, email,
                exchange.form().text("password"))) {
            case Done.Ok(People.Session session) -> in(exchange, session, "/");
            case Done.Code(String ticket) ->
                    codeForm(200, exchange, ticket, "/", "");
            case Done.Wrong(String field, String words) ->
                    shown(exchange, token, email, field, words);
            case Done.NoLink() -> shown(exchange, token, email, "", "");
        };
    }
}
