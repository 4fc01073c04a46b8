package dev.mailmill.submit;

import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import java.io.ByteArrayInputStream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * What Outlook posts to be told its settings. It comes from anybody, so nothing in it may make the
 * reader open a file or a connection, or unfold entities: a DTD alone is refused.
 */
final class AutodiscoverRequest {
    static final int BYTES_MAX = 16 * 1024;
    /** RFC 5321 §4.5.3.1: a local part, an at sign and a domain. */
    private static final int ADDRESS_CHARACTERS_MAX = 320;
    private static final String ADDRESS = "EMailAddress";

    private AutodiscoverRequest() {
    }

    /** @throws Problem 400 when it asks for no address, or asks in a way that is not read */
    static String address(byte[] body) {
        try {
            XMLStreamReader reader = factory().createXMLStreamReader(
                    new ByteArrayInputStream(body));
            while (reader.hasNext()) {
                int event = reader.next();
                if (event == XMLStreamConstants.DTD) {
                    throw problem("a DTD is not read");
                }
                if (event == XMLStreamConstants.START_ELEMENT
                        && reader.getLocalName().equals(ADDRESS)) {
                    return checked(reader.getElementText().strip());
                }
            }
        } catch (XMLStreamException e) {
            // its words quote the request
            throw problem("it is not proper XML");
        }
        throw problem("it has no " + ADDRESS);
    }

    private static String checked(String address) {
        if (address.length() > ADDRESS_CHARACTERS_MAX) {
            throw problem("the address is too long");
        }
        return address;
    }

    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
        factory.setXMLResolver((_, _, _, _) -> {
            throw new XMLStreamException("nothing is fetched");
        });
        return factory;
    }

    private static Problem problem(String why) {
        return ProblemType.MALFORMED_REQUEST.problem("The Autodiscover request is not understood: "
                + why + ".");
    }
}
