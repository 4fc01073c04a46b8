package dev.mailmill.dashboard;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.util.Arrays;
import java.util.List;

/** The error catalogue: each problem's type is the path of its page here. */
final class ErrorPages implements Routes {
    private final Gatekeeper gate;

    ErrorPages(Gatekeeper gate) {
        this.gate = gate;
    }

    @Override
    public void into(Router router) {
        gate.openGet(router, "/errors", exchange -> gate.publicPage(exchange, "errors",
                Texts.t("Errors"), 
                Arrays.stream(ProblemType.values()).map(Catalogue::of).toList()));
        gate.openGet(router, "/errors/{slug}", this::show);
    }

    private Answer show(Exchange exchange) {
        String slug = exchange.path("slug");
        ProblemType type = Arrays.stream(ProblemType.values())
                .filter(t -> t.slug().equals(slug)).findFirst()
                .orElseThrow(() -> ProblemType.NOT_FOUND.problem(
                        "No error of ours is called so; /errors lists them."));
        return gate.publicPage(exchange, "error", type.title(), Catalogue.of(type));
    }

    /** What the index shows. */
    static List<Catalogue> of(List<Catalogue> all, int hundred) {
        return all.stream().filter(c -> c.type().status() / 100 == hundred).toList();
    }
}
