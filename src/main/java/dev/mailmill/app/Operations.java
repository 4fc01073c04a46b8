package dev.mailmill.app;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.StoreException;
import dev.mailmill.sql.Store;
import java.util.Optional;

/** What an operator's machines ask: alive, ready, how much. */
final class Operations implements Routes {
    private final Store store;
    private final Metrics metrics;

    Operations(Store store, Metrics metrics) {
        this.store = store;
        this.metrics = metrics;
    }

    @Override
    public void into(Router router) {
        router.open("/healthz", _ -> Answer.text(200, "text/plain", "alive\n"));
        router.open("/readyz", _ -> {
            Optional<StoreException.Kind> trouble = store.spool().trouble();
            return trouble.isEmpty() ? Answer.text(200, "text/plain", "takes mail\n")
                    : Answer.text(503, "text/plain", "takes no mail: " + words(trouble.get())
                            + "\n");
        });
        router.open("/metrics", _ -> Answer.text(200, "text/plain; version=0.0.4; charset=utf-8",
                metrics.text()));
    }

    private static String words(StoreException.Kind kind) {
        return switch (kind) {
            case BUSY -> "the store is busy";
            case FULL -> "the disk is nearly full";
            case DOWN -> "the store does not answer";
            case BROKEN -> "the disk refused to write; restart when it is mended";
            case UNSURE -> "the store was lost while it wrote";
            case REJECTED -> "the store refuses";
        };
    }
}
