package dev.mailmill.client;

import com.fasterxml.jackson.annotation.JsonEnumDefaultValue;
import java.util.EnumSet;
import java.util.Set;

/** Where a message stands with one recipient. */
public enum State {
    SCHEDULED, QUEUED, DEFERRED, HELD,
    DELIVERED, RELAYED, CAPTURED, BOUNCED, SUPPRESSED, EXPIRED, CANCELLED, FAILED,
    /** One that this client is too old to know. */
    @JsonEnumDefaultValue
    UNKNOWN;

    private static final Set<State> OPEN = EnumSet.of(SCHEDULED, QUEUED, DEFERRED, HELD, UNKNOWN);

    /** Nothing more happens of itself. */
    public boolean isFinal() {
        return !OPEN.contains(this);
    }
}
