package dev.mailmill.analytics;

import dev.mailmill.sql.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * How much mail went where: by the domain in From and by whose mailboxes, over every door. Whole
 * hours of UTC; behind the journal by as much as the fold's lag says.
 */
public final class Volumes {
    /** Whose mail counts. */
    private static final long ALL_TENANTS = 0;
    private static final int DAY = 24;
    private static final long HOUR = Duration.ofHours(1).toSeconds();

    /** From one to the next by the table's order, whose rows may be very many. */
    private static final String AUTHORS = """
            WITH RECURSIVE one (author) AS (
                SELECT min(author) FROM volume
                UNION ALL
                SELECT (SELECT min(author) FROM volume v WHERE v.author > one.author) FROM one
                WHERE one.author IS NOT NULL)
            SELECT author FROM one WHERE author IS NOT NULL
            """;
    private static final String PROVIDERS = Arrays.stream(MailboxProvider.values())
            .map(p -> Integer.toString(p.code())).collect(Collectors.joining(", "));

    private final Database views;

    /** @param views the folds' database */
    public Volumes(Database views) {
        this.views = views;
    }

    /**
     * Whose mail is looked at.
     *
     * @param domain the author's: it and all below it; empty: all
     * @param tenant 0: of everybody
     */
    public record Scope(String domain, long tenant) {
    }

    /**
     * Sums of one stream's mail from one domain to one provider.
     *
     * @param sent   what a server took or refused for good
     * @param sealed of what was delivered, under TLS
     * @param clear  without; of the rest it is not known
     */
    public record Count(long tenant, long stream, String author, MailboxProvider provider,
            long accepted, long sent, long delivered, long sealed, long clear, long hard,
            long complained, long unsubscribed) {
    }

    /** Since an hour: the one that holds this time, and those after it. */
    public List<Count> counts(Scope scope, Instant since) {
        return views.read(h -> scoped(h, scope, "SELECT tenant, stream, author, provider,"
                + " sum(accepted), sum(sent), sum(delivered), sum(sealed), sum(clear),"
                + " sum(hard), sum(complained), sum(unsubscribed) FROM volume", since,
                "GROUP BY tenant, stream, author, provider ORDER BY author, provider, stream")
                .map((r, _) -> new Count(r.getLong(1), r.getLong(2), r.getString(3),
                        MailboxProvider.of(r.getInt(4)), r.getLong(5), r.getLong(6),
                        r.getLong(7), r.getLong(8), r.getLong(9), r.getLong(10), r.getLong(11),
                        r.getLong(12))).list());
    }

    /**
     * What was sent to a provider within 24 hours.
     *
     * @param now  in this hour and the 23 before it
     * @param most in any such 24 hours
     * @param at   the end of those
     */
    public record Days(long now, long most, Instant at) {
        /** Nothing. */
        public static final Days NONE = new Days(0, 0, Instant.EPOCH);
    }

    /** By provider; those without mail are not there. */
    public Map<MailboxProvider, Days> days(Scope scope, Instant since, Instant now) {
        record Hour(MailboxProvider provider, long hour, long sent) {
        }
        List<Hour> hours = views.read(h -> scoped(h, scope,
                "SELECT provider, hour, sum(sent) FROM volume", since,
                "GROUP BY provider, hour ORDER BY provider, hour").map((r, _) -> new Hour(
                        MailboxProvider.of(r.getInt(1)), r.getLong(2), r.getLong(3))).list());
        Map<MailboxProvider, Days> all = new EnumMap<>(MailboxProvider.class);
        long today = VolumeFold.hour(now);
        int from = 0;
        long sum = 0;
        for (int to = 0; to < hours.size(); to++) {
            Hour last = hours.get(to);
            sum += last.sent();
            while (hours.get(from).provider() != last.provider()
                    || hours.get(from).hour() <= last.hour() - DAY) {
                sum -= hours.get(from++).sent();
            }
            Days before = all.getOrDefault(last.provider(), Days.NONE);
            long recent = last.hour() > today - DAY ? last.sent() : 0;
            all.put(last.provider(), new Days(before.now() + recent,
                    Math.max(before.most(), sum), sum > before.most()
                            ? Instant.ofEpochSecond((last.hour() + 1) * HOUR) : before.at()));
        }
        return all;
    }

    /** Domains in From since a time. */
    public List<String> authors(Instant since) {
        return views.read(h -> h.createQuery("SELECT DISTINCT author FROM volume WHERE hour >= ?"
                + " AND sent > 0").bind(0, VolumeFold.hour(since)).mapTo(String.class).list());
    }

    /** By the authors that there are, so that the rows of others are not read. */
    private static Query scoped(Handle h, Scope scope, String select, Instant since,
            String rest) {
        String whose = scope.tenant() == ALL_TENANTS ? "" : " AND tenant = :tenant";
        List<String> authors = new ArrayList<>(List.of(scope.domain()));
        if (!scope.domain().isEmpty()) {
            h.createQuery(AUTHORS).mapTo(String.class).filter(
                    a -> a.endsWith("." + scope.domain())).forEach(authors::add);
        }
        Query query = h.createQuery(select + " WHERE " + (scope.domain().isEmpty() ? ""
                : "author IN (<authors>) AND provider IN (" + PROVIDERS + ") AND ")
                + "hour >= :since" + whose + " " + rest)
                .bind("since", VolumeFold.hour(since));
        if (!scope.domain().isEmpty()) {
            query.bindList("authors", authors);
        }
        return whose.isEmpty() ? query : query.bind("tenant", scope.tenant());
    }
}
