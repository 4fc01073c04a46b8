/**
 * Who must not be mailed, and the gate that says so.
 *
 * <p><b>Does</b>: turns bounces, complaints and unsubscribes into entries by rules that are data
 * ({@link dev.mailmill.suppression.Rule}); takes a person's word and lists of other providers; asks
 * before each attempt ({@link dev.mailmill.suppression.SuppressionGate}) from marks in memory, and
 * the store only where a mark says that there may be something.
 *
 * <p><b>Never</b>: lets one tenant's entry stop another's mail; shortens or removes an entry by an
 * import; suppresses anybody for what is a server's, a network's or our own fault; keeps an
 * address in the file beside the store, where it could not be erased.
 *
 * <p><b>Fails</b>: to the safe side. What can't be asked now waits a second and is asked again.
 *
 * <p><b>Always holds</b>: an entry and the step of the cursor that made it are one transaction; an
 * entry is in this node's memory and in the file when the call that made it returns, and in every
 * other node's memory half a second later; what was removed stays as a row that says who and why.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.suppression.Suppressions#note} and {@link
 * dev.mailmill.suppression.SuppressionGate#release}.
 */
package dev.mailmill.suppression;
