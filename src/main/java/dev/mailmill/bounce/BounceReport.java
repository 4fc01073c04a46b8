package dev.mailmill.bounce;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A mail that came back, read: what it is, whom it speaks of, what was said. RFC 3464 and RFC 6533
 * where it has a part for programs, else by what mail systems write for people.
 *
 * @param because  why it is taken for its kind, in words
 * @param reporter the MTA that reports; empty when it does not say
 * @param envid    Original-Envelope-Id; empty for none
 * @param original the returned message's header, by names in lower case, the first of each; empty
 *                 when it was not returned
 */
public record BounceReport(Kind kind, String because, List<Recipient> recipients, String reporter,
        String envid, Map<String, String> original) {
    /** Octets that are read; the rest is left. */
    public static final int BYTES_MAX = MailParts.BYTES_MAX;
    private static final int SAID_MAX = 1_000;
    private static final Pattern STATUS = Pattern.compile("[245]\\.\\d{1,3}\\.\\d{1,3}");

    private static final Pattern EARLY = Pattern.compile("(?i)(?:after|in reply to)\\s"
            + "(?:MAIL\\s(?:FROM)?|EHLO|HELO)|\\[MAIL_FROM]|sender was rejected|"
            + "my name was rejected");

    private static final Pattern LATE = Pattern.compile("(?i)(?:after|in reply to)\\send\\sof"
            + "\\sdata|after\\sI\\ssent\\sthe\\smessage|our final DATA|after\\ssending\\sthe"
            + "\\s(?:message|content)");

    /** What is not said of a mailbox that is there, however late it comes. */
    private static final Pattern SURE = Pattern.compile(
            "(?i)5\\.1\\.1|(?:doesn't|does\\snot)\\shave\\san?\\s");

    /** What a mail is. */
    public enum Kind {
        /** Somebody did not get it. */
        BOUNCE,
        /** It is still being tried. */
        DELAY,
        /** It arrived, or went on to where nobody reports. */
        SUCCESS,
        /** RFC 5965: for the reader of complaints. */
        COMPLAINT,
        /** RFC 8098: somebody read it, or deleted it; never a bounce. */
        RECEIPT,
        /** RFC 3834: a machine answers for a person. */
        AUTO_REPLY,
        /** It answers a message. */
        REPLY,
        /** It came by a list. */
        LIST,
        MAIL
    }

    /** RFC 3464 §2.3.3. */
    public enum Action {
        FAILED, DELAYED, DELIVERED, RELAYED, EXPANDED;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * @param address  as it finally was
     * @param original as the sender wrote it; the final one when that is not told
     * @param status   as in 5.1.1; empty when none is told
     * @param code     of the remote's reply; 0 for none
     * @param said     the remote's words; the reporter's where it met no remote
     * @param remote   who said it; empty when nobody is named
     * @param finding  its class; for what arrived too, where it means nothing
     */
    public record Recipient(String address, String original, Action action, String status,
            int code, String said, String remote, Classifier.Finding finding) {
    }

    public BounceReport {
        recipients = List.copyOf(recipients);
        original = Map.copyOf(original);
    }

    /** Its Message-ID; empty when unknown. */
    public String originalId() {
        return original.getOrDefault("message-id", "");
    }

    /** Reads at most {@link #BYTES_MAX}; never throws for what is in it. */
    public static BounceReport read(byte[] mail) {
        MailParts parts = MailParts.read(mail);
        return new Reading(parts).report(1);
    }

    /** One mail while it is read. */
    private static final class Reading {
        private final MailParts mail;
        private final Notice notice;
        /** Without fields for programs. */
        private final Notice plain;
        private final List<Notice.Place> places;
        private final Map<String, String> original;
        private final Set<String> ours = new HashSet<>();

        Reading(MailParts mail) {
            this.mail = mail;
            this.notice = Notice.of(own(mail));
            this.plain = notice.plain();
            this.places = plain.places();
            this.original = original();
            for (String name : List.of("to", "from", "reply-to", "sender", "return-path")) {
                Addresses.in(mail.head().first(name)).forEach(s ->
                        ours.add(s.address().toLowerCase(Locale.ROOT)));
            }
            for (String name : List.of("from", "sender", "return-path", "reply-to")) {
                Addresses.in(original.getOrDefault(name, "")).forEach(s ->
                        ours.add(s.address().toLowerCase(Locale.ROOT)));
            }
        }

        /** The texts before the returned message. HTML only where nothing else is. */
        private static String own(MailParts mail) {
            StringBuilder text = new StringBuilder();
            boolean plain = mail.leaves().stream().anyMatch(l -> l.is("text/plain", "text")
                    && !l.text().isBlank());
            for (MailParts.Leaf leaf : mail.leaves()) {
                if (leaf.type().equals("message/rfc822") || leaf.type().endsWith("-headers")
                        || attachedHead(leaf)) {
                    break;
                }
                if (leaf.type().equals("text/html")) {
                    text.append(plain ? "" : Html.text(leaf.text())).append('\n');
                } else if (leaf.type().startsWith("text")) {
                    text.append(leaf.text()).append('\n');
                }
            }
            return text.toString();
        }

        /** The original's header as a file of text, as some gateways attach it. */
        private static boolean attachedHead(MailParts.Leaf leaf) {
            return leaf.head().first("content-disposition").toLowerCase(Locale.ROOT)
                    .startsWith("attachment") && leaf.type().startsWith("text/")
                    && firsts(leaf.text().lines().toList()).containsKey("from");
        }

        private Map<String, String> original() {
            for (MailParts.Leaf leaf : mail.leaves()) {
                if (attachedHead(leaf) || leaf.is("message/rfc822", "text/rfc822-headers",
                        "message/rfc822-headers", "message/global", "message/global-headers",
                        "message/partial")) {
                    Map<String, String> head = firsts(leaf.text().lines().toList());
                    if (!head.isEmpty()) {
                        return head;
                    }
                }
            }
            return firsts(notice.returned());
        }

        private static Map<String, String> firsts(List<String> lines) {
            List<String> trimmed = lines.stream().dropWhile(l -> l.isBlank()
                    || l.startsWith("From ") || l.startsWith(">From ")).toList();
            Map<String, String> firsts = new LinkedHashMap<>();
            Fields.of(MailParts.head(trimmed)).all().forEach((k, v) ->
                    firsts.put(k, v.getFirst()));
            return firsts;
        }

        /** @param inner how many mails deep a forwarded bounce is looked for */
        BounceReport report(int inner) {
            if (has("message/feedback-report") || Likeness.complaint(mail.head(), original)) {
                return nobody(Kind.COMPLAINT, has("message/feedback-report")
                        ? "it has a part message/feedback-report (RFC 5965)"
                        : "it is Microsoft's report of a complaint");
            }
            Optional<StatusGroups> status = status();
            if (status.isPresent()) {
                List<Recipient> all = status.get().recipients().stream().map(this::reported)
                        .toList();
                return of(all, "it has a delivery status (RFC 3464)", status.get().message());
            }
            Optional<SesNotification> told = SesNotification.of(notice.text());
            if (told.isPresent()) {
                String because = "it is Amazon SES' notification, sent by SNS";
                return told.get().type().equals("Complaint") ? nobody(Kind.COMPLAINT, because)
                        : of(told.get().status().recipients().stream().map(this::reported)
                                .toList(), because, told.get().status().message());
            }
            if (has("message/disposition-notification",
                    "message/global-disposition-notification")) {
                return nobody(Kind.RECEIPT,
                        "it has a part message/disposition-notification (RFC 8098)");
            }
            Likeness likeness = Likeness.of(mail.head(), notice.text());
            if (likeness.kind() != Kind.BOUNCE) {
                return nobody(likeness.kind(), likeness.because());
            }
            List<Recipient> all = told(true);
            if (all.isEmpty() && inner > 0 && !notice.returned().isEmpty()) {
                BounceReport forwarded = new Reading(MailParts.read(String.join("\n",
                        notice.returned()).getBytes(StandardCharsets.UTF_8))).report(inner - 1);
                if (!forwarded.recipients().isEmpty()) {
                    return forwarded;
                }
            }
            if (all.isEmpty() && inner > 0) {
                // some gateways wrap the whole report into a mail of their own
                for (MailParts.Leaf leaf : mail.leaves()) {
                    Reading wrapped = leaf.type().equals("message/rfc822") ? new Reading(
                            MailParts.read(leaf.text().getBytes(StandardCharsets.UTF_8))) : null;
                    if (wrapped != null && wrapped.status().isPresent()) {
                        return wrapped.report(inner - 1);
                    }
                }
            }
            return of(all.isEmpty() ? told(false) : all, likeness.because(), new Fields(Map.of()));
        }

        private boolean has(String... types) {
            return mail.leaves().stream().anyMatch(l -> l.is(types));
        }

        private BounceReport nobody(Kind kind, String because) {
            return new BounceReport(kind, because, List.of(), "", "", original);
        }

        private BounceReport of(List<Recipient> all, String because, Fields message) {
            Kind kind = all.isEmpty() || all.stream().anyMatch(r -> r.action() == Action.FAILED)
                    ? Kind.BOUNCE
                    : all.stream().anyMatch(r -> r.action() == Action.DELAYED) ? Kind.DELAY
                            : Kind.SUCCESS;
            return new BounceReport(kind, because, all, untyped(message.first("reporting-mta")),
                    message.first("original-envelope-id"), original);
        }

        /** In a part of its own, or, from systems that make no parts, among the words. */
        private Optional<StatusGroups> status() {
            for (MailParts.Leaf leaf : mail.leaves()) {
                if (leaf.type().startsWith("message/") && leaf.type().endsWith("delivery-status")) {
                    StatusGroups groups = StatusGroups.of(leaf.text());
                    if (!groups.recipients().isEmpty()) {
                        return Optional.of(groups);
                    }
                }
            }
            StatusGroups among = StatusGroups.of(notice.text());
            boolean real = among.recipients().stream().anyMatch(r -> r.has("action")
                    || r.has("status"));
            return real ? Optional.of(among) : Optional.empty();
        }

        private Recipient reported(Fields group) {
            String last = address(group.first("final-recipient"));
            String first = address(group.first("original-recipient"));
            String diagnostic = untyped(group.first("diagnostic-code"));
            String status = status(group.first("status"));
            Action action = action(group.first("action"), status);
            String address = last.isEmpty() ? first : last;
            List<String> evidence = new ArrayList<>(List.of(diagnostic));
            if (action == Action.FAILED || action == Action.DELAYED) {
                evidence.addAll(mentioned(address, first));
            }
            return recipient(address, first.isEmpty() ? address : first, action, status, evidence,
                    2, untyped(group.first("remote-mta")));
        }

        /** What the words for people say of it, where the report says little. */
        private List<String> mentioned(String address, String first) {
            List<String> about = new ArrayList<>();
            for (Notice.Mention m : plain.mentions(List.of(address), ours, 0, places)) {
                about.add(m.about());
            }
            if (!first.isEmpty() && !Addresses.same(first, address)) {
                plain.mentions(List.of(first), ours, 0, places).forEach(m -> about.add(m.about()));
            }
            about.add(plain.quoted());
            about.add(plain.text());
            return about;
        }

        /** From words alone. @param sure only whom they name where recipients are named */
        private List<Recipient> told(boolean sure) {
            List<String> failed = Addresses.in(String.join(" ", mail.head().all()
                            .getOrDefault("x-failed-recipients", List.of()))).stream()
                    .map(Addresses.Spot::address).distinct().toList();
            List<Notice.Mention> mentions = notice.mentions(failed, ours,
                    sure ? 2 : 4);
            if (mentions.isEmpty() && !sure) {
                List<Addresses.Spot> to = Addresses.in(original.getOrDefault("to", ""));
                String domain = Addresses.bare(mail.head().first("from")).replaceFirst("^.*@", "");
                mentions = to.size() == 1 ? List.of(new Notice.Mention(to.getFirst().address(),
                        "")) : domain.isEmpty() ? List.of() : notice.locals().stream()
                        .map(l -> new Notice.Mention(l + "@" + domain, "")).toList();
            }
            Action action = Likeness.delayed(mail.head(), notice.text()) ? Action.DELAYED
                    : Action.FAILED;
            List<Recipient> all = new ArrayList<>();
            for (Notice.Mention m : mentions) {
                List<String> evidence = new ArrayList<>(List.of(m.about()));
                if (mentions.size() == 1) {
                    evidence.add(notice.quoted());
                    evidence.add(notice.text());
                } else {
                    evidence.add(notice.line(m.address()));
                }
                Recipient one = recipient(m.address(), m.address(), action, "", evidence, 0,
                        "");
                // "deferred" may be said of another recipient
                all.add(above(one.code() / 100 == 5 && action == Action.DELAYED
                        ? recipient(m.address(), m.address(), Action.FAILED, "", evidence, 0, "")
                        : one));
            }
            return all;
        }

        /**
         * A sentence above the list may say that the mailbox is off or full; the "user unknown"
         * under it then is only what the machines say to each other.
         */
        private Recipient above(Recipient one) {
            if (one.finding().kind() != BounceClass.Kind.HARD || !one.status().isEmpty()) {
                return one;
            }
            Classifier.Finding said = Classifier.of(0, "", Said.flat(notice.above()));
            return said.reason() == BounceClass.MAILBOX_INACTIVE
                    || said.reason() == BounceClass.MAILBOX_FULL
                    ? new Recipient(one.address(), one.original(), one.action(), one.status(),
                            one.code(), one.said(), one.remote(), said) : one;
        }

        /**
         * The first evidence that tells anything decides; the status is the best of all.
         *
         * @param beside from there on the evidence is about the message; 0 for all about this one
         */
        private Recipient recipient(String address, String first, Action action, String status,
                List<String> evidence, int beside, String remote) {
            String said = "";
            int code = 0;
            String best = status;
            String stage = String.join("\n", evidence.subList(0, Math.min(2, evidence.size())));
            Classifier.Finding byStatus = Classifier.of(0, status, "");
            Classifier.Finding finding = byStatus;
            boolean decided = false;
            for (String text : evidence) {
                Said one = Said.of(text);
                // beside a status that tells enough, words without a reply are boilerplate
                if (!first(evidence, text) && one.code() == 0
                        && byStatus.reason().kind() == BounceClass.Kind.HARD) {
                    continue;
                }
                if (text.isBlank() || decided && !vague(best)) {
                    continue;
                }
                boolean quotes = one.code() > 0;
                Classifier.Finding now = staged(stage, Classifier.of(one.code(),
                        one.enhanced().isEmpty() ? status : one.enhanced(), one.words()));
                boolean better = vague(best) && (!vague(one.enhanced()) || best.isEmpty())
                        || first(evidence, text) && quotes && !vague(one.enhanced());
                if (better && !one.enhanced().isEmpty()) {
                    best = one.enhanced();
                }
                boolean own = quotes || beside == 0 || evidence.indexOf(text) < beside;
                if (own && (said.isEmpty() || quotes && code == 0)) {
                    said = cut(Said.flat(text));
                    code = one.code();
                }
                if (!decided && now.reason() != BounceClass.UNKNOWN) {
                    finding = now;
                    decided = true;
                }
            }
            boolean given = action == Action.FAILED;
            Classifier.Finding kinder = !given && finding.kind() == BounceClass.Kind.HARD
                    ? new Classifier.Finding(finding.reason(), BounceClass.Kind.SOFT,
                            finding.rule()) : finding;
            return new Recipient(address, first, action, best, code, said, remote, kinder);
        }

        private static boolean first(List<String> evidence, String text) {
            return evidence.getFirst().equals(text);
        }

        /**
         * What is said to MAIL FROM can't be about the recipient: it was not named yet. Nor is a
         * mailbox gone that was taken at RCPT and is "unknown" after the content: several receivers
         * say so of mail that their user's filter refuses.
         */
        private static Classifier.Finding staged(String text, Classifier.Finding found) {
            boolean early = EARLY.matcher(text).find();
            boolean wrong = found.reason() == BounceClass.UNKNOWN
                    || found.reason().kind() == BounceClass.Kind.HARD;
            if (early && wrong) {
                return new Classifier.Finding(BounceClass.BAD_SENDER, BounceClass.Kind.BLOCK,
                        found.rule());
            }
            return found.kind() == BounceClass.Kind.HARD && LATE.matcher(text).find()
                    && !SURE.matcher(text).find() ? new Classifier.Finding(found.reason(),
                            BounceClass.Kind.SOFT, found.rule()) : found;
        }

        private static boolean vague(String status) {
            return status.isEmpty() || status.endsWith(".0.0");
        }

        private static String cut(String text) {
            return text.length() > SAID_MAX ? text.substring(0, SAID_MAX) : text;
        }

        private static String address(String value) {
            String bare = Addresses.bare(value);
            return bare.isEmpty() ? cut(untyped(value).replaceAll("^<|>$", "").strip()) : bare;
        }

        private static String status(String value) {
            String first = value.strip().split("[\\s(;,]", 2)[0];
            return STATUS.matcher(first).matches() ? first : "";
        }

        private static Action action(String value, String status) {
            String word = value.strip().toLowerCase(Locale.ROOT);
            if (word.startsWith("delay") || word.startsWith("defer")) {
                return Action.DELAYED;
            }
            if (word.startsWith("deliver")) {
                return Action.DELIVERED;
            }
            if (word.startsWith("relay")) {
                return Action.RELAYED;
            }
            if (word.startsWith("expand")) {
                return Action.EXPANDED;
            }
            return !word.isEmpty() || !status.startsWith("2") ? Action.FAILED : Action.DELIVERED;
        }

        /** {@code smtp; 550 no}: what comes after the type. */
        private static String untyped(String value) {
            int semicolon = value.indexOf(';');
            // X-Unix has only an exit status: the type is what it tells
            boolean typed = semicolon >= 0 && semicolon < 30
                    && !value.regionMatches(true, 0, "x-unix", 0, 6);
            return typed ? value.substring(semicolon + 1).strip()
                    : value.strip();
        }
    }
}
