package dev.mailmill.mail;

/**
 * How a server was reached, kept with what it said.
 *
 * @param source our egress source; empty where there is none
 * @param tls    the protocol, {@code TLSv1.3}; {@code clear} without; empty when unknown
 * @param trust  what the certificate was held to: {@code opportunistic}, {@code verified}, {@code
 *               dane}, {@code mta-sts}; empty when unknown or in clear
 * @param dsn    whether the server was given what the sender wants reported, and so reports it in
 *               our place (RFC 3461 §5.2.2)
 */
public record Line(String source, String tls, String trust, boolean dsn) {
    /** Nothing is known, or nobody was reached. */
    public static final Line NONE = new Line("", "", "");

    /** Over which no report was asked for. */
    public Line(String source, String tls, String trust) {
        this(source, tls, trust, false);
    }
}
