package dev.mailmill.domain;

import java.util.List;

/** One row: what to publish, what is published, what is wrong. */
public sealed interface Finding {
    DnsRow row();

    record Right(DnsRow row) implements Finding {
    }

    record Missing(DnsRow row) implements Finding {
    }

    /**
     * @param published hostile text, cut and cleaned
     * @param words     what is wrong and what to do
     */
    record Wrong(DnsRow row, List<String> published, String words) implements Finding {
        public Wrong {
            published = List.copyOf(published);
        }
    }

    /** DNS could not say: nothing follows from it. */
    record Unknown(DnsRow row, String why) implements Finding {
    }

    default boolean right() {
        return this instanceof Right;
    }

    /** {@code right}, {@code missing}, {@code wrong}, {@code unknown}. */
    default String word() {
        return switch (this) {
            case Right _ -> "right";
            case Missing _ -> "missing";
            case Wrong _ -> "wrong";
            case Unknown _ -> "unknown";
        };
    }

    /** What to do about it. */
    default String words() {
        return switch (this) {
            case Right _ -> "is published";
            case Missing(DnsRow row) -> "publish " + row.zoneLine();
            case Wrong w -> w.words();
            case Unknown(DnsRow row, String why) ->
                    "DNS could not say what is at " + row.name() + " (" + why + "); try again";
        };
    }
}
