package dev.mailmill.submit;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mime.DomainName;
import dev.mailmill.mime.Malformed;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Tells mail programs where to submit, so that nobody types it: Thunderbird's config-v1.1.xml and
 * Outlook's autodiscover.xml. The user's name in both is the word {@code api}, which goes with
 * every secret; a program that put the address there could not log in. There is no server for
 * incoming mail, so none is named.
 */
public final class AutoconfigRoutes implements Routes {
    private static final String USER_NAME = "api";
    private static final String AUTOCONFIG_HOST = "autoconfig.";
    private static final String OUTLOOK = "http://schemas.microsoft.com/exchange/autodiscover/";
    private static final String DECLARATION = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

    /**
     * What is told.
     *
     * @param submission  the port with STARTTLS
     * @param submissions the port with TLS from the first byte, which RFC 8314 §3.3 prefers
     */
    public record Server(String hostname, int submission, int submissions) {
    }

    private final Server server;
    private final Predicate<String> ours;

    /** @param ours whether a domain (lower-case A-labels) is some tenant's */
    public AutoconfigRoutes(Server server, Predicate<String> ours) {
        this.server = server;
        this.ours = ours;
    }

    @Override
    public void into(Router router) {
        router.open("/mail/config-v1.1.xml", this::thunderbird);
        router.open("/.well-known/autoconfig/mail/config-v1.1.xml", this::thunderbird);
        // Outlook writes it one way or the other
        for (String path : new String[] {"/autodiscover/autodiscover.xml",
            "/Autodiscover/Autodiscover.xml"}) {
            router.openPost(path, AutodiscoverRequest.BYTES_MAX, this::outlook);
        }
    }

    private Answer thunderbird(Exchange exchange) {
        String domain = exchange.query("emailaddress").map(AutoconfigRoutes::domainOf)
                .orElseGet(() -> domainOfHost(exchange.header("Host").orElse("")));
        String name = known(domain);
        return xml("""
                <clientConfig version="1.1">
                  <emailProvider id="%s">
                    <domain>%s</domain>
                    <displayName>%s</displayName>
                    <displayShortName>Mailmill</displayShortName>
                %s%s  </emailProvider>
                </clientConfig>
                """.formatted(name, name, escaped(server.hostname()),
                outgoing(server.submissions(), "SSL"), outgoing(server.submission(), "STARTTLS")));
    }

    private String outgoing(int port, String socketType) {
        return """
                    <outgoingServer type="smtp">
                      <hostname>%s</hostname>
                      <port>%d</port>
                      <socketType>%s</socketType>
                      <authentication>password-cleartext</authentication>
                      <username>%s</username>
                    </outgoingServer>
                """.formatted(escaped(server.hostname()), port, socketType, USER_NAME);
    }

    private Answer outlook(Exchange exchange) {
        known(domainOf(AutodiscoverRequest.address(exchange.body())));
        return xml("""
                <Autodiscover xmlns="%sresponseschema/2006">
                  <Response xmlns="%soutlook/responseschema/2006a">
                    <Account>
                      <AccountType>email</AccountType>
                      <Action>settings</Action>
                %s%s    </Account>
                  </Response>
                </Autodiscover>
                """.formatted(OUTLOOK, OUTLOOK, protocol(server.submissions(), "SSL"),
                protocol(server.submission(), "TLS")));
    }

    private String protocol(int port, String encryption) {
        return """
                      <Protocol>
                        <Type>SMTP</Type>
                        <Server>%s</Server>
                        <Port>%d</Port>
                        <LoginName>%s</LoginName>
                        <DomainRequired>off</DomainRequired>
                        <SPA>off</SPA>
                        <SSL>on</SSL>
                        <Encryption>%s</Encryption>
                        <AuthRequired>on</AuthRequired>
                        <UsePOPAuth>off</UsePOPAuth>
                      </Protocol>
                """.formatted(escaped(server.hostname()), port, USER_NAME, encryption);
    }

    private static String domainOf(String address) {
        return address.substring(address.lastIndexOf('@') + 1);
    }

    private static String domainOfHost(String host) {
        String name = host.replaceFirst(":[0-9]*$", "");
        return name.regionMatches(true, 0, AUTOCONFIG_HOST, 0, AUTOCONFIG_HOST.length())
                ? name.substring(AUTOCONFIG_HOST.length()) : name;
    }

    /** The domain in A-labels, which need no escape; a 404 for one that nobody here sends from. */
    private String known(String domain) {
        try {
            String name = DomainName.ascii(domain);
            if (ours.test(name)) {
                return name;
            }
        } catch (Malformed e) {
            // as unknown as any other
        }
        throw ProblemType.NOT_FOUND.problem("Nobody sends from that domain here.");
    }

    private static Answer xml(String text) {
        return new Answer(200, "application/xml; charset=utf-8",
                Map.of("Cache-Control", "max-age=3600"),
                (DECLARATION + text).getBytes(StandardCharsets.UTF_8));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
