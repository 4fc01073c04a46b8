package dev.mailmill.relay;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.Dns;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Reply;
import dev.mailmill.mime.AddressLiteral;
import dev.mailmill.smtp.SmtpClientLogin;
import dev.mailmill.smtp.SmtpClientTarget;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * The addresses of a server that the operator named. They are trusted: no address policy. A name
 * that DNS does not know is looked for where the system keeps names of its own ({@code
 * /etc/hosts}).
 */
public final class PlaceHops implements Hops {
    private final String host;
    private final int port;
    private final boolean implicit;
    private final SmtpClientTarget.Tls tls;
    private final Optional<SmtpClientLogin> login;
    private final Dns dns;
    private boolean given;
    private Optional<Outcome> obstacle = Optional.empty();

    public PlaceHops(String host, int port, boolean implicit, SmtpClientTarget.Tls tls,
            Optional<SmtpClientLogin> login, Dns dns) {
        this.host = host;
        this.port = port;
        this.implicit = implicit;
        this.tls = tls;
        this.login = login;
        this.dns = dns;
    }

    @Override
    public List<SmtpClientTarget> next() {
        if (given) {
            return List.of();
        }
        given = true;
        return find().stream().map(address ->
                new SmtpClientTarget(address, port, host, implicit, tls, login)).toList();
    }

    private List<InetAddress> find() {
        Optional<AddressLiteral> literal = AddressLiteral.ofHost(host);
        if (literal.isPresent()) {
            return List.of(InetAddress.ofLiteral(literal.get().text()));
        }
        if (host.equals("localhost")) {
            return List.of(InetAddress.getLoopbackAddress());
        }
        Answer<InetAddress> four = dns.a(host);
        Answer<InetAddress> found = four instanceof Answer.Found ? four : dns.aaaa(host);
        if (found instanceof Answer.Found<InetAddress>(List<InetAddress> records)) {
            return records;
        }
        List<InetAddress> known = SystemHosts.find(host);
        if (known.isEmpty()) {
            String why = four instanceof Answer.Unknown<InetAddress>(String text) ? text
                    : host + " has no address";
            obstacle = Optional.of(new Outcome.Deferred(Reply.local("4.4.3", why),
                    Outcome.Fault.LANE));
        }
        return known;
    }

    @Override
    public Optional<Outcome> obstacle() {
        return obstacle;
    }
}
