package dev.mailmill.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.smtp.SinkTls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Each client, by each port, checks our certificate; the same letter arrives from all of them. */
@Timeout(120)
@ExtendWith(CaptureServer.class)
class ClientsTest {
    private static final String SUBJECT = "Grüße, 世界";
    private static final String BODY = "Zwölf Boxkämpfer, 世界.";

    static Stream<Arguments> clientsAndDoors() {
        return Arrays.stream(Client.values()).flatMap(c ->
                Arrays.stream(Client.Door.values()).map(d -> Arguments.of(c, d)));
    }

    @ParameterizedTest
    @MethodSource("clientsAndDoors")
    void a_letter_arrives_as_it_was_meant(Client client, Client.Door door, Lab lab)
            throws Exception {
        client.needed();
        String to = Lab.fresh("letter");
        client.send(lab, door, lab.certificate(), lab.password(), to, SUBJECT, BODY).good();
        String id = lab.captured(to);
        JsonNode shown = lab.get("v1/messages/" + id);
        assertEquals("me@example.com", shown.path("from").asString());
        assertEquals("me@example.com", shown.path("sender").asString());
        assertEquals(SUBJECT, shown.path("subject").asString());
        assertEquals(1, shown.path("recipients").size(), "one envelope recipient");
        Letter letter = Letter.of(lab.raw(id));
        assertEquals("me@example.com", letter.address("From"));
        assertEquals(to, letter.address("To"));
        assertEquals("text/plain", letter.type());
        assertEquals("utf-8", letter.charset());
        assertEquals(BODY, letter.text().strip());
    }

    @ParameterizedTest
    @EnumSource
    void a_wrong_password_is_told_in_the_clients_own_words(Client client, Lab lab)
            throws Exception {
        client.needed();
        String to = Lab.fresh("wrong");
        Program.Said said = client.send(lab, Client.Door.STARTTLS, lab.certificate(), "wrong", to,
                SUBJECT, BODY);
        assertTrue(said.exit() != 0, said.text());
        assertTrue(said.text().contains(client.refused), said.text());
        assertTrue(lab.events(to).isEmpty());
    }

    @ParameterizedTest
    @EnumSource
    void a_certificate_of_somebody_else_is_not_trusted(Client client, Lab lab) throws Exception {
        client.needed();
        Path other = lab.folder().resolve("other.crt");
        Files.writeString(other, "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(
                        SinkTls.of("localhost").certificate().getEncoded())
                + "\n-----END CERTIFICATE-----\n");
        String to = Lab.fresh("distrust");
        Program.Said said = client.send(lab, Client.Door.STARTTLS, other, lab.password(), to,
                SUBJECT, BODY);
        assertTrue(said.exit() != 0, said.text());
        assertTrue(said.text().contains(client.distrusted), said.text());
        assertTrue(lab.events(to).isEmpty());
    }
}
