package dev.mailmill.mail;

import java.util.Locale;

/**
 * A tenant's named flow of mail, with a class, a retry schedule and habits of its own.
 *
 * @param id          unique over all tenants
 * @param tenant      whose stream it is
 * @param name        what the API calls it: {@code transactional}, {@code bulk}, …
 * @param carries     the class; a message may lower it, never raise it
 * @param schedule    how long and how often a delivery is tried
 * @param returnPath  whose address bounces go to
 * @param onAmbiguous what follows when we can't know whether the server took a message
 * @param sensitive   content is dropped when the last delivery has ended, and only the owner sees
 *                    it before
 * @param pool        of sources that it goes out from
 * @param weight      how many of its deliveries go in one turn among other flows
 * @param reports     whether senders at the SMTP door hear of their mail by mail
 * @param critical    a complaint does not stop it: a password reset
 * @param tracking    whether openings and clicks are counted, and whose
 * @param topic       what its recipients are told of it
 */
public record Stream(long id, long tenant, String name, TrafficClass carries, Schedule schedule,
        ReturnPath returnPath, OnAmbiguous onAmbiguous, boolean sensitive, int weight,
        String pool, Reports reports, boolean critical, Tracking tracking,
        Topic topic) {
    /** Of all sources that nobody gave another. */
    public static final String POOL = "default";

    /** One that nobody chooses. */
    public Stream(long id, long tenant, String name, TrafficClass carries, Schedule schedule,
            ReturnPath returnPath, OnAmbiguous onAmbiguous, boolean sensitive, int weight,
            String pool, Reports reports, boolean critical, Tracking tracking) {
        this(id, tenant, name, carries, schedule, returnPath, onAmbiguous, sensitive, weight,
                pool, reports, critical, tracking, Topic.NONE);
    }

    /**
     * What stands of a stream on its recipients' page.
     *
     * @param title       in their words; empty for its name
     * @param description one sentence; empty for none
     * @param shown       to all who have mail of this account; else only to its own recipients
     */
    public record Topic(String title, String description, boolean shown) {
        public static final Topic NONE = new Topic("", "", false);
    }

    /** One that has one turn among the others. */
    public Stream(long id, long tenant, String name, TrafficClass carries, Schedule schedule,
            ReturnPath returnPath, OnAmbiguous onAmbiguous, boolean sensitive) {
        this(id, tenant, name, carries, schedule, returnPath, onAmbiguous, sensitive, 1,
                POOL, Reports.ON_REQUEST, false, Tracking.of(carries));
    }

    /** One whose content is kept. */
    public Stream(long id, long tenant, String name, TrafficClass carries, Schedule schedule,
            ReturnPath returnPath, OnAmbiguous onAmbiguous) {
        this(id, tenant, name, carries, schedule, returnPath, onAmbiguous, false);
    }

    /** Of openings and clicks. */
    public enum Tracking {
        NONE,
        /** How many; not who. */
        AGGREGATE,
        /** Each recipient's, who has to have agreed. */
        INDIVIDUAL;

        /** What a stream of this class does that says nothing. */
        public static Tracking of(TrafficClass carries) {
            return carries == TrafficClass.BULK ? AGGREGATE : NONE;
        }

        /** As stored. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The retry schedules of {@link RetryPolicy}; the numbers are there. */
    public enum Schedule {
        TRANSACTIONAL, BULK, PEOPLE;

        /** As stored. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The envelope sender of each copy. */
    public enum ReturnPath {
        /** A signed address per recipient under {@code bounces.<domain>}. */
        SIGNED,
        /** The MAIL FROM as it was submitted. */
        SUBMITTED;

        /** As stored. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Of RFC 3464, by mail. */
    public enum Reports {
        /** Whatever is asked for. */
        NEVER,
        /** As NOTIFY asks; where it is silent people hear of trouble, and programs nothing. */
        ON_REQUEST,
        /** As that, and of each failure whose NOTIFY is not NEVER. */
        ALWAYS_FAILURE;

        /** As stored. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** SMTP cannot say what became of a message when the line dies after the dot (RFC 1047). */
    public enum OnAmbiguous {
        /** Send again: a duplicate is better than nothing (a password reset). */
        RESEND,
        /** Keep it for a person to decide: nothing is better than a duplicate (an invoice). */
        HOLD;

        /** As stored. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
