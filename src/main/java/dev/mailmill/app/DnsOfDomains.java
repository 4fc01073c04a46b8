package dev.mailmill.app;

import dev.mailmill.dns.Dns;
import dev.mailmill.domain.DomainDns;
import java.util.function.Function;

/** What a sending domain publishes, asked of the same DNS that delivery asks. */
final class DnsOfDomains implements DomainDns {
    private final Dns dns;

    DnsOfDomains(Dns dns) {
        this.dns = dns;
    }

    @Override
    public DomainDns.Answer txt(String name) {
        return translated(dns.txt(name), t -> t);
    }

    @Override
    public DomainDns.Answer mx(String name) {
        return translated(dns.mx(name), mx -> mx.preference() + " " + mx.host());
    }

    private static <T> DomainDns.Answer translated(dev.mailmill.dns.Answer<T> answer,
            Function<T, String> words) {
        return switch (answer) {
            case dev.mailmill.dns.Answer.Found<T>(var records) -> new DomainDns.Answer.Found(
                    records.stream().map(words).toList());
            case dev.mailmill.dns.Answer.NoDomain<T> _, dev.mailmill.dns.Answer.NoData<T> _ ->
                    new DomainDns.Answer.Absent();
            case dev.mailmill.dns.Answer.Unknown<T>(String why) ->
                    new DomainDns.Answer.Unknown(why);
        };
    }
}
