package dev.mailmill.compose;

import dev.mailmill.mime.DkimKey;
import java.util.List;

/** The keys that sign for an author's domain; answered from memory, on the hot path. */
@FunctionalInterface
public interface Signatures {
    /**
     * @param fromDomain of the first author, lower-case A-label
     * @return one signature is made for each, in order; empty leaves the message unsigned. The same
     *         {@link DkimKey} objects each time, since they keep what is costly to make.
     */
    List<DkimKey> keysFor(String fromDomain, long tenant);
}
