package dev.mailmill.exit;

import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;

/** Mailgun's MIME send: a form with the message as a file. */
record Mailgun() implements Service {
    @Override
    public String usualUrl(Exit exit) {
        return exit.region().equals("eu") ? "https://api.eu.mailgun.net"
                : "https://api.mailgun.net";
    }

    @Override
    public long bytesMax() {
        return 25L << 20;
    }

    @Override
    public boolean parts() {
        return false;
    }

    @Override
    public HttpLine.Request request(Exits.Opened opened, Copy copy) {
        String boundary = "=_mailmill_" + Long.toString(copy.delivery(), 36);
        String message = new String(copy.message(), StandardCharsets.ISO_8859_1);
        while (message.contains(boundary)) {
            boundary += "_";
        }
        ByteArrayOutputStream form = new ByteArrayOutputStream(copy.message().length + 512);
        form.writeBytes(("--" + boundary + "\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\n"
                + copy.recipient() + "\r\n--" + boundary + "\r\nContent-Disposition: form-data;"
                + " name=\"message\"; filename=\"MimeMessage\"\r\nContent-Type: message/rfc822"
                + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
        form.writeBytes(copy.message());
        form.writeBytes(("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII));
        String domain = opened.exit().account().isEmpty() ? copy.authorDomain()
                : opened.exit().account();
        String login = Base64.getEncoder().encodeToString(
                ("api:" + opened.keys().secret()).getBytes(StandardCharsets.UTF_8));
        return new HttpLine.Request("POST", at(opened.exit(), "/v3/"
                + URLEncoder.encode(domain, StandardCharsets.UTF_8) + "/messages.mime"),
                Map.of("Authorization", "Basic " + login,
                        "Content-Type", "multipart/form-data; boundary=\"" + boundary + "\""),
                form.toByteArray());
    }

    @Override
    public Verdict judge(HttpLine.Reply reply) {
        if (reply.status() / 100 == 2) {
            return new Verdict.Taken(bare(reply.json().path("id").asString("")));
        }
        String said = reply.json().path("message").asString("").toLowerCase(Locale.ROOT);
        return Service.common(reply).orElseGet(() -> said.contains("'to'")
                || said.startsWith("to parameter") ? new Verdict.Bounced() : new Verdict.Unfit());
    }

    /** Its number is our Message-ID, which all of a message's recipients share. */
    @Override
    public String key(String remote, String recipient) {
        return remote.isEmpty() ? "" : remote + " " + recipient.toLowerCase(Locale.ROOT);
    }

    /** Its webhooks say the number without angle brackets. */
    static String bare(String id) {
        return id.startsWith("<") && id.endsWith(">") ? id.substring(1, id.length() - 1) : id;
    }
}
