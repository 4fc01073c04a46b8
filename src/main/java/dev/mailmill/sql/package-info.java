/** SQLite and PostgreSQL as one Database; Spool and Journal on it; migrations. */
package dev.mailmill.sql;
