package dev.mailmill.exit;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Egress;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code POST /hooks/exits/{id}}: services tell what became of what they took. Their own signature
 * is the key. What is not proven learns nothing, not even whether there is such an exit.
 */
public final class HookRoutes implements Routes {
    private static final Logger LOG = LoggerFactory.getLogger(HookRoutes.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final int BODY_BYTES_MAX = 2 << 20;
    private static final int AGAIN_SECONDS = 30;
    /** A webhook names the place, however Amazon's it looks. */
    private static final Egress.Limits FETCH = new Egress.Limits(Egress.Target.STRANGE, 64 * 1024,
            Duration.ofSeconds(10));

    private final Exits exits;
    private final Ear ear;
    private final Egress egress;
    private final Proofs proofs = new Proofs(this::fetched);
    /** Calls that are obeyed at this moment: their names are not stored yet. */
    private final Set<String> running = ConcurrentHashMap.newKeySet();

    /** What a proven word does to a delivery. */
    @FunctionalInterface
    public interface Ear {
        /** As {@link Spool#told}. */
        Spool.Told told(long delivery, State next, Reply reply);
    }

    /** @param egress fetches what Amazon's signatures are checked with */
    public HookRoutes(Exits exits, Ear ear, Egress egress) {
        this.exits = exits;
        this.ear = ear;
        this.egress = egress;
    }

    @Override
    public void into(Router router) {
        router.openPost("/hooks/exits/{id}", BODY_BYTES_MAX, this::hear);
    }

    private Answer hear(Exchange call) {
        Optional<Exits.Opened> found = exits.withId(call.path("id"));
        if (found.isEmpty()) {
            throw unproven();
        }
        Exits.Opened opened = found.get();
        JsonNode body;
        try {
            // whatever its type says: Amazon's is text/plain
            body = JSON.readTree(call.body());
        } catch (JacksonException e) {
            throw unproven();
        }
        String token = proofs.of(opened, new Proofs.Call(call::header, call.body(), body),
                exits.clock().instant()).orElseThrow(HookRoutes::unproven);
        String id = opened.exit().id();
        if (!running.add(id + " " + token)) {
            throw ProblemType.CONFLICT.problem("This call is being answered already.");
        }
        try {
            if (exits.store().heard(id, token)) {
                throw ProblemType.CONFLICT.problem("This call was obeyed before.");
            }
            obey(opened, body);
            exits.store().hear(id, token);
            return Answer.nothing();
        } finally {
            running.remove(id + " " + token);
        }
    }

    private void obey(Exits.Opened opened, JsonNode body) {
        if (opened.exit().kind() == Exit.Kind.SES
                && body.path("Type").asString("").equals("SubscriptionConfirmation")) {
            confirm(opened.exit(), body.path("SubscribeURL").asString(""));
            return;
        }
        List<Hooks.Heard> heard = Hooks.read(opened.exit().kind(), body);
        int known = 0;
        boolean early = false;
        for (Hooks.Heard one : heard) {
            Optional<Long> delivery = exits.store().delivery(opened.exit().id(), one.remote());
            if (delivery.isEmpty()) {
                continue;
            }
            known++;
            switch (ear.told(delivery.get(), one.next(), one.reply())) {
                case SETTLED, OVER, UNKNOWN -> { }
                case TOO_EARLY -> early = true;
            }
        }
        if (early) {
            throw ProblemType.BUSY.problem("The attempt has not ended here yet; say it again.",
                    AGAIN_SECONDS);
        }
        // an account that other programs send with too tells us of their mail as well: of one call
        // some may be ours
        if (known == 0 && !heard.isEmpty()) {
            throw ProblemType.NOT_FOUND.problem("Nothing of this was sent from here.");
        }
    }

    /** Only where Amazon itself says so (CVE-2026-32096 was another host's URL fetched here). */
    private void confirm(Exit exit, String url) {
        Optional<URI> uri = Proofs.amazons(url);
        if (uri.isEmpty() || fetched(uri.get()).isEmpty()) {
            throw ProblemType.INVALID.problem("The subscription could not be confirmed.");
        }
        LOG.info("Amazon sends notifications for exit {} from now on", exit.name());
    }

    private Optional<byte[]> fetched(URI uri) {
        return egress.get(uri, FETCH) instanceof Egress.Answer.Said said && said.status() == 200
                ? Optional.of(said.body()) : Optional.empty();
    }

    private static Problem unproven() {
        return ProblemType.UNAUTHENTICATED.problem("The call is not proven to be the service's.");
    }
}
