package dev.mailmill.dashboard;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Right;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.template.Entry;
import dev.mailmill.template.TemplateDesk;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** One message: what happened to it, in the remote's words and ours, and what is in it. */
final class MessagePages implements Routes {
    static final String ID = "msg_";
    private static final int RAW_BYTES_MAX = 256 * 1024;
    private static final int EVENTS_MAX = 300;
    private static final int RECIPIENTS_MAX = 100;
    /** Of a mail's HTML: it may look as it likes and do nothing, load nothing, go nowhere. */
    private static final String MAIL_POLICY = "sandbox; default-src 'none'; img-src data:; "
            + "style-src 'unsafe-inline'; font-src data:; form-action 'none'; base-uri 'none'; "
            + "frame-ancestors 'self'";

    private final Gatekeeper gate;
    private final Spool spool;
    private final Journal journal;
    private final Accounts accounts;
    private final MessageActs acts;
    private final Whys whys;
    private final TemplateDesk templates;
    private final Surroundings.Kept kept;
    private final InstantSource clock;

    MessagePages(Gatekeeper gate, Spool spool, Journal journal, Accounts accounts,
            MessageActs acts, Whys whys, TemplateDesk templates, Surroundings.Kept kept,
            InstantSource clock) {
        this.gate = gate;
        this.spool = spool;
        this.journal = journal;
        this.accounts = accounts;
        this.acts = acts;
        this.whys = whys;
        this.templates = templates;
        this.kept = kept;
        this.clock = clock;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/messages/{id}", this::show);
        gate.live(router, "/messages/{id}/timeline", this::timeline);
        gate.get(router, "/messages/{id}/html", this::html);
        gate.get(router, "/messages/{id}/download", this::download);
    }

    /** How a state is coloured; the word stands beside it always. */
    static String tone(State state) {
        return switch (state) {
            case DELIVERED, RELAYED -> "good";
            case DEFERRED, HELD -> "warn";
            case BOUNCED, EXPIRED, FAILED -> "bad";
            case SCHEDULED, QUEUED, CAPTURED, SUPPRESSED, CANCELLED -> "quiet";
        };
    }

    private static String tone(Fact fact) {
        return switch (fact) {
            case Fact.Delivered _, Fact.Relayed _, Fact.Accepted _ -> "good";
            case Fact.Deferred _, Fact.Held _, Fact.Ambiguous _ -> "warn";
            case Fact.Bounced _, Fact.Expired _, Fact.Failed _, Fact.Complained _ -> "bad";
            case Fact.Scheduled _, Fact.Suppressed _, Fact.Captured _, Fact.Cancelled _,
                    Fact.Unsubscribed _, Fact.Received _, Fact.Opened _, Fact.Clicked _,
                    Fact.Scanned _, Fact.Verdict _ -> "quiet";
        };
    }

    static String path(long message) {
        return "/messages/" + Ids.text(ID, message);
    }

    /** The number of an id as pages and the API show it; -1 when it is none. */
    static long number(String id) {
        return Ids.parse(ID, id);
    }

    /**
     * One line of the timeline.
     *
     * @param address whom it is about; empty where there is only one
     * @param label   a word or code beside the fact; empty for none
     * @param said    the remote's words, verbatim and hostile; empty for none
     * @param way     how the conversation was protected; empty where none came about
     * @param talk    the conversation with the server; empty where none was kept
     */
    record Step(Instant at, String word, String tone, String address, String label, String said,
            String host, String way, Sentences.Plain plain, List<Line> talk) {
        /** With who it was. */
        private Step judged(String by, Sentences.Plain why) {
            return new Step(at, word, tone, address, by, said, host, way, why, talk);
        }

    }

    /** One line of a conversation: when, who ({@code C}, {@code S}, or neither), what. */
    record Line(String ms, String who, String text) {
        String tone() {
            return switch (who) {
                case "S" -> "s";
                case "C" -> "c";
                default -> "n";
            };
        }

        String arrow() {
            return switch (who) {
                case "S" -> "←";
                case "C" -> "→";
                default -> "";
            };
        }
    }

    /**
     * What the page shows.
     *
     * @param faded  what is no longer known of what happened; empty when all is
     * @param closed why the content is not shown; empty when it is
     */
    record Model(String id, Message message, String stream, String template,
            List<Delivery> deliveries,
            int recipients, List<Step> steps, boolean cut, String faded,
            String view, MessageParts parts,
            String content, String closed, boolean captured, boolean open, String version,
            MessageActs.Offer offer, Map<Long, String> whys) {
        /** What binds it now, in words; empty once it has ended. */
        String why(Delivery d) {
            return whys.getOrDefault(d.id(), "");
        }

        String subject() {
            String subject = message.letter().subject();
            return subject.isEmpty() ? Texts.t("(no subject)") : subject;
        }

        String from() {
            List<String> authors = message.letter().authors();
            return authors.isEmpty() ? message.sender() : String.join(", ", authors);
        }

        String to() {
            return deliveries.size() == 1 ? deliveries.getFirst().address()
                    : Texts.plural(recipients, "{0} recipient", "{0} recipients");
        }

        /** The list of those that have this in common with it. */
        static String like(String field, String value) {
            return "/messages?" + field + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
        }

        /** The tab that is open. */
        String tab(String name) {
            return name.equals(view) ? "page" : null;
        }

        String path() {
            return "/messages/" + id;
        }

        /** The message that this one is sent again from; empty for none. */
        String resentFrom() {
            long from = message.options().resentFrom();
            return from == 0 ? "" : Ids.text(ID, from);
        }

        /** When a delivery is tried next, while it will be. */
        static String next(Delivery d) {
            return switch (d.state()) {
                case SCHEDULED -> Texts.t("to be sent {0}", Times.minute(d.due()));
                case QUEUED, DEFERRED -> Texts.t("next try {0}", Times.second(d.due()));
                case HELD, DELIVERED, RELAYED, CAPTURED, BOUNCED, SUPPRESSED, EXPIRED, CANCELLED,
                        FAILED -> "";
            };
        }
    }

    private Answer show(Visit visit) {
        Spool.Sight sight = sight(visit);
        Model model = model(visit, sight, true);
        return gate.page(visit, "message", model.subject(), "messages", model);
    }

    /** The part that changes, for htmx. */
    private Answer timeline(Visit visit) {
        Model model = model(visit, sight(visit), false);
        if (!model.offer().word().equals(visit.query("acts"))) {
            // other buttons stand above it now
            return Answer.nothing().with("HX-Refresh", "true");
        }
        // 204: htmx leaves the page as it is, with what a person has opened in it
        return model.version().equals(visit.query("version")) ? Answer.nothing()
                : gate.part("timeline", model);
    }

    private Model model(Visit visit, Spool.Sight sight, boolean whole) {
        Message message = sight.message();
        boolean several = sight.deliveries().size() > 1;
        List<Journal.Entry> entries = journal.of(visit.tenant(), message.id());
        List<Journal.Entry> shown = entries.size() <= EVENTS_MAX ? entries
                : entries.subList(entries.size() - EVENTS_MAX, entries.size());
        Map<Attempt, String> talks = new HashMap<>();
        journal.conversations(visit.tenant(), message.id()).forEach(c ->
                talks.put(new Attempt(c.delivery(), c.attempt()), c.text()));
        List<Step> steps = steps(shown, several, talks);
        String closed = closed(visit, message.letter());
        MessageParts parts = whole && closed.isEmpty() ? MessageParts.of(message.letter())
                : MessageParts.NONE;
        String view = view(visit, parts);
        boolean open = sight.deliveries().stream().anyMatch(d -> d.state().open());
        boolean captured = sight.deliveries().stream().anyMatch(d -> d.state() == State.CAPTURED);
        return new Model(Ids.text(ID, message.id()), message,
                accounts.of(message.stream()).name(), template(visit, message),
                sight.deliveries().stream().limit(RECIPIENTS_MAX).toList(),
                sight.deliveries().size(), steps, shown.size() < entries.size(),
                faded(message, entries), view, parts,
                whole && closed.isEmpty() ? content(view, parts, message.letter()) : "", closed,
                captured, open,
                entries.size() + "-" + sight.deliveries().stream()
                        .map(d -> d.state().code()).toList().hashCode(),
                acts.offer(visit, sight),
                sight.deliveries().stream().limit(RECIPIENTS_MAX).filter(d -> d.state().open())
                        .collect(Collectors.toMap(Delivery::id,
                                d -> whys.of(message, d, entries).words())));
    }

    /** The alias of the template that made it; empty where there is none, or none any more. */
    private String template(Visit visit, Message message) {
        long number = message.letter().template();
        return number == 0 ? "" : templates.find(visit.tenant(), Ids.text(Entry.ID, number))
                .map(Entry::alias).orElse("");
    }

    /** Recipients and their states outlive what led to them. */
    private String faded(Message message, List<Journal.Entry> entries) {
        Instant oldest = clock.instant().truncatedTo(ChronoUnit.DAYS)
                .minus(Duration.ofDays(kept.facts()));
        if (!message.accepted().isBefore(oldest)
                || entries.stream().anyMatch(e -> e.fact() instanceof Fact.Accepted)) {
            return "";
        }
        return entries.isEmpty() ? Texts.t("What happened is not known any more: events are kept"
                + " for {0} days. How it ended stays until {1} days after it was accepted.",
                kept.facts(), kept.rows())
                : Texts.t("Events older than {0} days are not kept.", kept.facts());
    }

    /** Why a person does not see what is in a message; empty when it is there to be seen. */
    private static String closed(Visit visit, Letter letter) {
        boolean sensitive = letter.has(Letter.SENSITIVE);
        if (letter.gone()) {
            return sensitive ? Texts.t(
                    "The content is gone. This message came by a sensitive stream, whose"
                    + " mail is dropped here as soon as its last delivery has ended, also where it"
                    + " was captured. What happened to it stays.")
                    : Texts.t("The content is gone: the time that it is kept is over.");
        }
        return sensitive && !Right.SENSITIVE.test(visit.person())
                ? Texts.t("This message came by a sensitive stream. Only the owner sees its"
                        + " content, until"
                        + " its last delivery has ended; then it is dropped.") : "";
    }

    private static String view(Visit visit, MessageParts parts) {
        return switch (visit.query("view")) {
            case "text" -> "text";
            case "headers" -> "headers";
            case "raw" -> "raw";
            case "html" -> "html";
            default -> parts.html().isPresent() ? "html" : "text";
        };
    }

    private static String content(String view, MessageParts parts, Letter letter) {
        return switch (view) {
            case "text" -> parts.text().orElse("");
            case "headers" -> new String(letter.head(), StandardCharsets.UTF_8);
            case "raw" -> raw(letter);
            default -> "";
        };
    }

    private static String raw(Letter letter) {
        try (InputStream in = MessageParts.octets(letter)) {
            String text = new String(in.readNBytes(RAW_BYTES_MAX), StandardCharsets.UTF_8);
            return letter.size() > RAW_BYTES_MAX ? text + "\n" + Texts.t("… cut after {0};"
                    + " the download has all of it.", Times.size(RAW_BYTES_MAX)) : text;
        } catch (IOException e) {
            return Texts.t("The content can't be read now.");
        }
    }

    /** @param n as the attempt's fact counts it */
    private record Attempt(long delivery, int n) {
    }

    /** What was judged stands where it happened: its verdict has no line of its own. */
    private static List<Step> steps(List<Journal.Entry> entries, boolean several,
            Map<Attempt, String> talks) {
        Map<String, Fact.Verdict> verdicts = new HashMap<>();
        entries.forEach(e -> {
            if (e.fact() instanceof Fact.Verdict v) {
                verdicts.put(v.of(), v);
            }
        });
        return entries.stream().filter(e -> !(e.fact() instanceof Fact.Verdict)).map(e -> {
            Step step = step(e, several, talks);
            Fact.Verdict v = verdicts.get(e.position().text());
            return v == null ? step : step.judged(Texts.t(v.by()), Sentences.of(v, e.at()));
        }).toList();
    }

    private static Step step(Journal.Entry entry, boolean several, Map<Attempt, String> talks) {
        Fact fact = entry.fact();
        Optional<Reply> reply = Sentences.reply(fact);
        String said = reply.map(Reply::toString).orElse("");
        return new Step(entry.at(), Texts.t(fact.word()), tone(fact),
                several ? entry.address() : "", label(fact), said,
                        reply.map(Reply::host).orElse(""),
                reply.map(r -> way(r.line())).orElse(""), Sentences.of(fact, entry.at()),
                talk(entry, talks));
    }

    /** {@code TLSv1.3, dane, DSN}. */
    private static String way(dev.mailmill.mail.Line line) {
        return (line.tls().equals("clear") ? Texts.t("not encrypted") : line.tls())
                + (line.trust().isEmpty() ? "" : ", " + line.trust())
                + (line.dsn() ? ", DSN" : "");
    }

    /** Each conversation stands under one fact, the first that its attempt led to. */
    private static List<Line> talk(Journal.Entry entry, Map<Attempt, String> talks) {
        int attempt = switch (entry.fact()) {
            case Fact.Deferred f -> f.attempt();
            case Fact.Delivered f -> f.attempt();
            case Fact.Relayed f -> f.attempt();
            case Fact.Bounced f -> f.attempt();
            case Fact.Ambiguous f -> f.attempt();
            case Fact.Accepted _, Fact.Scheduled _, Fact.Held _, Fact.Suppressed _,
                    Fact.Captured _, Fact.Expired _, Fact.Cancelled _, Fact.Failed _,
                    Fact.Complained _, Fact.Unsubscribed _, Fact.Received _,
                    Fact.Opened _, Fact.Clicked _, Fact.Scanned _, Fact.Verdict _ -> -1;
        };
        String text = talks.remove(new Attempt(entry.delivery(), attempt));
        return text == null ? List.of() : lines(text);
    }

    private static String label(Fact fact) {
        return switch (fact) {
            case Fact.Accepted f -> Reasons.door(f.door().word());
            case Fact.Deferred f -> attempt(f.attempt());
            case Fact.Delivered f -> attempt(f.attempt());
            case Fact.Relayed f -> attempt(f.attempt());
            case Fact.Bounced f -> f.late() ? Texts.t("late") : attempt(f.attempt());
            case Fact.Ambiguous f -> attempt(f.attempt());
            case Fact.Captured _ -> Texts.t("not sent");
            case Fact.Complained f -> Texts.t(f.kind());
            case Fact.Unsubscribed f -> Texts.t(f.by());
            case Fact.Received f -> Texts.t(f.kind());
            case Fact.Opened _, Fact.Clicked _ -> Texts.t("undecided");
            case Fact.Scanned _ -> Texts.t("machine");
            case Fact.Verdict f -> Texts.t(f.by());
            case Fact.Scheduled _, Fact.Held _, Fact.Suppressed _, Fact.Expired _,
                    Fact.Cancelled _, Fact.Failed _ -> "";
        };
    }

    private static String attempt(int n) {
        return n < 1 ? "" : Texts.t("attempt {0}", n);
    }

    /** {@code 12 ms S: 250 ok} and the like, as {@code smtp} writes conversations. */
    static List<Line> lines(String transcript) {
        List<Line> lines = new ArrayList<>();
        for (String line : transcript.lines().toList()) {
            int ms = line.indexOf(" ms ");
            String time = ms > 0 ? line.substring(0, ms) : "";
            String rest = ms > 0 ? line.substring(ms + 4) : line;
            boolean said = rest.startsWith("C: ") || rest.startsWith("S: ");
            lines.add(new Line(time.matches("\\d{1,9}") ? time : "",
                    said ? rest.substring(0, 1) : "",
                    said ? rest.substring(3) : rest.startsWith("-- ") ? rest.substring(3) : rest));
        }
        return lines;
    }

    private Answer html(Visit visit) {
        MessageParts parts = MessageParts.of(open(visit).letter());
        return Answer.html(200, parts.html().orElseGet(() ->
                "<p>" + Texts.t("This message has no HTML part.") + "</p>"))
                .with("Content-Security-Policy", MAIL_POLICY)
                .with("X-DNS-Prefetch-Control", "off");
    }

    private Answer download(Visit visit) {
        Message message = open(visit);
        Letter letter = message.letter();
        return new Answer(200, "message/rfc822", Map.of("Content-Disposition",
                "attachment; filename=\"" + Ids.text(ID, message.id()) + ".eml\"",
                "Content-Security-Policy", "sandbox; default-src 'none'"),
                new Answer.Streamed(letter.size(), () -> MessageParts.octets(letter)));
    }

    /** A message whose content this person may see. */
    private Message open(Visit visit) {
        Message message = sight(visit).message();
        String closed = closed(visit, message.letter());
        if (!closed.isEmpty()) {
            throw (message.letter().gone() ? ProblemType.GONE : ProblemType.MISSING_SCOPE)
                    .problem(closed);
        }
        return message;
    }

    private Spool.Sight sight(Visit visit) {
        return sight(spool, visit);
    }

    /** The visitor's message that the path names. */
    static Spool.Sight sight(Spool spool, Visit visit) {
        long id = number(visit.exchange().path("id"));
        return Optional.of(id).filter(n -> n >= 0)
                .flatMap(n -> spool.find(visit.tenant(), n))
                .orElseThrow(MessagePages::unknown);
    }

    private static Problem unknown() {
        return ProblemType.NOT_FOUND.problem(
                Texts.t("There is no message with this id, or its time to be"
                + " kept is over."));
    }
}
