package dev.mailmill.analytics;

import org.junit.jupiter.api.AfterEach;

/** Statistics on SQLite. */
class SqliteStatsTest implements StatsContract {
    private final Ground ground = new Ground(false);

    @Override
    public Ground ground() {
        return ground;
    }

    @AfterEach
    void close() {
        ground.close();
    }
}
