package dev.mailmill.mail;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** When which lane is looked at again. Thread-safe. */
final class Wakes {
    record Wake(Instant at, Lane lane) {
    }

    private final PriorityQueue<Wake> queue =
            new PriorityQueue<>(Comparator.comparing(Wake::at));

    /** @return whether it is the first of all now */
    synchronized boolean add(Instant at, Lane lane) {
        queue.add(new Wake(at, lane));
        return queue.peek().lane() == lane;
    }

    synchronized List<Wake> due(Instant now) {
        List<Wake> due = new ArrayList<>();
        while (!queue.isEmpty() && !queue.peek().at().isAfter(now)) {
            due.add(queue.poll());
        }
        return due;
    }

    /** MAX when there is none. */
    synchronized Instant next() {
        return queue.isEmpty() ? Instant.MAX : queue.peek().at();
    }
}
