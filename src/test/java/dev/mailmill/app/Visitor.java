package dev.mailmill.app;

import dev.mailmill.http.WebClient.Reply;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A browser's requests without a browser: keeps the cookie, and can lie about where it stands. */
final class Visitor {
    private static final Pattern CSRF = Pattern.compile("name=\"csrf\" value=\"([a-z2-7]{52})\"");

    private final Lab lab;
    private final dev.mailmill.http.WebClient web;
    String cookie = "";
    /** What says where a form comes from: name, value, …; a page of ours. */
    List<String> from;

    Visitor(Lab lab) {
        this.lab = lab;
        this.web = lab.api("");
        this.from = List.of("Origin", PagesTest.base(lab), "Sec-Fetch-Site", "same-origin");
    }

    /** The owner, by the first start's link. */
    static Visitor owner(Lab lab) {
        Visitor visitor = new Visitor(lab);
        String token = lab.mill().welcome().orElseThrow().getQuery().substring("token=".length());
        Reply in = visitor.post("/welcome", "token", token, "email", "ann@example.org",
                "password", PagesTest.PASSWORD);
        if (in.status() != 303) {
            throw new AssertionError(in.text());
        }
        return visitor;
    }

    Reply get(String path) {
        return kept(web.send(request(path).GET()));
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = web.request(path).setHeader("Accept", "text/html");
        return cookie.isEmpty() ? request : request.setHeader("Cookie", cookie);
    }

    private Reply kept(Reply reply) {
        reply.header("Set-Cookie").ifPresent(set -> cookie = set.substring(0, set.indexOf(';')));
        return reply;
    }

    /** The token of this session's forms. */
    String csrf() {
        Matcher m = CSRF.matcher(get("/settings").text());
        if (!m.find()) {
            throw new AssertionError("no form on /settings");
        }
        return m.group(1);
    }

    /** A form as a page of ours sends it. */
    Reply submit(String path, String... fields) {
        List<String> all = new ArrayList<>(List.of(fields));
        all.add("csrf");
        all.add(csrf());
        return post(path, all.toArray(String[]::new));
    }

    Reply post(String path, String... fields) {
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < fields.length; i += 2) {
            pairs.add(fields[i] + "=" + URLEncoder.encode(fields[i + 1], StandardCharsets.UTF_8));
        }
        HttpRequest.Builder request = request(path)
                .setHeader("Content-Type", "application/x-www-form-urlencoded");
        for (int i = 0; i < from.size(); i += 2) {
            request.setHeader(from.get(i), from.get(i + 1));
        }
        return kept(web.send(request.POST(
                HttpRequest.BodyPublishers.ofString(String.join("&", pairs)))));
    }

    Lab lab() {
        return lab;
    }
}
