package dev.mailmill.backup;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Fields;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.sql.Restored;
import java.nio.file.Path;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code /v1/backup} and {@code /v1/restore}: the operator's alone, since a backup is written where
 * the caller says and holds everything. One at a time.
 */
public final class BackupRoutes implements Routes {
    private static final Logger LOG = LoggerFactory.getLogger(BackupRoutes.class);
    private static final String OPERATOR = "*";
    private static final int RELEASED_MAX = 20_000;
    private static final int PATH_MAX = 4096;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Backup backup;
    private final Restored restored;
    private final InstantSource clock;
    private boolean running;
    private ObjectNode last = JSON.objectNode().put("state", "none");

    public BackupRoutes(Backup backup, Restored restored, InstantSource clock) {
        this.backup = backup;
        this.restored = restored;
        this.clock = clock;
    }

    @Override
    public void into(Router router) {
        router.post("/v1/backup", OPERATOR, this::begin)
                .get("/v1/backup", OPERATOR, _ -> Answer.json(200, last()))
                .get("/v1/restore", OPERATOR, _ -> Answer.json(200, held()))
                .post("/v1/restore/release", OPERATOR, _ -> release());
    }

    private synchronized ObjectNode last() {
        return last.deepCopy();
    }

    private Answer begin(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        String to = fields.needText("to", PATH_MAX);
        boolean withMasterKey = fields.flag("master_key", true);
        if (!to.isEmpty() && !Path.of(to).isAbsolute()) {
            fields.wrong("to", "must be a whole path on the server's machine, from the root on");
        }
        fields.done();
        synchronized (this) {
            if (running) {
                throw ProblemType.CONFLICT.problem("A backup is being made; GET /v1/backup tells "
                        + "when it is done.");
            }
            running = true;
            last = JSON.objectNode().put("state", "running");
        }
        // A platform thread: copying blocks in native code (decision 8).
        Thread.ofPlatform().name("backup").daemon(true)
                .start(() -> ended(result(Path.of(to), withMasterKey)));
        return Answer.json(202, last());
    }

    private ObjectNode result(Path to, boolean withMasterKey) {
        try {
            return backup.make(to, withMasterKey).put("state", "done");
        } catch (BackupException e) {
            LOG.warn("No backup: {}", e.getMessage());
            return JSON.objectNode().put("state", "failed").put("reason", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("A backup broke", e);
            return JSON.objectNode().put("state", "failed").put("reason",
                    "The backup broke: " + e.getMessage() + ". The server's log has more.");
        }
    }

    private synchronized void ended(ObjectNode result) {
        running = false;
        last = result;
    }

    private ObjectNode held() {
        ObjectNode node = JSON.objectNode();
        restored.note().ifPresentOrElse(
                n -> node.put("backup_of", n.copied().toString())
                        .put("restored_at", n.restored().toString()),
                () -> node.putNull("backup_of").putNull("restored_at"));
        return node.put("held", restored.held());
    }

    /** As many as fit into an answer's time; while {@code held} is not 0 there is more to ask. */
    private Answer release() {
        long released = 0;
        int n;
        do {
            n = restored.release(clock.instant());
            released += n;
        } while (n > 0 && released < RELEASED_MAX);
        LOG.info("{} deliveries that were held since the restore were let go", released);
        return Answer.json(200, held().put("released", released));
    }
}
