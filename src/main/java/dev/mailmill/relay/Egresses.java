package dev.mailmill.relay;

import dev.mailmill.lane.Source;
import dev.mailmill.mime.AddressLiteral;
import dev.mailmill.smtp.SmtpClientSource;
import java.net.InetAddress;
import java.net.URI;
import java.util.Optional;
import java.util.function.Function;

/** What the operator wrote about a source, as a connection is opened from it. */
public final class Egresses {
    private final Function<String, Optional<Source>> sources;

    /** @param sources by name, as they are set up now */
    public Egresses(Function<String, Optional<Source>> sources) {
        this.sources = sources;
    }

    /**
     * None when it is gone, or its proxy can't be used. Asked for each attempt, so a proxy is an
     * address, and no name that would have to be looked up.
     */
    public Optional<SmtpClientSource> of(String name) {
        Optional<Source> found = sources.apply(name);
        if (found.isEmpty()) {
            return name.isEmpty() ? Optional.of(SmtpClientSource.OWN) : Optional.empty();
        }
        Source source = found.get();
        if (source.proxy().isEmpty()) {
            return Optional.of(new SmtpClientSource(name, source.ip4(), source.ip6(),
                    source.ehlo(), Optional.empty()));
        }
        URI uri = URI.create(source.proxy());
        boolean socks = uri.getScheme().equals("socks5");
        Optional<InetAddress> address = AddressLiteral.ofHost(uri.getHost())
                .map(a -> InetAddress.ofLiteral(a.text()));
        if (address.isEmpty() || !socks && source.ip4().isEmpty() && source.ip6().isEmpty()) {
            return Optional.empty();
        }
        SmtpClientSource.Proxy proxy = socks
                ? new SmtpClientSource.Socks5(address.get(), uri.getPort(), Optional.empty())
                : new SmtpClientSource.Via(address.get(), uri.getPort());
        return Optional.of(new SmtpClientSource(name, source.ip4(), source.ip6(), source.ehlo(),
                Optional.of(proxy)));
    }
}
