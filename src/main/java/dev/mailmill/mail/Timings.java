package dev.mailmill.mail;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/** One histogram by door and stream class; looked up by place, since it is asked per message. */
final class Timings {
    private final Timer[][] timers =
            new Timer[Door.values().length][TrafficClass.values().length];

    Timings(MeterRegistry meters, String name) {
        for (Door door : Door.values()) {
            for (TrafficClass carries : TrafficClass.values()) {
                timers[door.ordinal()][carries.ordinal()] = Timer.builder(name)
                        .publishPercentileHistogram()
                        .tags("door", door.word(), "class", carries.word())
                        .register(meters);
            }
        }
    }

    Timer of(Door door, TrafficClass carries) {
        return timers[door.ordinal()][carries.ordinal()];
    }
}
