package dev.mailmill.smtp;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Text of the wire: valid UTF-8 or nothing (RFC 6531 §3.1). */
final class Utf8 {
    private Utf8() {
    }

    /** Null when the octets are no UTF-8. */
    static String strict(byte[] bytes, int offset, int length) {
        boolean ascii = true;
        for (int i = offset; ascii && i < offset + length; i++) {
            ascii = bytes[i] >= 0;
        }
        if (ascii) {
            return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
        }
        try {
            return StandardCharsets.UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(bytes, offset, length)).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
