package dev.mailmill.dashboard;

import dev.mailmill.account.People;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.oidc.Oidc;
import java.util.Optional;

/** To the identity provider and back. There are no such paths where none is set up. */
final class OidcPages implements Routes {
    private static final String COOKIE = "mailmill-away";

    private final Gatekeeper gate;
    private final People people;
    private final Optional<Oidc> oidc;

    OidcPages(Gatekeeper gate, People people, Optional<Oidc> oidc) {
        this.gate = gate;
        this.people = people;
        this.oidc = oidc;
    }

    @Override
    public void into(Router router) {
        oidc.ifPresent(provider -> {
            gate.openPost(router, "/login/oidc", e -> leave(provider, e));
            gate.openGet(router, "/login/oidc/callback", e -> back(provider, e));
        });
    }

    /** @param why in words for people */
    record Failed(String why) {
    }

    private Answer leave(Oidc provider, Exchange exchange) {
        return switch (provider.leave(Gatekeeper.next(exchange.form().text("next")))) {
            // the form's policy lets it post to us alone, and browsers hold redirects to that too
            case Oidc.Leaving.To(var place, var cookie) -> gate.bare(200, exchange, "oidc_leave",
                    Texts.t("Log in"), place.toASCIIString()).with("Set-Cookie",
                            gate.cookie(gate.cookieName(COOKIE), cookie,
                                    Oidc.AWAY_MAX.toSeconds()))
                    .with("Refresh", "0; url=" + place.toASCIIString());
            case Oidc.Leaving.Failed(var why) -> failed(exchange, 502, why);
        };
    }

    private Answer back(Oidc provider, Exchange exchange) {
        String cookie = exchange.cookie(gate.cookieName(COOKIE)).orElse("");
        return switch (provider.back(Gatekeeper.from(exchange), cookie,
                exchange.query("state").orElse(""), exchange.query("code").orElse(""),
                exchange.query("error").orElse(""))) {
            case Oidc.Back.Welcome(People.Session session, String next) -> {
                gate.session(exchange).ifPresent(old -> people.logout(old.token()));
                yield gate.withSession(Answer.seeOther(next), session);
            }
            case Oidc.Back.Failed(String why) -> failed(exchange, 403, why);
        };
    }

    private Answer failed(Exchange exchange, int status, String why) {
        return gate.bare(status, exchange, "oidc_failed", Texts.t("Log in"),
                new Failed(Texts.t(why)));
    }
}
