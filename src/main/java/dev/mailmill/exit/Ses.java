package dev.mailmill.exit;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Amazon SES v2: the whole message in base64, each request signed. */
record Ses() implements Service {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    /** About our account and identities, though some come as a 400. */
    private static final Set<String> OURS = Set.of("AccountSuspendedException",
            "SendingPausedException", "MailFromDomainNotVerifiedException",
            "LimitExceededException", "NotFoundException", "UnrecognizedClientException",
            "InvalidSignatureException", "SignatureDoesNotMatch", "AccessDeniedException");

    @Override
    public String usualUrl(Exit exit) {
        return "https://email." + exit.region() + ".amazonaws.com";
    }

    @Override
    public long bytesMax() {
        return 40L << 20;
    }

    @Override
    public boolean parts() {
        return false;
    }

    @Override
    public HttpLine.Request request(Exits.Opened opened, Copy copy) {
        Exit exit = opened.exit();
        ObjectNode node = JSON.objectNode().put("FromEmailAddress", copy.author());
        node.putObject("Destination").putArray("ToAddresses").add(copy.recipient());
        node.putObject("Content").putObject("Raw")
                .put("Data", Base64.getEncoder().encodeToString(copy.message()));
        if (!exit.account().isEmpty()) {
            node.put("ConfigurationSetName", exit.account());
        }
        byte[] body = node.toString().getBytes(StandardCharsets.UTF_8);
        var uri = at(exit, "/v2/email/outbound-emails");
        return new HttpLine.Request("POST", uri, new SigV4(exit.accessKey(),
                opened.keys().secret(), exit.region(), "ses").headers("POST", uri,
                "application/json", body, copy.now()), body);
    }

    @Override
    public Verdict judge(HttpLine.Reply reply) {
        if (reply.status() / 100 == 2) {
            return new Verdict.Taken(reply.json().path("MessageId").asString(""));
        }
        String type = reply.header("x-amzn-errortype").map(t -> t.split(":")[0])
                .orElseGet(() -> reply.json().path("__type").asString(""));
        String said = reply.text().toLowerCase(Locale.ROOT);
        boolean identity = type.equals("MessageRejected") && said.contains("not verified");
        if (identity || OURS.contains(type)) {
            return new Verdict.Fault();
        }
        return Service.common(reply).orElseGet(() -> type.equals("BadRequestException")
                && (said.contains("destination") || said.contains("recipient"))
                ? new Verdict.Bounced() : new Verdict.Unfit());
    }
}
