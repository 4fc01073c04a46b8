package dev.mailmill.sql;

import java.util.Optional;

class PostgresRestoredTest extends RestoredContract {
    @Override
    Optional<String> database() {
        return Optional.of(Postgres.empty());
    }
}
