package dev.mailmill.dashboard;

import dev.mailmill.http.ProblemType;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the error catalogue says of one type.
 *
 * @param means   in one sentence
 * @param when    it happens
 * @param cure    what to do
 * @param example a detail as the API says it
 */
record Catalogue(ProblemType type, String means, String when, String cure, String example) {
    private static final JsonMapper PRETTY = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT).build();

    String path() {
        return "/errors/" + type.slug();
    }

    /** Whether the same request can succeed without a change. */
    boolean passes() {
        return type.status() == 429 || type.status() == 408 || type.status() >= 500;
    }

    /** The problem as it is answered. */
    String json() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("type", path()).put("title", type.title()).put("status", type.status())
                .put("detail", example).put("request_id", "req_4dm8dl603dlt9");
        if (type == ProblemType.INVALID) {
            node.putArray("errors").addObject().put("pointer", "/to/0")
                    .put("detail", "must be one address");
        }
        return PRETTY.writeValueAsString(node);
    }

    static Catalogue of(ProblemType type) {
        return switch (type) {
            case MALFORMED_REQUEST -> new Catalogue(type,
                    "The request breaks the rules of HTTP, so nobody can be sure what it "
                            + "means.",
                    "A broken request line, header field or chunk; a body that ends "
                            + "early; a percent escape that is no UTF-8; two different "
                            + "Idempotency-Key fields; trailers.",
                    "Look at what your client or proxy really sends. A library that "
                            + "people use does not do this; a hand-written one may.",
                    "The body is shorter than was told.");
            case MALFORMED_JSON -> new Catalogue(type,
                    "The body is no JSON, or JSON that readers would understand in "
                            + "different ways.",
                    "A comma too many, a key twice, over 64 levels, a number over 64 "
                            + "bits, text that is no UTF-8, a NUL.",
                    "errors names the place by a JSON pointer. Let a library write the "
                            + "JSON.",
                    "The key is there twice.");
            case UNAUTHENTICATED -> new Catalogue(type,
                    "The request has no API key that is known here.",
                    "No Authorization field, another scheme than Bearer, a key with a "
                            + "typing mistake or one that was revoked. A key in a URL is never "
                            + "taken.",
                    "Send Authorization: Bearer mm_…. Make a new key if the old one is "
                            + "lost: its secret is stored nowhere.",
                    "The API key is unknown or revoked.");
            case GONE -> new Catalogue(type,
                    "The message is known, and its content is kept no more.",
                    "It came by a sensitive stream and its last delivery has ended, or the days"
                            + " that content is kept are over.",
                    "What happened to it is still told. Send from your own data if it has to go"
                            + " out once more.",
                    "The time that a message's content is kept is over.");
            case MISSING_SCOPE -> new Catalogue(type,
                    "The key is good, and may not do this.",
                    "Each operation of the reference names its scope: send, read or "
                            + "admin. What only the operator may do needs the operator's key.",
                    "Use a key that has the scope that detail names, or make one.",
                    "The key key_1c3v lacks the scope send. Use or create a key that has "
                            + "it.");
            case DOMAIN_NOT_VERIFIED -> new Catalogue(type,
                    "From names a domain that this account, or this key, may not send "
                            + "from.",
                    "The domain is not proven yet, belongs to another account, or the "
                            + "key is kept to another domain.",
                    "Add the domain, publish its DNS rows and check it; or send from a "
                            + "domain that is verified.",
                    "shop.example is not verified for this account; run ./mailmill "
                            + "domain add shop.example and publish the rows it shows");
            case MISSING_ROLE -> new Catalogue(type,
                    "Somebody who is logged in at the pages may not change this.",
                    "Viewers change nothing; people are changed by owners and admins, "
                            + "owners only by owners.",
                    "Ask an owner or admin to do it, or for another role.",
                    "You are viewer here. Ask an owner or admin to do it, or for another "
                            + "role.");
            case FORGED_FORM -> new Catalogue(type,
                    "A page's form did not prove that it came from a page of this "
                            + "session.",
                    "The form is from before you logged in again, or another site sent "
                            + "it.",
                    "Open the page again and repeat what you did.",
                    "The form is not of this session; perhaps you have logged in again. "
                            + "Open the page again and repeat what you did.");
            case SUSPENDED -> new Catalogue(type,
                    "Who hands this in may not send any more.",
                    "The key or login was revoked while its client was still connected.",
                    "Use another key.",
                    "The credential smtp_5rq2 is revoked; use another.");
            case NOT_FOUND -> new Catalogue(type,
                    "There is no such thing here, or it is somebody else's.",
                    "A path with a typing mistake, an id of another account, a message "
                            + "whose time to be kept is over.",
                    "Look at the path in the reference, and at the id in its list.",
                    "You have no message with this id. Ids look like msg_0000000000000.");
            case METHOD_NOT_ALLOWED -> new Catalogue(type,
                    "The path is right, and takes other methods.",
                    "A GET where a POST is meant, a slash too many.",
                    "Allow names the methods.",
                    "This path takes GET, HEAD.");
            case TIMEOUT -> new Catalogue(type,
                    "The request did not arrive in time.",
                    "A line that stalls: header fields have 10 s, a body 60 s.",
                    "Send it again; keep it smaller on a slow line.",
                    "The body stopped or came too slowly.");
            case CONFLICT -> new Catalogue(type,
                    "What is there does not allow this.",
                    "A name that is taken, a limit on how many there may be, a state "
                            + "that is over.",
                    "detail says which. Look at what is there before you send it again.",
                    "There is a stream named \"receipts\" already.");
            case NOT_CANCELLABLE -> new Catalogue(type,
                    "No recipient of the message can be taken back any more.",
                    "Each has it, will not get it, or an attempt has begun to send.",
                    "errors says how each stands. Write again to those who have it.",
                    "Nothing could be cancelled: bob@example.org is delivered.");
            case NOT_HELD -> new Catalogue(type,
                    "No recipient of the message is held.",
                    "What is not held needs no letting go: it goes by itself, or went.",
                    "errors says how each stands.",
                    "Only what is held can be let go: bob@example.org is delivered.");
            case NOT_RESENDABLE -> new Catalogue(type,
                    "The message can't be sent again as asked.",
                    "Some are still to be attempted, nobody has missed it, or its content is not"
                            + " kept any more.",
                    "Cancel what is on its way first, or name in to whom it is sent again.",
                    "It is still on its way: bob@example.org is deferred. Cancel it first.");
            case KEY_CONFLICT -> new Catalogue(type,
                    "The Idempotency-Key was used for another request within 24 hours.",
                    "A key that is made of too little, such as the day; a body that "
                            + "changes from try to try.",
                    "Give each new request a new key, and send the same bytes with the "
                            + "same key when you try again.",
                    "This idempotency key was used for another request within the last "
                            + "24 hours; use a new key for a new request.");
            case TOO_LARGE -> new Catalogue(type,
                    "The request, or what it becomes, is over a limit.",
                    "A message with its attachments in base64 over message-size-max, a "
                            + "body over its path's limit, gzip that grows to more than 200 times "
                            + "its size.",
                    "Link to large files instead of attaching them; send a batch in "
                            + "parts.",
                    "The body is over 36751769 octets, the limit of this path.");
            case URL_TOO_LONG -> new Catalogue(type,
                    "The request line is over 8 KB.",
                    "Filters that list very many values.",
                    "Ask in parts.",
                    "The request line is too long; use a body.");
            case UNSUPPORTED_MEDIA_TYPE -> new Catalogue(type,
                    "The body is not of the type that this path takes.",
                    "No Content-Type: application/json, another charset than UTF-8, a "
                            + "Content-Encoding other than gzip.",
                    "Say what it is, and send JSON in UTF-8.",
                    "The body must be JSON, with Content-Type: application/json.");
            case INVALID -> new Catalogue(type,
                    "Some fields are wrong; nothing was kept.",
                    "A field that is missing, unknown, of another type or over its "
                            + "limit; an address that is none.",
                    "errors has each of them, with a JSON pointer and what is wanted. "
                            + "Sending the same again is refused again.",
                    "/to/0 must be one address.");
            case TOO_MANY_RECIPIENTS -> new Catalogue(type,
                    "One call has at most 1,000 recipients together.",
                    "A batch whose messages have more.",
                    "Send the rest in another call.",
                    "One call has at most 1000 recipients together; send the rest in "
                            + "another.");
            case QUOTA_EXCEEDED -> new Catalogue(type,
                    "The recipients of the day are used up, for the key or for the "
                            + "account.",
                    "per_day of a key, or MAILMILL_ACCOUNT_PER_DAY. The day ends at "
                            + "midnight UTC. Nothing of the call was kept, and it counts nothing.",
                    "Retry-After says in how many seconds to come again. "
                            + "RateLimit-Remaining tells beforehand.",
                    "This key may have 500 recipients a day and has had 498; 5 more are "
                            + "too many. The day ends at midnight UTC.");
            case RATE_LIMITED -> new Catalogue(type,
                    "The key asks more often than it may.",
                    "per_second of the key: no second, wherever it begins, sees more "
                            + "requests.",
                    "Wait for Retry-After, and let as much time pass between requests as "
                            + "RateLimit-Policy says. Send many messages in one batch.",
                    "The key key_1c3v asks more often than it may; RateLimit-Policy says "
                            + "how often that is.");
            case TOO_MANY_STREAMS -> new Catalogue(type,
                    "Too many event streams are open at once.",
                    "A key has 10, the server 200. A client that opens a new one without "
                            + "closing the old.",
                    "Close those that nobody reads; follow all events with one.",
                    "This key has 10 event streams open, the most it may.");
            case HEADERS_TOO_LARGE -> new Catalogue(type,
                    "The header fields are over 16 KB together.",
                    "Cookies or tracing fields that a proxy adds.",
                    "Send fewer or shorter ones.",
                    "The header fields are too many or too long.");
            case INTERNAL -> new Catalogue(type,
                    "Something broke on our side, and is written down.",
                    "A defect.",
                    "Tell us request_id. Send it again with the same Idempotency-Key: if "
                            + "it was kept, you get the first answer.",
                    "This is a defect of the server, which has written it down as "
                            + "req_4dm8dl603dlt9. Nothing is known to be kept.");
            case BUSY -> new Catalogue(type,
                    "More is asked at once than this server takes. Nothing was kept.",
                    "The store's queue is full, or other requests' bodies fill the "
                            + "memory set aside for them.",
                    "Send the same again after Retry-After.",
                    "Other requests' bodies fill the memory that is set aside for them. "
                            + "Nothing was kept; send it again.");
            case STORE_FULL -> new Catalogue(type,
                    "The disk is nearly full. Nothing was kept; what was accepted before "
                            + "is still delivered.",
                    "The disk.",
                    "Send it again later. The operator makes room.",
                    "The disk is nearly full. What is accepted is still delivered; new "
                            + "mail has to wait.");
            case STORE_DOWN -> new Catalogue(type,
                    "The store can't be used now. Nothing was kept.",
                    "The database restarts, or can't be reached.",
                    "Send the same again after Retry-After, with its Idempotency-Key.",
                    "The store can't be used now. Send the same request again, with its "
                            + "Idempotency-Key.");
            case MAYBE_KEPT -> new Catalogue(type,
                    "It may have been kept: the store was lost while it wrote.",
                    "The one error after which something may have been accepted.",
                    "Send the same request with the same Idempotency-Key: if it was "
                            + "kept, you get the first answer. Without a key look first; a second "
                            + "try may make a copy.",
                    "The store was lost while it wrote: this may have been kept, so "
                            + "sending it again may make a copy, unless both carry one idempotency "
                            + "key.");
        };
    }
}
