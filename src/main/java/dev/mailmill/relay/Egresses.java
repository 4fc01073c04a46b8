package dev.mailmill.relay;

import dev.mailmill.lane.Source;
import dev.mailmill.mime.AddressLiteral;
import dev.mailmill.smtp.SmtpClientLogin;
import dev.mailmill.smtp.SmtpClientSource;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What the operator wrote about a source, as a connection is opened from it. */
public final class Egresses {
    private final Function<String, Optional<Source>> sources;

    /** @param sources by name, as they are set up now */
    public Egresses(Function<String, Optional<Source>> sources) {
        this.sources = sources;
    }

    /** None when it is gone, or its proxy can't be found; a name of a proxy is looked up here. */
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
        boolean nameless = source.ip4().isEmpty() && source.ip6().isEmpty();
        Optional<InetAddress> address = address(uri.getHost());
        if (address.isEmpty() || !socks && nameless) {
            return Optional.empty();
        }
        SmtpClientSource.Proxy proxy = socks
                ? new SmtpClientSource.Socks5(address.get(), uri.getPort(), login(uri))
                : new SmtpClientSource.Via(address.get(), uri.getPort());
        return Optional.of(new SmtpClientSource(name, source.ip4(), source.ip6(), source.ehlo(),
                Optional.of(proxy)));
    }

    private static Optional<InetAddress> address(String host) {
        Optional<AddressLiteral> literal = AddressLiteral.ofHost(host);
        if (literal.isPresent()) {
            return Optional.of(InetAddress.ofLiteral(literal.get().text()));
        }
        List<InetAddress> all = SystemHosts.find(host);
        return all.stream().findFirst();
    }

    /** {@code socks5://user:password@host:port}, percent-encoded. */
    private static Optional<SmtpClientLogin> login(URI uri) {
        String info = uri.getUserInfo();
        int colon = info == null ? -1 : info.indexOf(':');
        return colon < 0 ? Optional.empty() : Optional.of(
                new SmtpClientLogin(info.substring(0, colon), info.substring(colon + 1)));
    }
}
