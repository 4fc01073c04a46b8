/**
 * Stops mail where it does harm: bulk streams that bounce or are complained of, credentials that
 * somebody has stolen.
 *
 * <p><b>Does</b>: folds facts into counts by stream and hour, judges them by numbers that stand in
 * one place ({@link dev.mailmill.containment.Policy}), and warns, slows or stops the stream's bulk
 * by a pause; counts each credential's recipients as they are taken, keeps new ones to a number,
 * and holds what one hands in far beyond its own past.
 *
 * <p><b>Never</b>: slows or stops transactional mail for a rate; takes silence for "no complaints"
 * where no feedback loop would tell; loses mail: what is held waits for a person.
 *
 * <p><b>Fails</b>: to the open side for rates (they are followed later), to the safe side for a
 * hold (it is in memory before it is stored).
 *
 * <p><b>Always holds</b>: counts and the step of the cursor are one transaction; each step up has
 * its evidence in a notice and in the log; each has a way back.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.containment.Policy}, then {@link
 * dev.mailmill.containment.StreamWatch} and {@link dev.mailmill.containment.CredentialWatch}.
 */
package dev.mailmill.containment;
