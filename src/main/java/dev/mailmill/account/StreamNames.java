package dev.mailmill.account;

import dev.mailmill.mail.Stream;
import java.util.Optional;

/** A tenant's streams by the names it gave them; answered from memory. */
public interface StreamNames {
    /** Empty when the tenant has none of this name. */
    Optional<Stream> named(long tenant, String name);

    /** The one that carries what names no stream. */
    Stream usual(long tenant);
}
