package dev.mailmill.exit;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Paging;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.util.Optional;

/**
 * {@code /v1/exits} and {@code /v1/routes}: the operator's alone, since what is named here is
 * connected without asking the address policy, and carries every tenant's mail.
 */
public final class ExitRoutes implements Routes {
    private static final String OPERATOR = "*";

    private final ExitDesk desk;

    public ExitRoutes(ExitDesk desk) {
        this.desk = desk;
    }

    @Override
    public void into(Router router) {
        router.get("/v1/exits", OPERATOR, _ -> Paging.answer(desk.exits(), Optional.empty()))
                .post("/v1/exits", OPERATOR, e -> Answer.json(201, desk.create(e.json())))
                .get("/v1/exits/{name}", OPERATOR, e -> Answer.json(200, desk.exit(name(e))))
                .patch("/v1/exits/{name}", OPERATOR,
                        e -> Answer.json(200, desk.change(name(e), e.json())))
                .delete("/v1/exits/{name}", OPERATOR, e -> {
                    desk.remove(name(e));
                    return Answer.nothing();
                })
                .post("/v1/exits/{name}/test", OPERATOR, e -> Answer.json(200,
                        desk.test(name(e), e.json(), e.caller().credential())))
                .get("/v1/routes", OPERATOR,
                        _ -> Paging.answer(desk.routes(), Optional.empty()))
                .post("/v1/routes", OPERATOR, e -> Answer.json(200, desk.set(e.json())))
                .delete("/v1/routes/{name}", OPERATOR, e -> {
                    desk.removeRoute(name(e));
                    return Answer.nothing();
                });
    }

    private static String name(Exchange exchange) {
        return exchange.path("name");
    }
}
