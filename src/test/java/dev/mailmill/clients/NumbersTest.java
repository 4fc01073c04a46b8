package dev.mailmill.clients;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.smtp.SmtpLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** docs/smtp.md tells the numbers that SmtpLimits has; change both. */
class NumbersTest {
    @Test
    void the_table_of_limits_is_true() throws IOException {
        SmtpLimits.Sizes sizes = SmtpLimits.DEFAULTS.sizes();
        SmtpLimits.Times times = SmtpLimits.DEFAULTS.times();
        SmtpLimits.Counts counts = SmtpLimits.DEFAULTS.counts();
        says("a command line with its CRLF", sizes.commandBytesMax() + " octets");
        says("a line of AUTH", sizes.authLineBytesMax() + " octets");
        says("a line that goes on for " + number(sizes.overlongBytesMax()) + " octets more", "");
        says("of it, the header", sizes.headerBytesMax() + " octets");
        says("recipients of a message", counts.recipientsMax() + "");
        says("errors of a connection since its last message", counts.errorsMax() + "");
        says("commands that send no mail, since the last message (NOOP, RSET, EHLO …)",
                counts.junkMax() + "");
        says("failed logins of a connection", counts.loginFailuresMax() + "");
        says("connections, of each port", counts.connectionsMax() + " in all, "
                + counts.connectionsPerNetworkMax() + " from one network (IPv4 address, IPv6 /64)");
        says("between commands", time(times.idle()));
        says("from the first octet of a line to its end", time(times.command()));
        says("TLS handshake", time(times.handshake()));
        says("until a client takes what we say", time(times.write()));
        says("from MAIL to the reply to the dot", time(times.transaction()));
        says("a whole session", time(times.session()));
        says("in DATA, or all chunks of a message", time(times.dataGrace()) + " free, then "
                + times.dataBytesPerSecondMin() + " octets/s on average");
    }

    private static void says(String what, String number) throws IOException {
        String text = number.replaceFirst("^[0-9]+", number.isEmpty() ? ""
                : number(Integer.parseInt(number.replaceFirst("[^0-9].*", ""))));
        String row = "| " + what + " | " + text + (text.isEmpty() ? "| " : " | ");
        assertTrue(Files.readString(Path.of("docs/smtp.md")).contains("\n" + row),
                "docs/smtp.md should say: " + row);
    }

    private static String number(int n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    private static String time(Duration d) {
        return d.toMinutes() < 2 ? d.toSeconds() + " s"
                : d.toHours() > 0 ? d.toHours() + " h" : d.toMinutes() + " min";
    }
}
