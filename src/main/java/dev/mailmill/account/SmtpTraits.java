package dev.mailmill.account;

import dev.mailmill.smtp.Network;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What only an SMTP login may be given.
 *
 * @param rewriteFrom the address that is put into From in place of one that is not the account's;
 *                    empty when such mail is refused
 * @param networks    whose clients submit as this login without AUTH and TLS
 */
public record SmtpTraits(String rewriteFrom, List<Network> networks) {
    public static final SmtpTraits NONE = new SmtpTraits("", List.of());

    public SmtpTraits {
        networks = networks.stream().distinct().sorted(Comparator.comparing(Network::toString))
                .toList();
    }

    /** For people. */
    public String networkList() {
        return networks.stream().map(Network::toString).collect(Collectors.joining(", "));
    }
}
