/**
 * Person, machine or unknown: who was behind an opening or a click.
 *
 * <p><b>Does</b>: follows what callers did ({@link dev.mailmill.verdict.Verdicts}), gathers what
 * the same network did to the same mail around it, and says once of each who it was ({@link
 * dev.mailmill.verdict.Judge}).
 *
 * <p><b>Never</b>: calls a person what can't be told from one, keeps an address, or holds up a
 * click: it reads what was written.
 *
 * <p><b>Fails</b>: while the store has no answer verdicts wait; none is lost and none said twice.
 *
 * <p><b>Always holds</b>: a verdict and the step of who found it are one transaction. A verdict
 * has its evidence, so that a better judge can judge history again without asking anybody.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.verdict.Judge#of}.
 */
package dev.mailmill.verdict;
