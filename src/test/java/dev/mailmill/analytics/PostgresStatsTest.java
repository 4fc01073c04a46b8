package dev.mailmill.analytics;

import org.junit.jupiter.api.AfterEach;

/** Statistics on PostgreSQL. */
class PostgresStatsTest implements StatsContract {
    private final Ground ground = new Ground(true);

    @Override
    public Ground ground() {
        return ground;
    }

    @AfterEach
    void close() {
        ground.close();
    }
}
