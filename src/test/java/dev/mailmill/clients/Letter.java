package dev.mailmill.clients;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.james.mime4j.MimeException;
import org.apache.james.mime4j.stream.EntityState;
import org.apache.james.mime4j.stream.Field;
import org.apache.james.mime4j.stream.MimeTokenStream;

/**
 * A message of one part, as its reader sees it.
 *
 * @param fields by name in lower case, unfolded
 */
record Letter(Map<String, String> fields, String type, String charset, String text) {
    /** @param raw octets, one character each */
    static Letter of(String raw) throws IOException, MimeException {
        MimeTokenStream tokens = new MimeTokenStream();
        tokens.parse(new ByteArrayInputStream(raw.getBytes(StandardCharsets.ISO_8859_1)));
        Map<String, String> fields = new HashMap<>();
        for (EntityState state = tokens.getState(); state != EntityState.T_END_OF_STREAM;
                state = tokens.next()) {
            if (state == EntityState.T_FIELD) {
                Field field = tokens.getField();
                fields.put(field.getName().toLowerCase(Locale.ROOT), field.getBody().strip());
            } else if (state == EntityState.T_BODY) {
                String charset = tokens.getBodyDescriptor().getCharset();
                return new Letter(fields, tokens.getBodyDescriptor().getMimeType(),
                        charset.toLowerCase(Locale.ROOT),
                        new String(tokens.getDecodedInputStream().readAllBytes(),
                                Charset.forName(charset)));
            }
        }
        throw new IOException("no body of one part: " + raw);
    }

    /** The one address of a field. */
    String address(String field) {
        return fields.getOrDefault(field.toLowerCase(Locale.ROOT), "").replaceAll("^.*<|>$", "");
    }
}
