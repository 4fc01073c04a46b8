/**
 * SQLite and PostgreSQL as one {@link dev.mailmill.sql.Database}; the {@link
 * dev.mailmill.mail.Spool}, the {@link dev.mailmill.mail.Journal} and the {@link
 * dev.mailmill.mail.Bodies} on it; migrations.
 *
 * <p><b>Does</b>: one thread commits many callers' units together and wakes them when the group
 * is on disk. Content, facts and conversations lie in tables per day, named by the days since
 * 1970, and leave by DROP. A delivery belongs to a node's epoch; an attempt's intent is a row
 * change that only its owner can make. What was taken and is in nobody's memory is given back.
 *
 * <p><b>Never</b>: answers before the commit; opens a transaction across network I/O; reads
 * SQLite on a virtual thread's carrier; counts rows for a page; holds a name or an address in a
 * fact.
 *
 * <p><b>Fails</b>: with {@link dev.mailmill.mail.StoreException} only, whose kind says for whom
 * it is bad: one unit (REJECTED), everybody for a moment (BUSY), accepts until there is room
 * (FULL), everybody until it heals (DOWN), or everybody until a restart (BROKEN). A group that
 * fails is replayed unit by unit; a commit whose answer was lost is looked up by the group's
 * number.
 *
 * <p><b>Always holds</b>: a fact is written if and only if its row changed; journal positions are
 * in commit order; settles have a queue of their own, and a ballast on a full disk.
 *
 * <p><b>Start reading at</b> {@code Store}, then {@code Writer.attempt} and {@code Batch.run}.
 */
package dev.mailmill.sql;
