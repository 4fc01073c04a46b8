package dev.mailmill.domain;

import java.net.InetAddress;

/**
 * An address that mail leaves from.
 *
 * @param name what is said in EHLO from there
 */
public record Origin(InetAddress address, String name) {
}
