/**
 * Lanes: which way a delivery goes, how many may go there at once and how fast.
 *
 * <p><b>Does</b>: rolls domains up to sites by their MX, matches sites to providers, holds each to
 * its rules ({@code Provider}), learns from replies.
 *
 * <p><b>Never</b>: connects to a mail server; decides when one delivery is tried again (that is
 * {@code mail.RetryPolicy}).
 */
package dev.mailmill.lane;
