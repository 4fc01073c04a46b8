package dev.mailmill.dashboard;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Credential;
import dev.mailmill.account.Credential.Kind;
import dev.mailmill.domain.Domains;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.util.List;

/** How programs send through this server, ready to be pasted. */
final class ConnectPages implements Routes {
    private static final int LOOKED_THROUGH_MAX = 500;
    private static final String EXAMPLE = "me@example.com";

    private final Gatekeeper gate;
    private final Accounts accounts;
    private final Domains domains;
    private final Surroundings surroundings;

    ConnectPages(Gatekeeper gate, Accounts accounts, Domains domains, Surroundings surroundings) {
        this.gate = gate;
        this.accounts = accounts;
        this.domains = domains;
        this.surroundings = surroundings;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/connect", this::show);
    }

    /**
     * @param login  whether there is an SMTP login to fill in
     * @param domain whether {@code from} may send for real
     */
    record Model(Snippets.Place place, List<Snippets.Snippet> snippets, boolean login,
            boolean domain) {
        List<Snippets.Snippet> of(String group) {
            return snippets.stream().filter(s -> s.group().equals(group)).toList();
        }
    }

    private Answer show(Visit visit) {
        List<String> logins = accounts.list(visit.tenant(), Kind.SMTP, "", LOOKED_THROUGH_MAX)
                .reversed().stream().filter(c -> c.revoked().isEmpty())
                .map(Credential::id).toList();
        List<String> owned = domains.list(visit.tenant(), "", LOOKED_THROUGH_MAX).stream()
                .filter(SendingDomain::owned).map(SendingDomain::name).toList();
        Snippets.Place place = new Snippets.Place(surroundings.base().get().toString(),
                surroundings.smtpHost(), surroundings.submission().getAsInt(),
                surroundings.submissions().getAsInt(), surroundings.authority(),
                logins.isEmpty() ? "api" : logins.getFirst(),
                owned.isEmpty() ? EXAMPLE : "me@" + owned.getFirst());
        return gate.page(visit, "connect", "Connect", "connect", new Model(place,
                Snippets.of(place), !logins.isEmpty(), !owned.isEmpty()));
    }
}
