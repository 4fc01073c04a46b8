package dev.mailmill.mail;

/**
 * How a server was reached, kept with what it said.
 *
 * @param source our egress source; empty where there is none
 * @param tls    the protocol, {@code TLSv1.3}; {@code clear} without; empty when unknown
 * @param trust  what the certificate was held to: {@code opportunistic}, {@code verified}, {@code
 *               dane}, {@code mta-sts}; empty when unknown or in clear
 */
public record Line(String source, String tls, String trust) {
    /** Nothing is known, or nobody was reached. */
    public static final Line NONE = new Line("", "", "");
}
