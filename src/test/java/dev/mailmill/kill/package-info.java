/**
 * The proof that nothing is lost: a real server process is killed under load from both doors, and
 * three ledgers are compared: what clients were told, what the next server was given, what the
 * Journal says. Meanwhile those who get the mail open it, follow links, leave the list and
 * complain; what they were answered holds, and all views are a recount of the Journal. Run by
 * {@code KillTest} a few times, and by {@code bench/kill} as often as asked.
 */
package dev.mailmill.kill;
