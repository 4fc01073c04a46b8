package dev.mailmill.analytics;

import org.junit.jupiter.api.AfterEach;

/** Search on SQLite. */
class SqliteSearchTest implements SearchContract {
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
