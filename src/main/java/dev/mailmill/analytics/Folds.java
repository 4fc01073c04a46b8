package dev.mailmill.analytics;

import dev.mailmill.mail.Journal;
import dev.mailmill.mail.News;
import dev.mailmill.sql.Database;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Predicate;

/** All folds of the journal, each followed on a thread of its own until this is closed. */
public final class Folds implements AutoCloseable {
    private final Follower search;
    private final Follower volume;
    private final Follower stats;
    private final Follower verdicts;

    private Folds(Follower search, Follower volume, Follower stats, Follower verdicts) {
        this.search = search;
        this.volume = volume;
        this.stats = stats;
        this.verdicts = verdicts;
    }

    /**
     * @param views     where they keep their rows and cursors
     * @param news      rings when there are new facts
     * @param kept      how long the facts stay, and with them what is searched
     * @param simulated whether mail to a recipient's domain never leaves the house
     */
    public static Folds follow(Journal journal, Database views, News news,
            Duration kept, Predicate<String> simulated, InstantSource clock, MeterRegistry meters) {
        Mailboxes mailboxes = new Mailboxes(simulated);
        VerdictFold.renew(journal, views);
        return new Folds(new Follower(new SearchFold(journal, kept), journal, views, news, clock,
                meters), new Follower(new VolumeFold(journal, simulated), journal, views, news,
                clock, meters), new Follower(new StatsFold(journal, mailboxes),
                journal, views, news, clock, meters),
                new Follower(new VerdictFold(journal, mailboxes), journal, views, news,
                clock, meters));
    }

    @Override
    public void close() {
        search.close();
        volume.close();
        stats.close();
        verdicts.close();
    }
}
