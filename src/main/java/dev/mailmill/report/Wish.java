package dev.mailmill.report;

import dev.mailmill.mail.Stream;
import java.util.Arrays;
import java.util.List;

/** Whom NOTIFY of RFC 3461 §4.1 and the stream let have which reports. Pure. */
final class Wish {
    private Wish() {
    }

    /** What a report can be about. */
    enum Event {
        FAILURE, DELAY, SUCCESS
    }

    /**
     * @param notify as received; without it people are told of trouble, and programs are not: they
     *               have the events. NEVER is a promise to the sender (RFC 3461 §4.1), so no habit
     *               of a stream breaks it
     */
    static boolean wants(String notify, Stream stream, Event event) {
        return switch (stream.reports()) {
            case NEVER -> false;
            case ON_REQUEST -> asked(notify, stream, event);
            case ALWAYS_FAILURE -> event == Event.FAILURE && !notify.equals("NEVER")
                    || asked(notify, stream, event);
        };
    }

    private static boolean asked(String notify, Stream stream, Event event) {
        if (notify.isEmpty()) {
            return event != Event.SUCCESS && stream.schedule() == Stream.Schedule.PEOPLE;
        }
        List<String> asked = Arrays.asList(notify.split(","));
        return !asked.contains("NEVER") && asked.contains(event.name());
    }
}
