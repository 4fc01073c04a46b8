package dev.mailmill.app;

import dev.mailmill.account.Accounts;
import dev.mailmill.dashboard.MessageFinder;
import dev.mailmill.mail.State;
import dev.mailmill.sql.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jdbi.v3.core.Handle;

/** The list of messages straight from the mail's own tables, along their primary key. */
final class RecentMessages implements MessageFinder {
    private final Database database;
    private final Accounts accounts;

    RecentMessages(Database database, Accounts accounts) {
        this.database = database;
        this.accounts = accounts;
    }

    @Override
    public Page older(long tenant, Filter filter, long before, int limit) {
        long below = before == 0 ? Long.MAX_VALUE : before;
        List<Row> rows = find(tenant, filter, below, limit + 1);
        return new Page(rows.stream().limit(limit).toList(), rows.size() > limit);
    }

    private List<Row> find(long tenant, Filter f, long below, int limit) {
        StringBuilder sql = new StringBuilder("""
                SELECT d.id, d.message, m.accepted, d.address, d.state, m.subject, d.stream
                FROM delivery d JOIN message m ON m.id = d.message
                WHERE d.tenant = ? AND d.id < ?""");
        List<Object> values = new ArrayList<>(List.of(tenant, below));
        if (!f.recipient().isEmpty()) {
            sql.append(" AND lower(d.address) LIKE ? ESCAPE '!'");
            values.add(f.recipient().toLowerCase(Locale.ROOT).replaceAll("([!%_])", "!$1") + "%");
        }
        if (!f.domain().isEmpty()) {
            sql.append(" AND d.domain = ?");
            values.add(f.domain().toLowerCase(Locale.ROOT));
        }
        f.state().ifPresent(s -> {
            sql.append(" AND d.state = ?");
            values.add(s.code());
        });
        accounts.named(tenant, f.stream()).ifPresent(s -> {
            sql.append(" AND d.stream = ?");
            values.add(s.id());
        });
        f.door().ifPresent(d -> {
            sql.append(" AND m.door = ?");
            values.add(d.code());
        });
        if (!f.subject().isEmpty()) {
            sql.append(" AND lower(m.subject) LIKE ? ESCAPE '!'");
            values.add("%" + f.subject().toLowerCase(Locale.ROOT).replaceAll("([!%_])", "!$1")
                    + "%");
        }
        f.from().ifPresent(t -> {
            sql.append(" AND m.accepted >= ?");
            values.add(t.toEpochMilli());
        });
        f.to().ifPresent(t -> {
            sql.append(" AND m.accepted < ?");
            values.add(t.toEpochMilli());
        });
        sql.append(" ORDER BY d.id DESC LIMIT ?");
        values.add(limit);
        return database.read(handle -> rows(handle, sql.toString(), values));
    }

    private List<Row> rows(Handle handle, String sql, List<Object> values) {
        var query = handle.createQuery(sql);
        for (int i = 0; i < values.size(); i++) {
            query.bind(i, values.get(i));
        }
        return query.map((row, _) -> row(row)).list();
    }

    private Row row(ResultSet row) throws SQLException {
        return new Row(row.getLong(1), row.getLong(2), Instant.ofEpochMilli(row.getLong(3)),
                row.getString(4), State.of(row.getInt(5)), row.getString(6),
                accounts.of(row.getLong(7)).name());
    }
}
