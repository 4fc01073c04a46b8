package dev.mailmill.smtp;

import java.time.Duration;

/** Everything a client may take from us before we say no. */
public record SmtpLimits(Sizes sizes, Times times, Counts counts) {
    public static final SmtpLimits DEFAULTS =
            new SmtpLimits(Sizes.DEFAULTS, Times.DEFAULTS, Counts.DEFAULTS);

    /** As the defaults, but for the size of a message. */
    public static SmtpLimits withMessageBytesMax(long bytes) {
        Sizes s = Sizes.DEFAULTS;
        return new SmtpLimits(new Sizes(s.commandBytesMax(), s.authLineBytesMax(),
                s.overlongBytesMax(), bytes, s.headerBytesMax()), Times.DEFAULTS, Counts.DEFAULTS);
    }

    /**
     * In octets.
     *
     * @param commandBytesMax  a command line with its CRLF; RFC 5321's 512 and room for parameters
     * @param authLineBytesMax a line of an AUTH exchange (RFC 4954 §4)
     * @param overlongBytesMax of a line over its limit is read away before the line is cut
     * @param messageBytesMax  header, empty line and body, after the dots are removed; said in EHLO
     * @param headerBytesMax   of it, the header; the handler holds this one
     */
    public record Sizes(int commandBytesMax, int authLineBytesMax, int overlongBytesMax,
            long messageBytesMax, int headerBytesMax) {
        public static final Sizes DEFAULTS =
                new Sizes(2_048, 12_288, 65_536, 25_000_000, 256 * 1024);

        public Sizes {
            if (commandBytesMax < 512 || Math.max(commandBytesMax, authLineBytesMax)
                    > WireInput.CAPACITY) {
                throw new IllegalArgumentException("a line limit is not in 512.."
                        + WireInput.CAPACITY + " octets");
            }
        }
    }

    /**
     * How long a client may keep us waiting.
     *
     * @param idle           between commands
     * @param command        from the first octet of a line to its end
     * @param handshake      of TLS
     * @param write          until the client has taken one write
     * @param transaction    from MAIL to the reply to the final dot
     * @param session        in all
     * @param dataGrace      in DATA, waited for free before the rate counts
     * @param dataBytesPerSecondMin the slowest client we bear in DATA
     * @param linger         reading away what a refused client still sends, so that it
     *                       sees the reply
     */
    public record Times(Duration idle, Duration command, Duration handshake, Duration write,
            Duration transaction, Duration session, Duration dataGrace, int dataBytesPerSecondMin,
            Duration linger) {
        public static final Times DEFAULTS = new Times(Duration.ofMinutes(5),
                Duration.ofSeconds(60), Duration.ofSeconds(30), Duration.ofSeconds(60),
                Duration.ofHours(1), Duration.ofHours(12), Duration.ofSeconds(60), 500,
                Duration.ofSeconds(2));
    }

    /**
     * @param connectionsMax           in all
     * @param connectionsPerNetworkMax from one IPv4 address or one IPv6 /64
     * @param recipientsMax            of one transaction
     * @param errorsMax                refused commands of one connection
     * @param junkMax                  commands that get no mail done, since the last message
     * @param loginFailuresMax         of one connection
     */
    public record Counts(int connectionsMax, int connectionsPerNetworkMax, int recipientsMax,
            int errorsMax, int junkMax, int loginFailuresMax) {
        public static final Counts DEFAULTS = new Counts(2_000, 200, 1_000, 20, 100, 3);
    }
}
