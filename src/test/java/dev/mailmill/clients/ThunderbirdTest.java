package dev.mailmill.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * What Thunderbird does for a new account: it asks a host under the address's domain, and submits
 * with the server, port, TLS, login method and user name that the answer names. curl plays its
 * part, and checks our certificate for the name that it was told.
 */
@Timeout(120)
@ExtendWith(CaptureServer.class)
class ThunderbirdTest {
    private static final String DOMAIN = "thunder.example";

    @Test
    void mail_is_submitted_with_exactly_what_the_document_names(Lab lab) throws Exception {
        Program.needs("curl", "curl");
        lab.trust(DOMAIN);
        String host = "autoconfig." + DOMAIN;
        String text = lab.run("curl", "-sS", "--fail", "--connect-to",
                host + ":80:127.0.0.1:" + lab.api().getPort(),
                "http://" + host + "/mail/config-v1.1.xml?emailaddress=ann%40" + DOMAIN)
                .good().text();
        SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI)
                .newSchema(ThunderbirdTest.class.getResource("/clients/config-v1.1.xsd"))
                .newValidator().validate(new StreamSource(new StringReader(text)));
        Document told = DocumentBuilderFactory.newInstance().newDocumentBuilder()
                .parse(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
        assertEquals(DOMAIN, told.getElementsByTagName("domain").item(0).getTextContent());
        NodeList servers = told.getElementsByTagName("outgoingServer");
        assertEquals(2, servers.getLength(), "TLS and STARTTLS");
        for (int i = 0; i < servers.getLength(); i++) {
            Element server = (Element) servers.item(i);
            String to = Lab.fresh("thunder");
            submit(lab, server, lab.password(), to).good();
            Letter letter = Letter.of(lab.raw(lab.captured(to)));
            assertEquals("ann@" + DOMAIN, letter.address("From"));
            assertEquals("Zwölf Boxkämpfer", letter.text().strip());
            String nobody = Lab.fresh("thunder");
            Program.Said said = submit(lab, server, "wrong", nobody);
            assertEquals(67, said.exit(), "curl's number for a refused login: " + said.text());
            assertTrue(lab.events(nobody).isEmpty());
        }
    }

    private static Program.Said submit(Lab lab, Element server, String password, String to)
            throws Exception {
        assertEquals("password-cleartext", part(server, "authentication"));
        String place = part(server, "hostname") + ":" + part(server, "port");
        List<String> tls = part(server, "socketType").equals("SSL")
                ? List.of("smtps://" + place) : List.of("--ssl-reqd", "smtp://" + place);
        String letter = "From: ann@" + DOMAIN + "\r\nTo: " + to + "\r\nSubject: Hello\r\n"
                + "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "Content-Transfer-Encoding: 8bit\r\n\r\nZwölf Boxkämpfer\r\n";
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "--cacert",
                lab.certificate().toString(), "--resolve", place + ":127.0.0.1", "--user",
                part(server, "username") + ":" + password, "--login-options", "AUTH=PLAIN",
                "--mail-from", "ann@" + DOMAIN, "--mail-rcpt", to, "--upload-file", "-"));
        command.addAll(tls);
        return Program.run(lab.folder(), lab.environment(),
                letter.getBytes(StandardCharsets.UTF_8), command);
    }

    private static String part(Element server, String name) {
        return server.getElementsByTagName(name).item(0).getTextContent();
    }
}
