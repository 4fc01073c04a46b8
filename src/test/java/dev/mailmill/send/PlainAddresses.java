package dev.mailmill.send;

import java.net.IDN;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what these tests need of addresses, and nothing that is unusual. */
final class PlainAddresses implements Addresses {
    private static final Pattern NAMED = Pattern.compile("([^<>@,;:\"()\\\\]*?) ?<([^<>]+)>");
    private static final Pattern SPEC = Pattern.compile(
            "([\\p{L}\\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\\.[\\p{L}\\p{N}!#$%&'*+/=?^_`{|}~-]+)*)"
                    + "@([\\p{L}\\p{N}](?:[\\p{L}\\p{N}.-]*[\\p{L}\\p{N}]))");

    @Override
    public Optional<Parsed> read(String text) {
        Matcher named = NAMED.matcher(text);
        boolean hasName = named.matches();
        Matcher spec = SPEC.matcher(hasName ? named.group(2) : text);
        if (!spec.matches() || spec.group(1).length() > 64 || spec.group(1).contains("=?")) {
            return Optional.empty();
        }
        try {
            String domain = IDN.toASCII(spec.group(2), IDN.USE_STD3_ASCII_RULES);
            return Optional.of(new Parsed(hasName ? named.group(1) : "", spec.group(),
                    domain.toLowerCase(Locale.ROOT)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
