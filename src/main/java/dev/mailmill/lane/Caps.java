package dev.mailmill.lane;

import java.util.Optional;

/**
 * What one of our addresses may do at one site.
 *
 * @param connections at once
 * @param messages    on one connection
 * @param rate        of messages
 * @param connects    rate of new connections
 */
record Caps(int connections, int messages, Optional<Rate> rate, Optional<Rate> connects) {
}
