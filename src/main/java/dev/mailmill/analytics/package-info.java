/**
 * Follows the journal and answers from what it made of it: lists, search, and how much went where.
 *
 * <p><b>Does</b>: folds facts, page by page, into a row a delivery with indexes for each filter
 * that people use; finds by them, newest first, one keyset page at a time; counts mail by
 * hour, author's domain and provider.
 *
 * <p><b>Never</b>: counts rows for a page; puts an index on the tables that accept mail; opens a
 * transaction over both databases; lets one tenant's search read another's rows.
 *
 * <p><b>Fails</b>: a fold that can't read or write waits and goes on where it was; its lag is a
 * metric. Search then shows what it showed.
 *
 * <p><b>Always holds</b>: rows and cursor change in one transaction, so that a kill repeats nothing
 * and skips nothing; all of it can be made anew from the facts; a request reads a bounded number of
 * rows, however many there are.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.analytics.MessageSearch} and {@link
 * dev.mailmill.analytics.Volumes}, then {@code Follower}.
 */
package dev.mailmill.analytics;
