package dev.mailmill.template;

import java.time.ZoneId;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * What one rendering may take, and the world that it sees beside its data.
 *
 * @param stepsMax tags, turns of loops and, for helpers that read long values, each 64 characters
 * @param outputMax octets of UTF-8
 * @param depthMax blocks and partials in one another
 * @param millisMax wall time
 * @param nanos a clock that only goes forward
 * @param values what {@code @name} means beside the language's own ({@code @index}, ...)
 */
record Bounds(long stepsMax, long outputMax, int depthMax, long millisMax, LongSupplier nanos,
        Locale locale, ZoneId zone, Missing missing, Map<String, Object> values) {

    static final long STEPS_MAX = 1_000_000;
    static final long OUTPUT_MAX = 10_000_000;
    static final int DEPTH_MAX = 16;
    static final long MILLIS_MAX = 250;
    /** Where mail is lost that is not ready in time: steps and octets end it well before. */
    private static final long PATIENT_MILLIS = 60_000;

    Bounds {
        values = Map.copyOf(values);
    }

    /** The bounds that hold for everybody. */
    static Bounds of(Locale locale, ZoneId zone, Missing missing) {
        return new Bounds(STEPS_MAX, OUTPUT_MAX, DEPTH_MAX, MILLIS_MAX, System::nanoTime, locale,
                zone, missing, Map.of());
    }

    /** For mail that was accepted: a machine that is busy for a while must not fail it. */
    Bounds patient() {
        return new Bounds(stepsMax, outputMax, depthMax, PATIENT_MILLIS, nanos, locale, zone,
                missing, values);
    }

    Bounds with(Map<String, Object> values) {
        return new Bounds(stepsMax, outputMax, depthMax, millisMax, nanos, locale, zone, missing,
                values);
    }
}
