package dev.mailmill.sql;

import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/** Brings a database to this version's tables. */
final class Migrations {
    private Migrations() {
    }

    /** @param location folder of the class path, e.g. {@code db/sqlite} */
    static void run(DataSource source, String location) {
        run(source, location, "latest");
    }

    /** @param version at which to stop */
    static void run(DataSource source, String location, String version) {
        Flyway.configure(Migrations.class.getClassLoader())
                .dataSource(source)
                .locations("classpath:" + location)
                .validateMigrationNaming(true)
                .connectRetries(0)
                .target(version)
                .load()
                .migrate();
    }
}
