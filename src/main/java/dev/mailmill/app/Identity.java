package dev.mailmill.app;

import dev.mailmill.compose.CopyFields;
import dev.mailmill.domain.CopyToken;
import dev.mailmill.domain.SigningKeys;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Streams;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.mime.Head;
import dev.mailmill.tracking.LinkHosts;
import java.util.Locale;
import java.util.Optional;

/**
 * Says in each copy whose it is, so that a complaint can be led back without its recipient's
 * address, which most receivers cut out: {@code CFBL-Feedback-ID} (RFC 9477) for those who report
 * by mail, {@code Feedback-ID} for Gmail, which counts by its parts. Bulk mail that has no way out
 * gets one: a click where links can lead here, and a mail.
 */
final class Identity implements CopyFields {
    /** Gmail counts by the last part only when it is 5 to 15 octets and the same in all mail. */
    private static final int SENDER_MAX = 15;
    private static final int SENDER_MIN = 5;

    private final Streams streams;
    private final CopyToken feedback;
    private final CopyToken unsubscribe;
    private final LinkHosts links;
    private final SigningKeys keys;

    Identity(Streams streams, CopyToken feedback, CopyToken unsubscribe, LinkHosts links,
            SigningKeys keys) {
        this.links = links;
        this.streams = streams;
        this.feedback = feedback;
        this.unsubscribe = unsubscribe;
        this.keys = keys;
    }

    @Override
    public String of(Message message, Delivery delivery, Head head, String domain) {
        StringBuilder out = new StringBuilder(256);
        // where our MX is, whatever label the domain has for it
        String ours = keys.returnPath(message.tenant(), domain).orElse("bounces." + domain);
        if (head.first("feedback-id").isEmpty()) {
            // campaign:stream:tenant:sender
            out.append("Feedback-ID: 0:").append(token(streams.of(message.stream()).name()))
                    .append(":t").append(Long.toString(message.tenant(), 36)).append(':')
                    .append(sender(domain)).append("\r\n");
        }
        if (head.first("cfbl-address").isEmpty() && head.first("cfbl-feedback-id").isEmpty()) {
            out.append("CFBL-Address: fbl@").append(ours).append("; report=arf\r\n")
                    .append("CFBL-Feedback-ID: ").append(feedback.mint(delivery.id()))
                    .append("\r\n");
        }
        if (streams.of(message.stream()).carries() == TrafficClass.BULK
                && head.first("list-unsubscribe").isEmpty()) {
            unsubscribe(out, delivery, head, domain, ours);
        }
        return out.toString();
    }

    /** RFC 8058 §3.1: the https address first, and the word that one POST is enough. */
    private void unsubscribe(StringBuilder out, Delivery delivery, Head head, String domain,
            String ours) {
        String token = unsubscribe.mint(delivery.id());
        Optional<String> prefix = links.prefix(domain);
        out.append("List-Unsubscribe: ");
        prefix.ifPresent(p -> out.append('<').append(p).append("/u/").append(token)
                .append(">,\r\n "));
        out.append("<mailto:").append(token).append('@').append(ours)
                .append("?subject=unsubscribe>\r\n");
        if (prefix.isPresent() && head.first("list-unsubscribe-post").isEmpty()) {
            out.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
        }
    }

    private static String token(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_.-]", "-");
    }

    /** Of the domain, so that all that it sends counts together. */
    private static String sender(String domain) {
        String name = domain.replace('.', '-');
        String end = name.length() > SENDER_MAX ? name.substring(name.length() - SENDER_MAX)
                : name;
        return end.length() < SENDER_MIN ? end + "-mail" : end;
    }
}
