package dev.mailmill.exit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The five services on one port, as strict as they are: they check the login and what they need of
 * a request, answer in their own shapes, and sign their webhooks.
 */
public final class FakeProvider implements AutoCloseable {
    public static final String KEY = "SG.test-key_1";
    public static final String MAILGUN_SIGNING = "mg-signing-key";
    public static final String RESEND_SIGNING = "whsec_"
            + Base64.getEncoder().encodeToString("resend-signing-secret!".getBytes());
    public static final String POSTMARK_HOOK = "hooks:correct-horse";
    private static final JsonMapper JSON = new JsonMapper();
    private static final String AWS_ID = "AKIDEXAMPLE";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Sent> sent = new CopyOnWriteArrayList<>();
    private final Map<String, String> idempotent = new ConcurrentHashMap<>();
    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicInteger calls = new AtomicInteger();
    private final KeyPair webhook = keys();
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile Function<String, Optional<Said>> instead = _ -> Optional.empty();
    private volatile boolean mute;
    private volatile boolean forgetful;

    /** A request that was taken. @param id as its webhooks will say it */
    public record Sent(String service, String to, String body, String id) {
        public JsonNode json() {
            return JSON.readTree(body);
        }
    }

    /** An answer. */
    public record Said(int status, String body, Map<String, String> headers) {
        public Said(int status, String body) {
            this(status, body, Map.of());
        }
    }

    private FakeProvider(HttpServer server) {
        this.server = server;
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    public static FakeProvider start() {
        try {
            return new FakeProvider(HttpServer.create(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Nobody listens there; a port just left could be another test's by now. */
    public static String closedUrl() {
        return "http://127.0.0.1:1";
    }

    public List<Sent> sent() {
        return List.copyOf(sent);
    }

    public int calls() {
        return calls.get();
    }

    /** What the service says in place of its work. @param how by path; empty to do the work */
    public void instead(Function<String, Optional<Said>> how) {
        instead = how;
    }

    public void always(int status, String body) {
        instead = _ -> Optional.of(new Said(status, body));
    }

    /** Takes all that comes and says nothing. */
    public void mute() {
        mute = true;
    }

    /** Goes on as ever; who waits since it was mute waits on. */
    public void speak() {
        mute = false;
    }

    /** Does its work and loses the answer. */
    public void forget(boolean answers) {
        forgetful = answers;
    }

    private void handle(HttpExchange call) throws IOException {
        calls.incrementAndGet();
        byte[] body = call.getRequestBody().readAllBytes();
        if (mute) {
            try {
                closing.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return;
        }
        String path = call.getRequestURI().getRawPath();
        Said said = instead.apply(path).orElseGet(() -> work(call, path, body));
        if (forgetful) {
            call.close();
            return;
        }
        said.headers().forEach(call.getResponseHeaders()::set);
        byte[] out = said.body().getBytes(StandardCharsets.UTF_8);
        if (!said.body().isEmpty()) {
            call.getResponseHeaders().putIfAbsent("Content-Type", List.of("application/json"));
        }
        call.sendResponseHeaders(said.status(), out.length == 0 ? -1 : out.length);
        call.getResponseBody().write(out);
        call.close();
    }

    private Said work(HttpExchange call, String path, byte[] body) {
        if (!call.getRequestMethod().equals("POST")) {
            return new Said(405, "{\"message\":\"method not allowed\"}");
        }
        return switch (path) {
            case "/v3/mail/send" -> sendGrid(call, body);
            case "/email" -> postmark(call, body);
            case "/emails" -> resend(call, body);
            case "/v2/email/outbound-emails" -> ses(call, body);
            default -> path.matches("/v3/[^/]+/messages\\.mime") ? mailgun(call, path, body)
                    : new Said(404, "{\"message\":\"not found\"}");
        };
    }

    private static String header(HttpExchange call, String name) {
        String value = call.getRequestHeaders().getFirst(name);
        return value == null ? "" : value;
    }

    private static JsonNode json(byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (JacksonException e) {
            return JSON.createObjectNode();
        }
    }

    private String number(String prefix) {
        return prefix + "-" + numbers.incrementAndGet();
    }

    private Said took(String service, String to, byte[] body, String id, Said said) {
        sent.add(new Sent(service, to, new String(body, StandardCharsets.UTF_8), id));
        return said;
    }

    private static Said sendGridError(int status, String message, String field) {
        ObjectNode node = JSON.createObjectNode();
        node.putArray("errors").addObject().put("message", message).put("field", field)
                .putNull("help");
        return new Said(status, node.toString());
    }

    private Said sendGrid(HttpExchange call, byte[] body) {
        if (!header(call, "Authorization").equals("Bearer " + KEY)) {
            return sendGridError(401, "The provided authorization grant is invalid, expired, or"
                    + " revoked", null);
        }
        JsonNode node = json(body);
        String to = node.at("/personalizations/0/to/0/email").asString("");
        if (node.path("personalizations").size() != 1
                || node.at("/personalizations/0/to").size() != 1 || !to.contains("@")
                || to.startsWith("bad@")) {
            return sendGridError(400, "Does not contain a valid address.",
                    "personalizations.0.to.0.email");
        }
        if (node.at("/from/email").asString("").endsWith("@unproven.test")) {
            return sendGridError(403, "The from address does not match a verified Sender"
                    + " Identity. Mail cannot be sent until this error is resolved.", "from");
        }
        if (node.path("subject").asString("").isEmpty()) {
            return sendGridError(400, "The subject is required.", "subject");
        }
        if (node.path("content").isEmpty() || node.path("content").valueStream().anyMatch(c ->
                c.path("value").asString("").isEmpty())) {
            return sendGridError(400, "The content value must be a string at least one character"
                    + " in length.", "content.0.value");
        }
        String first = node.at("/content/0/type").asString("");
        if (node.path("content").size() > 1 && !first.equals("text/plain")) {
            return sendGridError(400, "If present, text/plain must be first.", "content");
        }
        for (String name : node.path("headers").propertyNames()) {
            if (List.of("to", "from", "subject", "reply-to", "cc", "bcc", "received",
                    "content-type", "dkim-signature").contains(name.toLowerCase())) {
                return sendGridError(400, "The header " + name + " is reserved.", "headers");
            }
        }
        String id = number("sgid");
        return took("sendgrid", to, body, id, new Said(202, "", Map.of("X-Message-Id", id)));
    }

    private static Said postmarkError(int status, int code, String message) {
        return new Said(status, JSON.createObjectNode().put("ErrorCode", code)
                .put("Message", message).toString());
    }

    private Said postmark(HttpExchange call, byte[] body) {
        if (!header(call, "X-Postmark-Server-Token").equals(KEY)) {
            return postmarkError(401, 10, "Request does not contain a valid Server token.");
        }
        JsonNode node = json(body);
        String to = bare(node.path("To").asString(""));
        if (node.path("TextBody").asString("").isEmpty()
                && node.path("HtmlBody").asString("").isEmpty()) {
            return postmarkError(422, 300, "Provide either email TextBody or HtmlBody or both.");
        }
        if (to.startsWith("inactive@")) {
            return postmarkError(422, 406, "You tried to send to recipient(s) that have been"
                    + " marked as inactive. Found inactive addresses: " + to + ".");
        }
        if (bare(node.path("From").asString("")).endsWith("@unproven.test")) {
            return postmarkError(422, 400, "The 'From' address you supplied is not a Sender"
                    + " Signature on your account.");
        }
        String id = "b7bc2f4a-e38e-4336-af7d-" + String.format("%012d",
                numbers.incrementAndGet());
        return took("postmark", to, body, id, new Said(200, JSON.createObjectNode().put("To", to)
                .put("SubmittedAt", "2026-11-27T19:00:00Z").put("MessageID", id)
                .put("ErrorCode", 0).put("Message", "OK").toString()));
    }

    private static String bare(String mailbox) {
        int angle = mailbox.lastIndexOf('<');
        return angle < 0 ? mailbox : mailbox.substring(angle + 1, mailbox.length() - 1);
    }

    private Said mailgun(HttpExchange call, String path, byte[] body) {
        if (!header(call, "Authorization").equals("Basic "
                + Base64.getEncoder().encodeToString(("api:" + KEY).getBytes()))) {
            return new Said(401, "Forbidden", Map.of("Content-Type", "text/plain"));
        }
        String domain = path.split("/")[2];
        if (domain.equals("unproven.test")) {
            return new Said(404, "{\"message\":\"Domain not found: unproven.test\"}");
        }
        Matcher boundary = Pattern.compile("multipart/form-data; boundary=\"([^\"]+)\"")
                .matcher(header(call, "Content-Type"));
        if (!boundary.matches()) {
            return new Said(400, "{\"message\":\"Need a multipart form\"}");
        }
        String form = new String(body, StandardCharsets.ISO_8859_1);
        String[] parts = form.split(Pattern.quote("--" + boundary.group(1)) + "(--)?\r\n");
        String to = "";
        String message = "";
        for (String part : parts) {
            String value = part.contains("\r\n\r\n")
                    ? part.substring(part.indexOf("\r\n\r\n") + 4) : "";
            if (part.startsWith("Content-Disposition: form-data; name=\"to\"")) {
                to = value.strip();
            } else if (part.startsWith("Content-Disposition: form-data; name=\"message\"")) {
                message = value;
            }
        }
        if (!to.contains("@") || to.startsWith("bad@")) {
            return new Said(400, "{\"message\":\"to parameter is not a valid address. please"
                    + " check documentation\"}");
        }
        if (!message.contains("\r\nFrom: ") && !message.startsWith("From: ")) {
            return new Said(400, "{\"message\":\"message parameter is no MIME\"}");
        }
        // it calls a message what the message calls itself
        Matcher own = Pattern.compile("(?im)^Message-ID:\\s*<([^>]+)>").matcher(message);
        String id = own.find() ? own.group(1)
                : "20261127190000." + numbers.incrementAndGet() + "@" + domain;
        return took("mailgun", to, message.getBytes(StandardCharsets.ISO_8859_1), id,
                new Said(200, "{\"id\":\"<" + id + ">\",\"message\":\"Queued. Thank you.\"}"));
    }

    private Said resend(HttpExchange call, byte[] body) {
        if (!header(call, "Authorization").equals("Bearer " + KEY)) {
            return new Said(401, "{\"statusCode\":401,\"name\":\"restricted_api_key\",\"message\":"
                    + "\"API key is invalid\"}");
        }
        JsonNode node = json(body);
        String to = bare(node.at("/to/0").asString(""));
        if (!to.contains("@") || to.startsWith("bad@")) {
            return new Said(422, "{\"statusCode\":422,\"name\":\"validation_error\",\"message\":"
                    + "\"Invalid `to` field. The email address needs to follow the format.\"}");
        }
        if (bare(node.path("from").asString("")).endsWith("@unproven.test")) {
            return new Said(403, "{\"statusCode\":403,\"name\":\"validation_error\",\"message\":"
                    + "\"The unproven.test domain is not verified.\"}");
        }
        String key = header(call, "Idempotency-Key");
        String text = new String(body, StandardCharsets.UTF_8);
        String before = key.isEmpty() ? null : idempotent.get(key);
        if (before != null && !before.endsWith(text)) {
            return new Said(409, "{\"statusCode\":409,\"name\":\"invalid_idempotent_request\","
                    + "\"message\":\"Same idempotency key used with a different payload\"}");
        }
        if (before != null) {
            return new Said(200, "{\"id\":\"" + before.split(" ")[0] + "\"}");
        }
        String id = number("49a3999c-0ce1");
        idempotent.put(key, id + " " + text);
        return took("resend", to, body, id, new Said(200, "{\"id\":\"" + id + "\"}"));
    }

    private static Said sesError(int status, String type, String message) {
        return new Said(status, JSON.createObjectNode().put("message", message).toString(),
                Map.of("x-amzn-errortype", type));
    }

    private Said ses(HttpExchange call, byte[] body) {
        if (!signedV4(call, body)) {
            return sesError(403, "InvalidSignatureException", "The request signature we"
                    + " calculated does not match the signature you provided.");
        }
        JsonNode node = json(body);
        String to = node.at("/Destination/ToAddresses/0").asString("");
        String raw;
        try {
            raw = new String(Base64.getDecoder().decode(
                    node.at("/Content/Raw/Data").asString("")), StandardCharsets.ISO_8859_1);
        } catch (IllegalArgumentException e) {
            raw = "";
        }
        if (!raw.contains("From: ")) {
            return sesError(400, "BadRequestException", "Content is required");
        }
        if (to.startsWith("bad@")) {
            return sesError(400, "BadRequestException", "Illegal address in Destination");
        }
        if (node.path("FromEmailAddress").asString("").endsWith("@unproven.test")) {
            return sesError(400, "MessageRejected", "Email address is not verified.");
        }
        String id = number("0102018f-ses");
        return took("ses", to, raw.getBytes(StandardCharsets.ISO_8859_1), id,
                new Said(200, "{\"MessageId\":\"" + id + "\"}"));
    }

    /** Computed anew from what arrived, as AWS documents it. */
    private static boolean signedV4(HttpExchange call, byte[] body) {
        Matcher m = Pattern.compile("AWS4-HMAC-SHA256 Credential=" + AWS_ID
                + "/(\\d{8})/([a-z0-9-]+)/ses/aws4_request, SignedHeaders=([a-z0-9;-]+),"
                + " Signature=([0-9a-f]{64})").matcher(header(call, "Authorization"));
        if (!m.matches()) {
            return false;
        }
        try {
            String hash = hex(MessageDigest.getInstance("SHA-256").digest(body));
            StringBuilder canonical = new StringBuilder("POST\n")
                    .append(call.getRequestURI().getRawPath()).append("\n\n");
            for (String name : m.group(3).split(";")) {
                canonical.append(name).append(':').append(header(call, name).strip())
                        .append('\n');
            }
            canonical.append('\n').append(m.group(3)).append('\n').append(hash);
            String scope = m.group(1) + "/" + m.group(2) + "/ses/aws4_request";
            String toSign = "AWS4-HMAC-SHA256\n" + header(call, "X-Amz-Date") + "\n" + scope + "\n"
                    + hex(MessageDigest.getInstance("SHA-256").digest(
                            canonical.toString().getBytes(StandardCharsets.UTF_8)));
            byte[] key = ("AWS4" + KEY).getBytes(StandardCharsets.UTF_8);
            for (String step : List.of(m.group(1), m.group(2), "ses", "aws4_request", toSign)) {
                key = hmac(key, step);
            }
            return hex(key).equals(m.group(4)) && List.of(m.group(3).split(";")).contains("host")
                    && header(call, "X-Amz-Content-Sha256").equals(hash)
                    && header(call, "X-Amz-Date").startsWith(m.group(1));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static KeyPair keys() {
        try {
            KeyPairGenerator maker = KeyPairGenerator.getInstance("EC");
            maker.initialize(new ECGenParameterSpec("secp256r1"));
            return maker.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** SendGrid's verification key, as its page shows it. */
    public String verificationKey() {
        return Base64.getEncoder().encodeToString(webhook.getPublic().getEncoded());
    }

    /** A webhook call: a body and its headers as name, value, … */
    public record Hook(String body, String... headers) {
    }

    /** SendGrid's, of events that are objects already. */
    public Hook sendGridHook(Instant now, String... events) {
        String body = "[" + String.join(",", events) + "]";
        String stamp = Long.toString(now.getEpochSecond());
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(webhook.getPrivate());
            signature.update((stamp + body).getBytes(StandardCharsets.UTF_8));
            return new Hook(body, "X-Twilio-Email-Event-Webhook-Timestamp", stamp,
                    "X-Twilio-Email-Event-Webhook-Signature",
                    Base64.getEncoder().encodeToString(signature.sign()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static String sendGridEvent(String event, String id) {
        return "{\"email\":\"u@rcpt.test\",\"timestamp\":1795800000,\"event\":\"" + event
                + "\",\"sg_event_id\":\"e-" + id + "\",\"sg_message_id\":\"" + id
                + ".recvd-5c9b-1\",\"response\":\"250 2.0.0 OK taken\",\"reason\":\"550 5.1.1 no"
                + " such user\",\"status\":\"5.1.1\",\"type\":\"bounce\"}";
    }

    public static Hook postmarkHook(String record, String id) {
        return new Hook("{\"RecordType\":\"" + record + "\",\"Type\":\"HardBounce\","
                + "\"MessageID\":\"" + id + "\",\"Details\":\"smtp;550 5.1.1 no such user\"}",
                "Authorization", "Basic " + Base64.getEncoder().encodeToString(
                        POSTMARK_HOOK.getBytes(StandardCharsets.UTF_8)));
    }

    public static Hook mailgunHook(Instant now, String token, String event, String severity,
            Sent sent) {
        String stamp = Long.toString(now.getEpochSecond());
        String signature = hex(hmac(MAILGUN_SIGNING.getBytes(StandardCharsets.UTF_8),
                stamp + token));
        return new Hook("{\"signature\":{\"timestamp\":\"" + stamp + "\",\"token\":\"" + token
                + "\",\"signature\":\"" + signature + "\"},\"event-data\":{\"event\":\"" + event
                + "\",\"severity\":\"" + severity + "\",\"recipient\":\"" + sent.to()
                + "\",\"delivery-status\":{\"code\":550,"
                + "\"message\":\"no such user\",\"enhanced-code\":\"5.1.1\"},\"message\":"
                + "{\"headers\":{\"message-id\":\"" + sent.id() + "\"}}}}");
    }

    public static Hook resendHook(Instant now, String hookId, String type, String id) {
        String stamp = Long.toString(now.getEpochSecond());
        String body = "{\"type\":\"" + type + "\",\"created_at\":\"2026-11-27T19:00:00Z\","
                + "\"data\":{\"email_id\":\"" + id + "\",\"bounce\":{\"type\":\"Permanent\","
                + "\"message\":\"550 5.1.1 no such user\"}}}";
        byte[] key = Base64.getDecoder().decode(RESEND_SIGNING.substring(6));
        return new Hook(body, "svix-id", hookId, "svix-timestamp", stamp, "svix-signature",
                "v1,bm90IHRoaXM= v1," + Base64.getEncoder().encodeToString(
                        hmac(key, hookId + "." + stamp + "." + body)));
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
