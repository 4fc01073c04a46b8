package dev.mailmill.dns;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Every domain has one server, and hosts have IPv4 addresses: what a bench needs of DNS. */
public record HostsDns(UnaryOperator<String> server, Function<String, Optional<String>> address)
        implements Dns {
    @Override
    public Answer<Mx> mx(String domain) {
        return new Answer.Found<>(List.of(new Mx(10, server.apply(domain))));
    }

    @Override
    public Answer<InetAddress> a(String host) {
        return address.apply(host).<Answer<InetAddress>>map(
                a -> new Answer.Found<>(List.of(InetAddress.ofLiteral(a))))
                .orElseGet(Answer.NoData::new);
    }

    @Override
    public Answer<InetAddress> aaaa(String host) {
        return new Answer.NoData<>();
    }

    @Override
    public Answer<String> txt(String name) {
        return new Answer.NoData<>();
    }

    @Override
    public Answer<String> ptr(InetAddress address) {
        return new Answer.NoData<>();
    }
}
