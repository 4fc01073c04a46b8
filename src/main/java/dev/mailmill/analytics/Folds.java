package dev.mailmill.analytics;

import dev.mailmill.mail.Journal;
import dev.mailmill.mail.News;
import dev.mailmill.sql.Database;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Predicate;

/** All folds of the journal, each followed until this is closed. */
public final class Folds implements AutoCloseable {
    private final Follower mail;
    private final Follower verdicts;

    private Folds(Follower mail, Follower verdicts) {
        this.mail = mail;
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
        return new Folds(new Follower(List.of(new SearchFold(kept), new VolumeFold(simulated),
                new StatsFold(mailboxes)), journal, views, news, clock, meters),
                new Follower(List.of(new VerdictFold(mailboxes)), journal, views, news, clock,
                        meters));
    }

    @Override
    public void close() {
        mail.close();
        verdicts.close();
    }
}
