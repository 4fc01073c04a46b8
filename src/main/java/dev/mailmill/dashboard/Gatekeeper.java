package dev.mailmill.dashboard;

import dev.mailmill.account.Acts;
import dev.mailmill.account.Audit;
import dev.mailmill.account.People;
import dev.mailmill.account.People.Session;
import dev.mailmill.account.Person;
import dev.mailmill.account.Right;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemPages;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Stands before every page: who has no session goes to the login, what comes from another site's
 * page is refused, and every answer carries the policy. A page can't forget any of it, since
 * routes are only added here.
 */
final class Gatekeeper implements ProblemPages {
    /** Scripts, styles and frames of our own and nothing else; nothing inline. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; "
            + "style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
            + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    /** The place of pages for everybody; {@link Frame} has the entry. */
    static final String OPEN = "api";
    static final String OWN_ACCOUNT = "/settings";
    private static final int FORM_BYTES_MAX = 64 * 1024;
    private static final int NEXT_MAX = 1_000;
    private static final String LANGUAGE = "language";
    private static final String CSRF_FIELD = "csrf";
    private static final String CSRF_HEADER = "X-CSRF-Token";

    private final People people;
    private final Audit audit;
    private final Surroundings surroundings;
    private final Templates templates;
    private final Assets assets;

    Gatekeeper(People people, Audit audit, Surroundings surroundings, Templates templates,
            Assets assets) {
        this.people = people;
        this.audit = audit;
        this.surroundings = surroundings;
        this.templates = templates;
        this.assets = assets;
    }

    /** Answers somebody who is logged in. */
    @FunctionalInterface
    interface PageAction {
        Answer answer(Visit visit);
    }

    /** A page, or a part of one, for whoever has a session. */
    void get(Router router, String path, PageAction action) {
        get(router, path, Right.LOOK, action);
    }

    /** What a page asks by itself as long as it is open: that keeps no session from ending. */
    void live(Router router, String path, PageAction action) {
        get(router, path, Right.LOOK, action, _ -> true);
    }

    /** A page for those who have the right. */
    void get(Router router, String path, Predicate<Person> may, PageAction action) {
        get(router, path, may, action, Gatekeeper::part);
    }

    private static boolean part(Exchange exchange) {
        return exchange.query("part").filter("live"::equals).isPresent();
    }

    private void get(Router router, String path, Predicate<Person> may, PageAction action,
            Predicate<Exchange> byItself) {
        router.open(path, exchange -> spoken(exchange, () -> {
            Optional<Session> session = byItself.test(exchange)
                    ? exchange.cookie(cookieName()).flatMap(people::watching)
                    : session(exchange);
            if (session.isEmpty()) {
                return toLogin(exchange);
            }
            if (confined(session.get(), may)) {
                return Answer.seeOther(OWN_ACCOUNT);
            }
            allowed(session.get(), may);
            return guarded(action.answer(new Visit(exchange, session.get())));
        }));
    }

    /** Who has to set up a second factor first gets nowhere else. */
    private static boolean confined(Session session, Predicate<Person> may) {
        return session.confined() && may != Right.SELF;
    }

    /**
     * A change, for those who have the right, from a page of ours; a line in the audit log tells of
     * it.
     */
    void post(Router router, String path, Predicate<Person> may, PageAction action) {
        String act = Acts.act("POST", path);
        postUnnoted(router, path, may, visit -> audit.done(
                Audit.Actor.person(visit.person(), visit.exchange().client()), act,
                Acts.subject(visit.exchange(), path), Acts.change(visit.exchange().form()),
                () -> action.answer(visit)));
    }

    /** One that is no line in the audit log. */
    void postUnnoted(Router router, String path, Predicate<Person> may, PageAction action) {
        router.openPost(path, FORM_BYTES_MAX, exchange -> spoken(exchange, () -> {
            sameSite(exchange);
            Optional<Session> session = session(exchange);
            if (session.isEmpty()) {
                return toLogin(exchange);
            }
            genuine(exchange, session.get());
            if (confined(session.get(), may)) {
                return Answer.seeOther(OWN_ACCOUNT);
            }
            allowed(session.get(), may);
            return guarded(action.answer(new Visit(exchange, session.get())));
        }));
    }

    private static void allowed(Session session, Predicate<Person> may) {
        if (!may.test(session.person())) {
            throw ProblemType.MISSING_ROLE.problem(Texts.t("You are {0} here. Ask an owner or"
                    + " admin to do it, or for another role.",
                    Texts.t(session.person().role().word())));
        }
    }

    /** In the language of who asks. */
    private static Answer spoken(Exchange exchange,
            ScopedValue.CallableOp<Answer, RuntimeException> action) {
        return Texts.in(Texts.chosen(exchange.cookie(LANGUAGE).orElse(""),
                exchange.header("Accept-Language").orElse("")), action);
    }

    /** A page for whoever has no session yet. */
    void openGet(Router router, String path, Router.Action action) {
        router.open(path, exchange -> spoken(exchange,
                () -> guarded(action.answer(exchange))));
    }

    /** A page for everybody; who has a session sees it among the others. */
    Answer publicPage(Exchange exchange, String template, String title, Object model) {
        return Answer.html(200, templates.page(template, frame(title, OPEN, session(exchange),
                theme(exchange)), model));
    }

    /** A form of such a page: from a page of ours all the same, or a stranger logs people in. */
    void openPost(Router router, String path, Router.Action action) {
        router.openPost(path, FORM_BYTES_MAX, exchange -> spoken(exchange, () -> {
            sameSite(exchange);
            return guarded(action.answer(exchange));
        }));
    }

    /** Where a request comes from. */
    static People.From from(Exchange exchange) {
        return new People.From(exchange.client(), exchange.header("User-Agent").orElse(""));
    }

    /** The open session of the request's cookie. */
    Optional<Session> session(Exchange exchange) {
        return exchange.cookie(cookieName()).flatMap(people::session);
    }

    /**
     * Every browser says where a form came from, in Origin or Sec-Fetch-Site; what says neither is
     * no browser, and has an API for what it wants.
     */
    private void sameSite(Exchange exchange) {
        Optional<String> site = exchange.header("Sec-Fetch-Site");
        Optional<String> origin = exchange.header("Origin");
        boolean good = site.isPresent() || origin.isPresent();
        if (site.isPresent() && !site.get().equals("same-origin")) {
            good = false;
        }
        if (origin.isPresent() && !ours(origin.get(), exchange.header("Host").orElse(""))) {
            good = false;
        }
        if (!good) {
            throw forged(Texts.t("The form came from a page of another site."));
        }
    }

    private boolean ours(String origin, String host) {
        return !host.isEmpty()
                && (origin.equals("http://" + host) || origin.equals("https://" + host))
                || origin.equals(surroundings.origin());
    }

    private static void genuine(Exchange exchange, Session session) {
        String given = exchange.header(CSRF_HEADER)
                .orElseGet(() -> exchange.form().text(CSRF_FIELD));
        if (!MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8),
                session.csrf().getBytes(StandardCharsets.UTF_8))) {
            throw forged(Texts.t("The form is not of this session; perhaps you have logged in"
                    + " again."));
        }
    }

    private static Problem forged(String what) {
        return ProblemType.FORGED_FORM.problem(what + " "
                + Texts.t("Open the page again and repeat what you did."));
    }

    private static Answer toLogin(Exchange exchange) {
        String back = exchange.header("HX-Current-URL").isEmpty() ? exchange.target() : "/";
        String path = back.equals("/") ? "/login"
                : "/login?next=" + URLEncoder.encode(back, StandardCharsets.UTF_8);
        // htmx would set the login page into the middle of the page that asked
        return exchange.header("HX-Request").isPresent()
                ? new Answer(401, "", Map.of("HX-Redirect", path), new byte[0])
                : Answer.seeOther(path);
    }

    /** Where to go after a login: a path of ours, never what a link from elsewhere made up. */
    static String next(String wanted) {
        boolean good = wanted.length() <= NEXT_MAX
                && wanted.matches("/([A-Za-z0-9._~%-][A-Za-z0-9._~%/-]*)?"
                        + "(\\?[A-Za-z0-9._~%&=+@-]*)?");
        return good && !wanted.startsWith("/log") ? wanted : "/";
    }

    /** With the session's cookie; its name ties it to this host where there is TLS. */
    Answer withSession(Answer answer, Session session) {
        return answer.with("Set-Cookie", cookie(session.token(),
                People.SESSION_MAX.toSeconds()));
    }

    Answer withoutSession(Answer answer) {
        return answer.with("Set-Cookie", cookie("", 0))
                .with("Clear-Site-Data", "\"cache\"");
    }

    private String cookie(String value, long seconds) {
        return cookie(cookieName(), value, seconds);
    }

    /** What a browser keeps for us, read by no script. */
    String cookie(String name, String value, long seconds) {
        return name + "=" + value + "; Path=/; Max-Age=" + seconds
                + "; HttpOnly; SameSite=Lax" + (surroundings.secure() ? "; Secure" : "");
    }

    private String cookieName() {
        return cookieName("mailmill");
    }

    String cookieName(String name) {
        return surroundings.secure() ? "__Host-" + name : name;
    }

    /** A page around what a visitor sees. */
    Answer page(Visit visit, String template, String title, String place, Object model) {
        return page(200, visit, template, title, place, model);
    }

    Answer page(int status, Visit visit, String template, String title, String place,
            Object model) {
        return Answer.html(status, templates.page(template, frame(title, place,
                Optional.of(visit.session()), theme(visit.exchange())), model));
    }

    /** A page without navigation. */
    Answer bare(int status, Exchange exchange, String template, String title, Object model) {
        return Answer.html(status, templates.page(template,
                frame(title, "", Optional.empty(), theme(exchange)), model));
    }

    Answer part(String template, Object model) {
        return Answer.html(200, templates.part(template, model));
    }

    private Frame frame(String title, String place, Optional<Session> session, String theme) {
        return new Frame(title, place, session.map(Session::person).orElse(null),
                session.map(Session::csrf).orElse(""), theme, assets,
                surroundings.delivery() == Surroundings.Delivery.CAPTURE);
    }

    private static String theme(Exchange exchange) {
        return exchange.cookie("theme").filter(List.of("light", "dark")::contains).orElse("");
    }

    /** What a page of problems shows. */
    record Trouble(String title, String detail, String requestId, String slug) {
    }

    @Override
        public Answer page(Problem problem, String requestId,
            Function<String, Optional<String>> cookies, String languages) {
        return Texts.in(Texts.chosen(cookies.apply(LANGUAGE).orElse(""), languages),
                () -> page(problem, requestId));
    }

    private Answer page(Problem problem, String requestId) {
        Answer page = Answer.html(problem.status(), templates.page("trouble",
                frame(Texts.t(problem.title()), "", Optional.empty(), ""),
                new Trouble(problem.title(), problem.getMessage(), requestId,
                        problem.slug())));
        for (Map.Entry<String, String> header : problem.headers().entrySet()) {
            page = page.with(header.getKey(), header.getValue());
        }
        return guarded(page);
    }

    /** The policy, unless the page has one of its own. */
    private static Answer guarded(Answer answer) {
        Answer out = answer.headers().containsKey("Content-Security-Policy") ? answer
                : answer.with("Content-Security-Policy", POLICY).with("X-Frame-Options", "DENY");
        return out.with("Cache-Control", "no-store")
                // not no-referrer: browsers would then send Origin: null with our own forms
                .with("Referrer-Policy", "same-origin")
                .with("Cross-Origin-Opener-Policy", "same-origin")
                .with("Cross-Origin-Resource-Policy", "same-origin");
    }
}
