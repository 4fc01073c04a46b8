package dev.mailmill.app;

import dev.mailmill.compose.ReturnPaths;
import dev.mailmill.domain.ReturnPath;
import dev.mailmill.domain.SigningKeys;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Message;
import java.util.List;

/** Bounces come back under the author's own domain where it is proven, else under ours. */
final class Bounces implements ReturnPaths {
    private final ReturnPath paths;
    private final SigningKeys keys;
    private final String hostname;

    Bounces(ReturnPath paths, SigningKeys keys, String hostname) {
        this.paths = paths;
        this.keys = keys;
        this.hostname = hostname;
    }

    @Override
    public String forDelivery(Message message, Delivery delivery) {
        List<String> authors = message.letter().authors();
        String author = authors.isEmpty() ? "" : authors.getFirst();
        String domain = author.substring(author.lastIndexOf('@') + 1);
        return paths.mint(delivery.id(), keys.returnPath(message.tenant(), domain)
                .orElse("bounces." + hostname));
    }
}
