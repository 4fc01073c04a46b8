package dev.mailmill.template;

import dev.mailmill.mail.Ids;
import java.time.Instant;

/**
 * A template of an account.
 *
 * @param alias     what sends and other templates call it by
 * @param revision  counts the draft's changes: who edits says which one was edited
 * @param published the version that is sent; 0 while there is none
 */
public record Entry(long id, long tenant, String alias, String name, Kind kind, Draft draft,
        long revision, int published, Instant created, Instant updated) {
    public static final String ID = "tpl_";

    public String shownId() {
        return Ids.text(ID, id);
    }
}
