package dev.mailmill.dashboard;

import dev.mailmill.mail.Reply;
import java.util.List;
import java.util.Locale;

/**
 * Why a server said no, as far as its codes and words tell: RFC 3463's enhanced codes first, what
 * large receivers add to them, then the bare SMTP code.
 *
 * <p>Each has one sentence about what it means and one about what to do when the refusal stays.
 */
public enum Cause {
    NO_MAILBOX("There is no such mailbox at the recipient's server.",
            "Check the address for a slip; if it is right, the person is gone. Take it off your "
                    + "lists: senders who keep trying look like spammers."),
    NO_DOMAIN("The recipient's domain does not exist, or takes no mail.",
            "Check the part after the @ for a slip."),
    BAD_ADDRESS("The server can't read this address.", "Check the address for a slip."),
    MOVED("The mailbox has moved and left no address behind.",
            "Ask the person for the new address."),
    BAD_SENDER("The server does not accept the sender's address.",
            "Look at the page Domains: the return path's rows have to be published, so that the "
                    + "server can see that bounces get back."),
    MAILBOX_OFF("The mailbox is switched off.",
            "The person has to have it switched on again; reach them another way."),
    MAILBOX_FULL("The mailbox is full.",
            "Only its owner can make room; reach them another way."),
    TOO_LARGE("The message is larger than this server takes.",
            "Send large files as a link."),
    SYSTEM_FULL("The recipient's server has no room left.",
            "Their operator has to make room."),
    NOT_NOW("The recipient's server takes no mail at the moment.",
            "If it lasts, their operator has to be told, another way than by mail."),
    NO_ANSWER("The recipient's server did not answer, or the line broke.",
            "If other recipients get their mail, the trouble is at the other end; if nobody does, "
                    + "see whether this machine may connect to port 25."),
    DNS_TROUBLE("DNS could not say where this domain's mail goes.",
            "The domain's name servers have to answer; that is up to its owner."),
    TOO_MUCH("The server asks us to slow down: it counts how much comes from here.",
            "Send less at once to this provider; a new address or domain has to grow slowly."),
    GREYLISTED("The server puts off mail from senders that it does not know, to see whether they "
            + "come back. We do.", "Nothing, unless it lasts for hours."),
    LOOP("The message has gone in circles.",
            "An address forwards to itself; its owner has to mend that."),
    NO_TIME("The message was given up because its time was over.",
            "Send it again if it still matters."),
    PROTOCOL("The server did not understand what was said, or does not allow it.",
            "The conversation shows the line; tell us if it is ours that is wrong."),
    TOO_MANY("The server takes fewer recipients at once.", "Nothing; they are sent one by one."),
    NOT_ASCII("The server can't take addresses with letters beyond ASCII.",
            "Use an address in plain ASCII for this recipient."),
    CONTENT("The server does not like the content.",
            "Read its words: most name a link, a file or a rule. Change that, then send again."),
    BLOCKED("The address of this server, or your domain, is on a blocklist that the receiver asks.",
            "Follow the link in its words to see why and to be taken off; the cause has to stop "
                    + "first."),
    AUTHENTICATION("The server could not see that the mail is really yours: SPF, DKIM or DMARC "
            + "did not pass.",
            "Open your domain under Domains and press Check now: a row is missing or wrong."),
    REVERSE_DNS("The server wants the name of our address and the address of that name to fit.",
            "Have the PTR row of this machine's address set to its host name, by whoever gave "
                    + "you the address."),
    TLS("The encrypted connection that is required could not be made.",
            "If it is the recipient's server, its operator has to mend the certificate; if it is "
                    + "a relay of yours, look at its settings."),
    LOGIN("The relay refused our login.",
            "Check the user name and password in the delivery setting."),
    POLICY("The server refuses by a rule of its own.",
            "Read its words: most name the rule or a page about it."),
    DUPLICATE_RISK("The line broke after the message was sent and before the server said whether "
            + "it has it.", "Ask the recipient, if a second copy would do harm."),
    OURS("Mailmill could not make this message ready to be sent.",
            "The words say what was wrong with it; correct that and send it again."),
    UNSAID("The server gave no reason that we know.", "Read its words.");

    private final String means;
    private final String cure;

    Cause(String means, String cure) {
        this.means = means;
        this.cure = cure;
    }

    /** What it means, in a sentence. */
    public String means() {
        return means;
    }

    /** What to do when it stays so. */
    public String cure() {
        return cure;
    }

    private static final List<String> GREY = List.of("greylist", "graylist", "grey list",
            "gray list", "greylisted", "postgrey");
    private static final List<String> LISTS = List.of("spamhaus", "blocklist", "blacklist",
            "block list", "black list", "dnsbl", "rbl", "barracudacentral", "sorbs", "spamcop",
            "banned sending ip", "listed at", "s3150");
    private static final List<String> PROOF = List.of("dmarc", "dkim", "spf ", "spf)",
            "unauthenticated", "not authenticated", "sender authentication");
    private static final List<String> PTR = List.of("reverse dns", "ptr record", "rdns",
            "reverse hostname", "reverse lookup");
    private static final List<String> SPEED = List.of("rate limit", "too many", "throttl",
            "unusual rate", "temporarily deferred due to", "slow down", "ts01", "ts02", "ts03",
            "ts04");
    private static final List<String> FULL = List.of("mailbox full", "mailbox is full", "quota",
            "over quota", "out of storage", "insufficient storage");
    private static final List<String> NOBODY = List.of("user unknown", "unknown user",
            "no such user", "no such recipient", "does not exist", "mailbox unavailable",
            "mailbox not found", "recipient not found", "invalid recipient", "unrouteable address",
            "address rejected", "no mailbox here");
    private static final List<String> SPAM = List.of("spam", "virus", "malware", "phish",
            "content rejected");

    /** What a reply tells; a reply of our own (code 0) has an enhanced code too. */
    public static Cause of(Reply reply) {
        String text = " " + reply.text().toLowerCase(Locale.ROOT);
        String[] parts = reply.enhanced().split("\\.");
        Cause coded = parts.length == 3 ? byEnhanced(parts[1], parts[2], text) : UNSAID;
        return coded == UNSAID ? byWords(reply.code(), text) : coded;
    }

    private static Cause byEnhanced(String subject, String detail, String text) {
        return switch (subject + "." + detail) {
            case "1.1" -> has(text, NOBODY) || !has(text, LISTS) ? NO_MAILBOX : BLOCKED;
            case "1.2", "1.10", "4.0" -> NO_DOMAIN;
            case "1.3", "1.5" -> BAD_ADDRESS;
            case "1.6" -> MOVED;
            case "1.7", "1.8", "7.27" -> BAD_SENDER;
            case "2.1" -> MAILBOX_OFF;
            case "2.2" -> MAILBOX_FULL;
            case "2.3", "3.4" -> TOO_LARGE;
            case "3.1" -> SYSTEM_FULL;
            case "3.2", "3.5", "3.0" -> has(text, FULL) ? SYSTEM_FULL : byWords(0, text, NOT_NOW);
            case "4.1", "4.2" -> NO_ANSWER;
            case "4.3", "4.4" -> DNS_TROUBLE;
            case "4.5" -> TOO_MUCH;
            case "4.6" -> LOOP;
            case "4.7" -> NO_TIME;
            case "5.3" -> TOO_MANY;
            case "5.0", "5.1", "5.2", "5.4" -> has(text, NOBODY) ? NO_MAILBOX : PROTOCOL;
            case "6.7", "6.9" -> NOT_ASCII;
            case "6.0", "6.1", "6.2", "6.3", "6.5", "6.6" -> CONTENT;
            case "7.8", "7.9" -> LOGIN;
            case "7.10", "7.11", "7.4", "7.5" -> TLS;
            case "7.20", "7.21", "7.22", "7.23", "7.24", "7.26", "7.29", "7.515", "7.509" ->
                    AUTHENTICATION;
            case "7.25" -> REVERSE_DNS;
            case "7.28", "7.500", "7.650" -> TOO_MUCH;
            case "7.606", "7.511", "7.512" -> BLOCKED;
            case "7.0", "7.1", "7.2", "7.7" -> byWords(0, text, POLICY);
            default -> subject.equals("7") ? byWords(0, text, POLICY) : UNSAID;
        };
    }

    private static Cause byWords(int code, String text) {
        return byWords(code, text, switch (code) {
            case 421 -> NOT_NOW;
            case 450, 451 -> NOT_NOW;
            case 452 -> SYSTEM_FULL;
            case 530, 534, 535, 538 -> LOGIN;
            case 500, 501, 502, 503, 504, 555 -> PROTOCOL;
            case 550, 551 -> UNSAID;
            case 552 -> MAILBOX_FULL;
            case 553 -> BAD_ADDRESS;
            case 554 -> POLICY;
            default -> UNSAID;
        });
    }

    /** The words decide where the code is one that is used for everything. */
    private static Cause byWords(int code, String text, Cause otherwise) {
        if (has(text, GREY)) {
            return GREYLISTED;
        }
        if (has(text, LISTS)) {
            return BLOCKED;
        }
        if (has(text, PTR)) {
            return REVERSE_DNS;
        }
        if (has(text, PROOF)) {
            return AUTHENTICATION;
        }
        if (has(text, SPEED)) {
            return TOO_MUCH;
        }
        if (has(text, FULL)) {
            return MAILBOX_FULL;
        }
        if (code >= 550 && has(text, NOBODY)) {
            return NO_MAILBOX;
        }
        return has(text, SPAM) ? CONTENT : otherwise;
    }

    private static boolean has(String text, List<String> words) {
        return words.stream().anyMatch(text::contains);
    }
}
