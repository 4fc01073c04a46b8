package dev.mailmill.http;

import java.time.Duration;

/**
 * What one client may use up.
 *
 * @param bodyBytesMax         of a route that names no limit of its own, before and after unzipping
 * @param bodyBytesInFlightMax of all requests together: more waits outside as 503
 * @param headerBytesMax       of all header fields of a request
 * @param urlBytesMax          of the request line
 * @param inflateRatioMax      unzipped to zipped; honest JSON stays under 40
 * @param headersWithin        from the request line to the last header field
 * @param bodyWithin           from the first octet of the body to the last
 * @param answerWithin         for the client to take the answer, or the first of a streamed one
 * @param streamBytesPerSecondMin the slowest client we bear while it takes a streamed answer
 * @param streamWithin         for the client to take a streamed answer in all
 * @param idleWithin           between two requests of a connection
 * @param closeWithin          for running requests when the door closes
 * @param connectionsMax       open at once; more wait in the backlog
 * @param streamsMax           endless answers (server-sent events) in all
 * @param streamsPerKeyMax     of one API key
 * @param streamBeat           so long a stream says nothing at most
 */
public record WebLimits(int bodyBytesMax, int bodyBytesInFlightMax, int headerBytesMax,
        int urlBytesMax, int inflateRatioMax, Duration headersWithin, Duration bodyWithin,
        Duration answerWithin, int streamBytesPerSecondMin, Duration streamWithin,
        Duration idleWithin, Duration closeWithin, int connectionsMax, int streamsMax,
        int streamsPerKeyMax, Duration streamBeat) {
    private static final int MB = 1024 * 1024;

    private static final int IN_FLIGHT_MAX = 192 * MB;
    /** As they come; what is made of them is bounded apart, by {@link BodyWeights}. */
    private static final int HEAP_PARTS = 8;

    /** For a machine of 2 cores and a heap of 1.5 GB or more. */
    public static final WebLimits DEFAULT = new WebLimits(MB, IN_FLIGHT_MAX, 16 * 1024,
            8 * 1024, 200, Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(60),
            16 * 1024, Duration.ofHours(1), Duration.ofSeconds(60), Duration.ofSeconds(5), 4_000,
            200, 10, Duration.ofSeconds(15));

    /**
     * So many bodies at once as a heap of this size bears.
     *
     * @param bodyMax one of the largest always fits, or it would be told to come again for ever
     */
    public static WebLimits ofHeap(long heapMax, int bodyMax) {
        WebLimits d = DEFAULT;
        return new WebLimits(d.bodyBytesMax,
                Math.max((int) Math.min(heapMax / HEAP_PARTS, IN_FLIGHT_MAX), bodyMax + 1),
                d.headerBytesMax, d.urlBytesMax, d.inflateRatioMax, d.headersWithin, d.bodyWithin,
                d.answerWithin, d.streamBytesPerSecondMin, d.streamWithin, d.idleWithin,
                d.closeWithin, d.connectionsMax, d.streamsMax, d.streamsPerKeyMax,
                d.streamBeat);
    }
}
