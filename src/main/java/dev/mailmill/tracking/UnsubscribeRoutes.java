package dev.mailmill.tracking;

import dev.mailmill.domain.CopyToken;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Form;
import dev.mailmill.http.Problem;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Spool.Heard;
import dev.mailmill.mail.Spool.Told;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiFunction;

/**
 * {@code /u/TOKEN}: out of a list. A mailbox provider posts RFC 8058's form and is answered 200
 * without cookie, login or redirect; a person gets a page with one button. A GET changes nothing.
 */
public final class UnsubscribeRoutes implements Routes {
    private static final String PATH = "/u/{token}";
    /** One field, even as multipart/form-data with long boundaries. */
    private static final int BODY_BYTES_MAX = 8 * 1024;
    private static final String FIELD = "List-Unsubscribe";
    private static final String VALUE = "One-Click";
    static final String LEAVE = "leave";
    static final String ALL = "all";
    private static final Map<String, String> HEADERS = Map.of(
            "Cache-Control", "no-store",
            "Referrer-Policy", "no-referrer",
            "X-Robots-Tag", "noindex, nofollow",
            "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; "
                    + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
            "Vary", "Accept-Language");

    private final LinkHosts hosts;
    private final CopyToken tokens;
    private final BiFunction<Long, Heard, Told> spool;

    /** @param spool {@code Spool.heard} */
    public UnsubscribeRoutes(LinkHosts hosts, CopyToken tokens,
            BiFunction<Long, Heard, Told> spool) {
        this.hosts = hosts;
        this.tokens = tokens;
        this.spool = spool;
    }

    @Override
    public void into(Router router) {
        router.only("/u/", hosts::only)
                .open(PATH, e -> tokens.read(e.path("token")).isEmpty() ? unknown()
                        : page(200, words(e).ask()))
                .openPost(PATH, BODY_BYTES_MAX, this::post);
    }

    private Answer post(Exchange e) {
        OptionalLong delivery = tokens.read(e.path("token"));
        if (delivery.isEmpty()) {
            return unknown();
        }
        Optional<Heard.Unsubscribed> wish = wish(e);
        if (wish.isEmpty()) {
            return page(400, words(e).ask());
        }
        // Told.OVER: it was heard before, which is as good; a row that is gone names nobody
        if (spool.apply(delivery.getAsLong(), wish.get()) == Told.UNKNOWN) {
            return unknown();
        }
        return page(200, words(e).done(wish.get().all()));
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
        try {
            Form form = e.form();
            if (form.text(FIELD).equals(VALUE)) {
                return Optional.of(new Heard.Unsubscribed("one_click", false));
            }
            return form.text(LEAVE).isEmpty() ? Optional.empty()
                    : Optional.of(new Heard.Unsubscribed("page", !form.text(ALL).isEmpty()));
        } catch (Problem noForm) {
            return Optional.empty();
        }
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

    private static UnsubscribeWords words(Exchange e) {
        return UnsubscribeWords.of(e.header("Accept-Language").orElse(""));
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
