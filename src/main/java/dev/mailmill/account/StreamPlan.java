package dev.mailmill.account;

import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Stream.OnAmbiguous;
import dev.mailmill.mail.Stream.ReturnPath;
import dev.mailmill.mail.Stream.Schedule;
import dev.mailmill.mail.TrafficClass;
import java.util.List;

/** A stream that is still to be made, or as one is to be. */
public record StreamPlan(String name, TrafficClass carries, Schedule schedule,
        ReturnPath returnPath, OnAmbiguous onAmbiguous, boolean sensitive, int weight,
        String pool, Stream.Reports reports, boolean critical, Stream.Tracking tracking,
        Stream.Topic topic) {
    static final int WEIGHT_MAX = 100;

    /** One whose openings and clicks are counted as its class has it. */
    public StreamPlan(String name, TrafficClass carries, Schedule schedule, ReturnPath returnPath,
            OnAmbiguous onAmbiguous, boolean sensitive, int weight, String pool,
            Stream.Reports reports, boolean critical) {
        this(name, carries, schedule, returnPath, onAmbiguous, sensitive, weight, pool, reports,
                critical, Stream.Tracking.of(carries), Stream.Topic.NONE);
    }

    static final String TRANSACTIONAL = "transactional";
    static final String BULK = "bulk";
    /** What people and devices send: patient, and the reader of a bounce is a person. */
    static final String SMTP = "smtp";

    /** What every tenant starts with. */
    static final List<StreamPlan> USUAL = List.of(
            usual(TRANSACTIONAL, TrafficClass.TRANSACTIONAL, Schedule.TRANSACTIONAL),
            usual(BULK, TrafficClass.BULK, Schedule.BULK),
            usual(SMTP, TrafficClass.TRANSACTIONAL, Schedule.PEOPLE));

    private static StreamPlan usual(String name, TrafficClass carries, Schedule schedule) {
        return new StreamPlan(name, carries, schedule, ReturnPath.SIGNED, OnAmbiguous.RESEND,
                false, 1, Stream.POOL, Stream.Reports.ON_REQUEST, false,
                Stream.Tracking.of(carries), Stream.Topic.NONE);
    }
}
