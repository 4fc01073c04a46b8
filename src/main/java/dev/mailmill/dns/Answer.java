package dev.mailmill.dns;

import java.util.List;

/** What came of a look-up. */
public sealed interface Answer<T> {
    /** @param records at least one, at most {@link Dns#recordsMax} */
    record Found<T>(List<T> records) implements Answer<T> {
        public Found {
            records = List.copyOf(records);
        }
    }

    /** NXDOMAIN: there is no such name, of any type; or it is no name at all. */
    record NoDomain<T>() implements Answer<T> {
    }

    /** The name exists, without records of this type. */
    record NoData<T>() implements Answer<T> {
    }

    /**
     * Nobody can say now: SERVFAIL, timeout, a lame or senseless answer. It must never be taken for
     * one of the other two.
     *
     * @param why for people
     */
    record Unknown<T>(String why) implements Answer<T> {
    }

    /** The records; none unless found. */
    default List<T> records() {
        return this instanceof Found<T>(List<T> records) ? records : List.of();
    }
}
