package dev.mailmill.domain;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Collectors;

/** Domains where anybody gets a mailbox, and nobody a DKIM key. */
final class Freemail {
    private static final Set<String> NAMES = read();

    private Freemail() {
    }

    /** @param name lower-case A-label */
    static boolean has(String name) {
        return NAMES.contains(name);
    }

    private static Set<String> read() {
        try (InputStream in = Freemail.class.getResourceAsStream("/domain/freemail.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines()
                    .filter(l -> !l.startsWith("#"))
                    .flatMap(l -> Set.of(l.split(" ")).stream())
                    .collect(Collectors.toUnmodifiableSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
