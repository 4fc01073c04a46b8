/**
 * Copies of an installation as folders that prove themselves, and the way back.
 *
 * <p><b>Does</b>: asks the store for a copy of one moment, puts keys and certificates beside it,
 * writes a checksum of each file and a manifest, and only then gives the folder its name. Checks
 * all of that before anything is restored, into an empty folder or database only.
 *
 * <p><b>Never</b>: leaves half a backup under its final name; overwrites anything; lets restored
 * mail go by itself.
 *
 * <p><b>Fails</b>: with {@link dev.mailmill.backup.BackupException}, whose message says what is
 * wrong with which file, and what to do.
 *
 * <p><b>Always holds</b>: a message in a copy has its body there, or the manifest counts it as
 * missing in the original too.
 *
 * <p><b>Start reading at</b> {@code Backup.make}, then {@code Restore.into}.
 */
package dev.mailmill.backup;
