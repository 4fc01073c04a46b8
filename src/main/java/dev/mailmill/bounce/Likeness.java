package dev.mailmill.bounce;

import dev.mailmill.bounce.BounceReport.Kind;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What a mail without a part for programs looks like. A bounce comes from a mail system and says
 * that something could not be delivered; neither alone is enough.
 */
record Likeness(Kind kind, String because) {
    private static final int TEXT_MAX = 20_000;
    private static final Pattern SYSTEM = Pattern.compile("mailer.?daemon|mail delivery|"
            + "post.?master"
            + "|mail.?admin|maildelivery|mail\\.delivery|delivery (system|subsystem|service|agent)"
            + "|mdaemon|mail system|mail server|sysadmin|symantec|microsoft exchange|ndr\\b|"
            + "interscan|mail ?marshal|-(admin|owner|request|bounces)@|owner-|listserv|majordomo|"
            + "bounce|internet mail|no-?reply|system admin|messaging|scan|gateway|<>");
    private static final Pattern SUBJECT = Pattern.compile("undeliver|deliver(y|ed)? (has )?(fail|"
            + "status|notification|problem|error|report|delay|warning)|return(ed|ing)?\\b.{0,20}"
            + "\\b(mail|message|to sender)|failure notice|failure not|fail(ed|ure)\\b.{0,20}\\b("
            + "deliver|mail|message|send)|(mail|message|delivery|could not send).{0,25}(fail|error|"
            + "not delivered|returned|delayed|could not be|refused|rejected|problem)|non.?deliver|"
            + "not delivered|could ?n.t (be )?(send|deliver)|could not (be )?(send|sent|deliver)|"
            + "cannot (send|be delivered|deliver)|unable to deliver|bounced|user unknown|"
            + "unknown (user|address)|mail system error|warning: (could|message)|"
            + "notification .{0,15}"
            + "(delivery|fail)|message status|delayed|rejected|error sending|error in delivery|"
            + "unzustellbar|fehler|impossible de|non remis|no se ha podido|не доставлено|"
            + "недоставлен|mancata consegna|delivery|配信|送信でき|エラー|退信|onbestelbaar|entregue|"
            + "not (a )?member|not member|loop (alert|back)|reject mail|system error");
    private static final Pattern UNDELIVERED = Pattern.compile("(not|n.t|unable to|cannot|"
            + "failed to|"
            + "failure|fail(s|ed)? .{0,10}|error|problem|trouble|impossible|could).{0,60}(deliver|"
            + "sent\\b|send\\b|accept|reach|process|forward)|undeliver|deliver.{0,60}(fail|not|"
            + "error|"
            + "problem|unsuccess|impossible|delayed|reject|unable)|returned to|failed recipient|"
            + "(following|these) (address|recipient|destination)|user unknown|unknown user|no such|"
            + "does not exist|not listed|bounced?\\b|mailbox|rejected|failure reason|delayed|"
            + "permanent (fatal )?error|non-?deliver|[45]\\d\\d[ -][45]\\.\\d|\\b5[0-7]\\d[ -]|"
            + "not (a )?member|not member article|duplicated message|loop (alert|back)|"
            + "recipient|配信|送信できません|エラー|no valid|could not be");
    private static final Pattern DELAYED = Pattern.compile("delayed|still being (re)?tried|"
            + "(only a|is a|this is a) warning|warning (message )?only|will (be retried|continue|"
            + "keep trying|be retrying|retry)|not yet (been )?delivered|do not need to resend|"
            + "has not yet been|attempts will continue|could not be delivered .{0,30}yet|deferred");
    private static final Pattern ENDED = Pattern.compile("permanent|giv(e|en|ing) up|gave up|no "
            + "further attempts|returned to|failed permanently|undeliverable|has been returned");
    private static final Pattern AWAY = Pattern.compile("out of (the )?office|auto(matic|mated)?.?"
            + "(reply|response|antwort)|autoreply|vacation|away from|on holiday|abwesen|absence|"
            + "r.ponse automatique|fuera de|assente|on leave|auto:");

    static Likeness of(Fields head, String text) {
        String from = head.first("from").toLowerCase(Locale.ROOT);
        String subject = decoded(head.first("subject"));
        String words = low(text);
        boolean system = SYSTEM.matcher(from + " " + head.first("sender").toLowerCase(Locale.ROOT))
                .find();
        boolean titled = SUBJECT.matcher(subject).find();
        boolean nobody = nobody(head.first("return-path"));
        boolean says = UNDELIVERED.matcher(words).find();
        boolean named = head.has("x-failed-recipients");
        boolean away = AWAY.matcher(subject).find();
        if (named || system && titled && !away
                || (system || nobody && !away) && titled && says
                || system && says && (nobody || from.contains("daemon")
                        || from.contains("postmaster") || from.contains("post_master")) && !away
                || nobody && says && titled) {
            return new Likeness(Kind.BOUNCE, named ? "it has the field X-Failed-Recipients"
                    : "its author is a mail system, which says that it could not be delivered");
        }
        return other(head, subject, words);
    }

    /** Microsoft's reports of complaints have no part for programs. */
    static boolean complaint(Fields head, java.util.Map<String, String> original) {
        return original.containsKey("x-hmxmroriginalrecipient")
                || decoded(head.first("subject")).startsWith("complaint about message from ");
    }

    private static Likeness other(Fields head, String subject, String words) {
        String submitted = head.first("auto-submitted").toLowerCase(Locale.ROOT)
                .split("[\\s;(]", 2)[0];
        if (!submitted.isEmpty() && !submitted.equals("no")) {
            return new Likeness(Kind.AUTO_REPLY, "it says Auto-Submitted: " + submitted
                    + " (RFC 3834)");
        }
        for (String name : List.of("x-autoreply", "x-autorespond", "x-autoresponder",
                "x-auto-response-suppress", "x-auto-reply-from", "x-mail-autoreply")) {
            if (head.has(name) && !name.equals("x-auto-response-suppress")) {
                return new Likeness(Kind.AUTO_REPLY, "it has the field " + name);
            }
        }
        String precedence = head.first("precedence").toLowerCase(Locale.ROOT);
        if (precedence.equals("auto_reply") || AWAY.matcher(subject).find()) {
            return new Likeness(Kind.AUTO_REPLY, "it is titled or marked as an automatic answer");
        }
        if (head.has("list-id") || head.has("list-post") || precedence.equals("list")) {
            return new Likeness(Kind.LIST, "it came by a list");
        }
        if (head.has("in-reply-to") || head.has("references")) {
            return new Likeness(Kind.REPLY, "it names the message that it answers");
        }
        return new Likeness(Kind.MAIL, "nothing in it says that it is anything else");
    }

    /** Whether it is still being tried, by the words of a report without a part for programs. */
    static boolean delayed(Fields head, String text) {
        String words = low(text);
        String subject = decoded(head.first("subject"));
        return DELAYED.matcher(subject).find()
                || DELAYED.matcher(words).find() && !ENDED.matcher(words + subject).find();
    }

    private static boolean nobody(String returnPath) {
        String path = returnPath.strip().toLowerCase(Locale.ROOT);
        return path.equals("<>") || path.contains("mailer-daemon") || path.contains("postmaster");
    }

    private static String decoded(String subject) {
        return dev.mailmill.mime.Words.decode(subject).toLowerCase(Locale.ROOT);
    }

    private static String low(String text) {
        String cut = text.length() > TEXT_MAX ? text.substring(0, TEXT_MAX) : text;
        return cut.toLowerCase(Locale.ROOT).replaceAll("\\s{1,200}", " ");
    }
}
