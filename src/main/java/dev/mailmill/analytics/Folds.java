package dev.mailmill.analytics;

import dev.mailmill.mail.Journal;
import dev.mailmill.mail.News;
import dev.mailmill.sql.Database;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;

/** All folds of the journal, each followed on a thread of its own until this is closed. */
public final class Folds implements AutoCloseable {
    private final Follower search;

    private Folds(Follower search) {
        this.search = search;
    }

    /**
     * @param views where they keep their rows and cursors
     * @param news  rings when there are new facts
     */
    public static Folds follow(Journal journal, Database views, News news, InstantSource clock,
            MeterRegistry meters) {
        return new Folds(new Follower(new SearchFold(journal), journal, views, news, clock,
                meters));
    }

    @Override
    public void close() {
        search.close();
    }
}
