package dev.mailmill.suppression;

import dev.mailmill.mime.Address;
import dev.mailmill.mime.Malformed;
import java.text.Normalizer;
import java.util.Locale;

/** An address as it is compared (decision 17): dots and plus tags count, case does not. */
record AddressKey(String text) {
    /** Of an envelope's address. */
    static AddressKey ofPath(String address) throws Malformed {
        return of(Address.ofPath(address));
    }

    static AddressKey of(Address address) {
        String lower = Normalizer.normalize(address.local(), Normalizer.Form.NFC)
                .toLowerCase(Locale.ROOT);
        // lower case may take a composed letter apart again
        return new AddressKey(Normalizer.normalize(lower, Normalizer.Form.NFC) + "@"
                + address.domain());
    }
}
