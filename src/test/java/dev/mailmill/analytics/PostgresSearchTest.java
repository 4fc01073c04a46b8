package dev.mailmill.analytics;

import org.junit.jupiter.api.AfterEach;

/** Search on PostgreSQL. */
class PostgresSearchTest implements SearchContract {
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
