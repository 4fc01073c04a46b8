package dev.mailmill.tracking;

import dev.mailmill.domain.CopyToken;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Form;
import dev.mailmill.http.Problem;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.Spool.Heard;
import dev.mailmill.mail.Spool.Told;
import dev.mailmill.mail.Stream;
import dev.mailmill.suppression.Preferences;
import dev.mailmill.suppression.Preferences.Whose;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * {@code /u/TOKEN}: out of a list. A mailbox provider posts RFC 8058's form and is answered 200
 * without cookie, login or redirect; a person gets a page to leave and to choose. A GET changes
 * nothing.
 */
public final class UnsubscribeRoutes implements Routes {
    private static final String PATH = "/u/{token}";
    /** One field, even as multipart/form-data with long boundaries. */
    private static final int BODY_BYTES_MAX = 8 * 1024;
    private static final String FIELD = "List-Unsubscribe";
    private static final String VALUE = "One-Click";
    static final String LEAVE = "leave";
    static final String ALL = "all";
    private static final String PERSON = "page";
    private static final String SAVE = "save";
    private static final Map<String, String> HEADERS = Map.of(
            "Cache-Control", "no-store",
            "Referrer-Policy", "no-referrer",
            "X-Robots-Tag", "noindex, nofollow",
            "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; "
                    + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
            "Vary", "Accept-Language");

    private final LinkHosts hosts;
    private final CopyToken tokens;
    private final BiFunction<Long, Heard, Told> heard;
    private final Wishes wishes;

    /**
     * @param spool   its {@code heard} and its {@code note}
     * @param streams of a tenant
     */
    public UnsubscribeRoutes(LinkHosts hosts, CopyToken tokens, Spool spool,
            Preferences preferences, Function<Long, List<Stream>> streams,
            InstantSource clock) {
        this.hosts = hosts;
        this.tokens = tokens;
        this.heard = spool::heard;
        this.wishes = new Wishes(preferences, streams, spool::note, clock);
    }

    @Override
    public void into(Router router) {
        router.only("/u/", hosts::only)
                .open(PATH, e -> whose(e).map(w -> page(200, words(e, w).ask(w.address(),
                        wishes.now(w)))).orElseGet(UnsubscribeRoutes::unknown))
                .openPost(PATH, BODY_BYTES_MAX, this::post);
    }

    private Optional<Whose> whose(Exchange e) {
        OptionalLong delivery = tokens.read(e.path("token"));
        return delivery.isEmpty() ? Optional.empty() : wishes.whose(delivery.getAsLong());
    }

    private Answer post(Exchange e) {
        Optional<Whose> whose = whose(e);
        if (whose.isEmpty()) {
            return unknown(); // a row that is gone names nobody
        }
        Whose w = whose.get();
        Optional<Heard.Unsubscribed> wish = wish(e);
        if (wish.isEmpty()) {
            Optional<Form> form = form(e).filter(f -> !f.text(SAVE).isEmpty());
            return form.isPresent() ? choose(w, form.get(), e)
                    : page(400, words(e, w).ask(w.address(), wishes.now(w)));
        }
        Wishes.Choice before = wishes.now(w);
        Told told = heard.apply(w.delivery(), wish.get());
        if (told == Told.UNKNOWN) {
            return unknown();
        }
        // it was heard before, which is as good, unless the recipient came back since
        if (told == Told.OVER && wishes.cameBack(w, wish.get().all())) {
            wishes.left(w, wish.get().by(), wish.get().all());
        }
        if (wish.get().by().equals(PERSON)) {
            boolean all = wish.get().all();
            wishes.settle(w, now -> all ? now.none() : !now.wanted().contains(w.stream()));
        }
        return page(200, words(e, w).left(wish.get().all(), before));
    }

    private Answer choose(Whose w, Form form, Exchange e) {
        String language = form.text("lang");
        String known = language.equals("de") || language.equals("en") ? language : "";
        Wishes.Choice before = wishes.choose(w, form, known);
        return page(200, words(e, w).saved(wishes.now(w), before));
    }

    private static Optional<Form> form(Exchange e) {
        try {
            return Optional.of(e.form());
        } catch (Problem noForm) {
            return Optional.empty();
        }
    }

    /** Whatever the caller calls itself, and whatever else it sends: its form is the wish. */
    private static Optional<Heard.Unsubscribed> wish(Exchange e) {
        String body = new String(e.body(), StandardCharsets.ISO_8859_1).strip();
        String type = e.header("Content-Type").orElse("");
        boolean one = body.equals(FIELD + "=" + VALUE)
                || type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")
                        && multipart(body);
        if (one) {
            return Optional.of(new Heard.Unsubscribed("one_click", false));
        }
        return form(e).flatMap(form -> {
            if (form.text(FIELD).equals(VALUE)) {
                return Optional.of(new Heard.Unsubscribed("one_click", false));
            }
            return form.text(LEAVE).isEmpty() ? Optional.empty()
                    : Optional.of(new Heard.Unsubscribed(PERSON, !form.text(ALL).isEmpty()));
        });
    }

    /** RFC 7578: a part with the field's name, an empty line, the value. */
    private static boolean multipart(String body) {
        for (String part : body.split("\r?\n--", -1)) {
            String[] halves = part.split("\r?\n\r?\n", 2);
            boolean named = halves[0].lines().anyMatch(l -> {
                String line = l.toLowerCase(Locale.ROOT).replace("\"", "");
                return line.startsWith("content-disposition:")
                        && line.matches(".*;\\s*name=" + FIELD.toLowerCase(Locale.ROOT)
                                + "\\s*(;.*)?");
            });
            if (named && halves.length == 2 && halves[1].strip().equals(VALUE)) {
                return true;
            }
        }
        return false;
    }

    private PreferencePage words(Exchange e, Whose whose) {
        return PreferencePage.of(e.query("lang"), wishes.language(whose),
                e.header("Accept-Language").orElse(""));
    }

    private static Answer page(int status, String html) {
        return told(Answer.html(status, html));
    }

    /** Forged, cut, of another use, of mail that is gone: nobody learns which. */
    static Answer unknown() {
        return told(Answer.text(404, "text/plain; charset=utf-8", "Nothing is here.\n"));
    }

    private static Answer told(Answer answer) {
        return new Answer(answer.status(), answer.type(), HEADERS, answer.content());
    }
}
