package dev.mailmill.alert;

import dev.mailmill.account.Tenant;
import dev.mailmill.mail.Spool;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** What all nodes have together: how much is open, and how far behind the folds are. */
final class House implements Probe {
    static final Set<Rule> RULES = Set.of(Rule.QUEUE_SIZE, Rule.FOLD_LAG);

    private final Spool spool;
    private final Supplier<Map<String, Double>> folds;

    /** @param folds seconds that each of them is behind, by name */
    House(Spool spool, Supplier<Map<String, Double>> folds) {
        this.spool = spool;
        this.folds = folds;
    }

    @Override
    public Set<Rule> rules() {
        return RULES;
    }

    @Override
    public List<Reading> read(Instant now) {
        List<Reading> all = new ArrayList<>();
        long open = spool.open();
        all.add(Reading.of(Rule.QUEUE_SIZE, Tenant.FIRST, "", open, open
                + " deliveries are open"));
        folds.get().forEach((name, lag) -> all.add(Reading.of(Rule.FOLD_LAG, Tenant.FIRST, name,
                lag, "The fold " + name + " is " + Math.round(lag) + " s behind")));
        return all;
    }
}
