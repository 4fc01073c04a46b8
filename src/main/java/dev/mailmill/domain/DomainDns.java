package dev.mailmill.domain;

import java.util.List;

/**
 * What a domain publishes, asked past caches where possible. Blocks, with a deadline; never throws
 * for what DNS does.
 */
public interface DomainDns {
    /** Each TXT's strings joined without a space. */
    Answer txt(String name);

    /** Each as {@code preference host}, without a final dot. */
    Answer mx(String name);

    /** "There is none" and "can't say" are different answers. */
    sealed interface Answer {
        record Found(List<String> values) implements Answer {
            public Found {
                values = List.copyOf(values);
            }
        }

        record Absent() implements Answer {
        }

        /** @param why for people: SERVFAIL, a timeout */
        record Unknown(String why) implements Answer {
        }
    }
}
