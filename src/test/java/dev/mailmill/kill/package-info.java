/**
 * The proof that nothing is lost: a real server process is killed under load from both doors, and
 * three ledgers are compared: what clients were told, what the next server was given, what the
 * Journal says. Run by {@code KillTest} a few times, and by {@code bench/kill} as often as asked.
 */
package dev.mailmill.kill;
