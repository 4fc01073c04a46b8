package dev.mailmill.dashboard;

import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.util.List;

/** The API's reference, for whoever may come to use it: it says nothing of anybody. */
final class ReferencePages implements Routes {
    private final Gatekeeper gate;
    private final Surroundings surroundings;
    private final Reference reference = Reference.read();

    ReferencePages(Gatekeeper gate, Surroundings surroundings) {
        this.gate = gate;
        this.surroundings = surroundings;
    }

    /** @param base of the examples' addresses */
    record Model(List<Reference.Group> groups, String base) {
    }

    @Override
    public void into(Router router) {
        gate.openGet(router, "/docs/api", exchange -> gate.publicPage(exchange, "api",
                Texts.t("API reference"),
                new Model(reference.groups(), surroundings.base().get().toString())));
    }
}
