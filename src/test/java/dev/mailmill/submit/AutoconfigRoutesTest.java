package dev.mailmill.submit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import dev.mailmill.http.WebDoor;
import dev.mailmill.http.WebLimits;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

class AutoconfigRoutesTest {
    private static final String THUNDERBIRD = "/mail/config-v1.1.xml";
    private static final String OUTLOOK = "/autodiscover/autodiscover.xml";
    private static final String REQUEST = "<Autodiscover xmlns=\"http://schemas.microsoft.com/"
            + "exchange/autodiscover/outlook/requestschema/2006\"><Request><EMailAddress>%s"
            + "</EMailAddress><AcceptableResponseSchema>http://schemas.microsoft.com/exchange/"
            + "autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema></Request>"
            + "</Autodiscover>";

    private final WebDoor door = WebDoor.open("127.0.0.1", 0, _ -> Optional.empty(),
            List.of(new AutoconfigRoutes(new AutoconfigRoutes.Server("mill.test", 587, 465),
                    d -> d.equals("ours.test") || d.equals("xn--bcher-kva.test"))),
            WebLimits.DEFAULT, _ -> Optional.empty(), Optional.empty());
    private final WebClient client = new WebClient(door.port(), "");

    @AfterEach
    void close() {
        client.close();
        door.close();
    }

    private static Document parsed(WebClient.Reply reply) throws Exception {
        assertEquals(200, reply.status(), reply.text());
        assertEquals("application/xml; charset=utf-8",
                reply.header("Content-Type").orElseThrow().toLowerCase(java.util.Locale.ROOT));
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(reply.raw().body()));
    }

    /** The texts of all elements of a name, in their order. */
    private static List<String> texts(Document document, String name) {
        NodeList found = document.getElementsByTagNameNS("*", name);
        return java.util.stream.IntStream.range(0, found.getLength())
                .mapToObj(i -> found.item(i).getTextContent()).toList();
    }

    private WebClient.Reply ask(String body) {
        return ask(body.getBytes(StandardCharsets.UTF_8));
    }

    private WebClient.Reply ask(byte[] body) {
        return client.post(OUTLOOK, body, "Content-Type", "text/xml");
    }

    @Test
    void thunderbirdIsToldBothPortsTlsFirstAndANameThatLogsIn() throws Exception {
        for (String path : List.of(THUNDERBIRD, "/.well-known/autoconfig" + THUNDERBIRD)) {
            Document told = parsed(client.get(path + "?emailaddress=ann%40ours.test"));
            assertEquals(List.of("ours.test"), texts(told, "domain"));
            assertEquals(List.of("mill.test", "mill.test"), texts(told, "hostname"));
            assertEquals(List.of("465", "587"), texts(told, "port"));
            assertEquals(List.of("SSL", "STARTTLS"), texts(told, "socketType"));
            assertEquals(List.of("api", "api"), texts(told, "username"));
            assertEquals(List.of("password-cleartext", "password-cleartext"),
                    texts(told, "authentication"));
            assertEquals(List.of(), texts(told, "incomingServer"), "there is none to name");
        }
    }

    @Test
    void withoutAnAddressTheHostTellsTheDomain() {
        for (String host : List.of("autoconfig.ours.test", "AutoConfig.Ours.Test:8025",
                "ours.test")) {
            String answer = client.raw("GET " + THUNDERBIRD + " HTTP/1.1\r\nHost: " + host
                    + "\r\nConnection: close\r\n\r\n");
            assertTrue(answer.contains("<domain>ours.test</domain>"), host + answer);
        }
    }

    @Test
    void aDomainInUnicodeIsFoundByItsALabel() throws Exception {
        assertEquals(List.of("xn--bcher-kva.test"), texts(parsed(client.get(THUNDERBIRD
                + "?emailaddress=ann@B%C3%BCcher.test")), "domain"));
    }

    @Test
    void whoeverSendsFromElsewhereIsToldNothing() {
        for (String address : List.of("ann@theirs.test", "ann@", "", "ann@ours.test.",
                "ann@ours.test%3Cx%3E", "%22%3E%3Cx/%3E", "ann@" + "a.".repeat(300) + "test")) {
            WebClient.Reply reply = client.get(THUNDERBIRD + "?emailaddress=" + address);
            boolean dotted = address.endsWith(".");
            assertTrue(reply.status() == 404 || dotted && reply.status() == 200, address);
            assertFalse(reply.text().contains("<x"), reply.text());
        }
        assertEquals(404, ask(REQUEST.formatted("ann@theirs.test")).status());
    }

    @Test
    void outlookIsToldTheSameWithoutAKey() throws Exception {
        for (String path : List.of(OUTLOOK, "/Autodiscover/Autodiscover.xml")) {
            Document told = parsed(client.post(path, REQUEST.formatted(" ann@ours.test ")
                    .getBytes(StandardCharsets.UTF_8), "Content-Type", "text/xml"));
            assertEquals(List.of("SMTP", "SMTP"), texts(told, "Type"));
            assertEquals(List.of("mill.test", "mill.test"), texts(told, "Server"));
            assertEquals(List.of("465", "587"), texts(told, "Port"));
            assertEquals(List.of("SSL", "TLS"), texts(told, "Encryption"));
            assertEquals(List.of("api", "api"), texts(told, "LoginName"));
            assertEquals("http://schemas.microsoft.com/exchange/autodiscover/outlook/"
                    + "responseschema/2006a", told.getElementsByTagNameNS("*", "Response").item(0)
                    .getNamespaceURI());
        }
    }

    @Test
    void aRequestWithADtdIsRefusedAndOpensNothing(@TempDir Path folder) throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "ann@ours.test");
        try (ServerSocket trap = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            trap.setSoTimeout(200);
            String url = "http://127.0.0.1:" + trap.getLocalPort() + "/";
            String entities = "<!ENTITY a0 \"ann@ours.test\">";
            for (int i = 1; i < 30; i++) {
                entities += "<!ENTITY a" + i + " \"" + ("&a" + (i - 1) + ";").repeat(10) + "\">";
            }
            List<String> vectors = List.of(
                    "<!DOCTYPE a [<!ENTITY x SYSTEM \"" + secret.toUri() + "\">]>"
                            + REQUEST.formatted("&x;"),
                    "<!DOCTYPE a [<!ENTITY x SYSTEM \"" + url + "\">]>" + REQUEST.formatted("&x;"),
                    "<!DOCTYPE a SYSTEM \"" + url + "\">" + REQUEST.formatted("ann@ours.test"),
                    "<!DOCTYPE a PUBLIC \"p\" \"" + url + "\">"
                            + REQUEST.formatted("ann@ours.test"),
                    "<!DOCTYPE a [<!ENTITY % p SYSTEM \"" + url + "\">%p;]>"
                            + REQUEST.formatted("ann@ours.test"),
                    "<!DOCTYPE a [<!ENTITY x \"ann@ours.test\">]>" + REQUEST.formatted("&x;"),
                    "<!DOCTYPE a [" + entities + "]>" + REQUEST.formatted("&a29;"),
                    "<!DOCTYPE a>" + REQUEST.formatted("ann@ours.test"));
            for (String vector : vectors) {
                WebClient.Reply reply = ask(vector);
                assertEquals(400, reply.status(), vector + reply.text());
                assertFalse(reply.text().contains("ours.test"), reply.text());
                assertEquals(400, ask(("\ufeff" + vector).getBytes(StandardCharsets.UTF_16BE))
                        .status(), "in UTF-16: " + vector);
            }
            assertThrows(SocketTimeoutException.class, trap::accept);
        }
    }

    @Test
    void includesAndStylesheetsAreText() throws IOException {
        try (ServerSocket trap = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            trap.setSoTimeout(200);
            String url = "http://127.0.0.1:" + trap.getLocalPort() + "/";
            assertEquals(400, ask(REQUEST.formatted("<xi:include"
                    + " xmlns:xi=\"http://www.w3.org/2001/XInclude\" parse=\"text\" href=\"" + url
                    + "\"/>")).status());
            assertEquals(200, ask("<?xml-stylesheet href=\"" + url + "\"?>"
                    + REQUEST.formatted("ann@ours.test").replace("<Request>",
                    "<Request xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
                            + " xsi:schemaLocation=\"" + url + " " + url + "\">")).status());
            assertThrows(SocketTimeoutException.class, trap::accept);
        }
    }

    @Test
    void whatIsNoRequestIsRefusedInFewWords() {
        for (String body : List.of("", "{}", "<a", "<a/>", "<a>" + "<b>".repeat(4_000),
                REQUEST.formatted(""), "<EMailAddress>" + "a".repeat(400) + "@ours.test"
                        + "</EMailAddress>", REQUEST.formatted("&x;"),
                "<?xml version=\"1.0\" encoding=\"nonsense\"?><a/>", "\0\0\0")) {
            WebClient.Reply reply = ask(body);
            assertTrue(reply.status() == 400 || reply.status() == 404,
                    reply.status() + " for " + body);
        }
        assertEquals(413, ask(" ".repeat(AutodiscoverRequest.BYTES_MAX + 1)).status());
        assertEquals(405, client.get(OUTLOOK).status());
    }
}
