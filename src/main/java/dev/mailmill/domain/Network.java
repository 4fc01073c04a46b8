package dev.mailmill.domain;

import dev.mailmill.dns.Authority;
import dev.mailmill.dns.Dns;
import java.util.List;
import java.util.function.Supplier;

/**
 * What a domain's check asks besides its owner's word.
 *
 * @param authority the zone's own servers
 * @param dns       as receivers see it, through a resolver
 * @param egress    addresses that mail leaves from; none where others send for us
 * @param reported  what receivers' reports say
 */
public record Network(Authority authority, Dns dns, Supplier<List<Origin>> egress,
        Reported reported) {
}
