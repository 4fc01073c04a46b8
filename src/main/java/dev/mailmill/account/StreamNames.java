package dev.mailmill.account;

import dev.mailmill.mail.Stream;
import java.util.Optional;

/** A tenant's streams by what people call them; answered from memory. */
public interface StreamNames {
    Optional<Stream> named(long tenant, String name);

    /** The one that carries what names none: {@code transactional}. */
    Stream usual(long tenant);
}
