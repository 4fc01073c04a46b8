/**
 * Main, settings, wiring and the command line: the only package that sees all others.
 *
 * <p><b>Does</b>: reads the settings, builds every part once, in order, and takes them down in the
 * reverse order. <b>Never</b>: has a rule about mail of its own. <b>Fails</b>: before anything
 * listens, with one sentence that names the setting or the port and the cure. <b>Start reading
 * at</b> {@code Mailmill}.
 */
package dev.mailmill.app;
