/**
 * Says when something is wrong, before somebody asks.
 *
 * <p><b>Does</b>: looks twice a minute at rates, queues, domains, webhooks and the machine ({@link
 * dev.mailmill.alert.Probe}), judges by lines with a reason each ({@code alert/rules.tsv}), keeps
 * each alert from pending to resolved, and tells routes: a webhook first, another way when that
 * fails.
 *
 * <p><b>Never</b>: goes by this server's own mail alone; tells one account of another; changes
 * anything of what it watches.
 *
 * <p><b>Fails</b>: to "not known": a part that can't be looked at leaves its alerts as they are. A
 * route that takes nothing is tried again for a day and shown as failing.
 *
 * <p><b>Always holds</b>: of one thing at most one alert is open; a step and what routes are to be
 * told of it are one transaction; one node judges.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.alert.Course}.
 */
package dev.mailmill.alert;
