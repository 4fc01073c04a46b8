package dev.mailmill.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.Role;
import dev.mailmill.feedback.Feedback;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Who did not take mail, and why: the page says what servers said, and nothing else. */
class DeliverabilityTest {
    private static final String AT = "@simulator.mailmill.test";
    private static final String HOSTILE =
            "550 5.7.1 <script>alert(1)</script> \"'><img src=x onerror=alert(2)> =cmd|calc";
    private static final String DENIED = "550 5.7.515 Access denied, sending domain ours.test does"
            + " not meet the required authentication level";

    /** What each kind of recipient's server says. */
    private static String answer(String line) {
        if (!line.startsWith("RCPT TO:<")) {
            return null;
        }
        String who = line.substring("RCPT TO:<".length()).replaceAll("[0-9]*@.*", "");
        return switch (who) {
            case "gone" -> "550 5.1.1 The email account that you tried to reach does not exist";
            case "full" -> "552 5.2.2 The recipient's inbox is out of storage space";
            case "denied" -> DENIED;
            case "hostile" -> HOSTILE;
            case "busy" -> "451 4.3.2 Server busy, please try again later";
            case "spam" -> "550 5.7.1 Message content rejected as spam";
            default -> null;
        };
    }

    private static String mail(Lab lab, String who, int count, String domain, String more) {
        return lab.post("{\"from\":\"Example Shop <orders@" + Lab.OURS + ">\",\"subject\":"
                + "\"Your receipt\",\"text\":\"It works.\"" + more + ",\"to\":"
                + IntStream.range(0, count).mapToObj(i -> "\"" + who + i + "@" + domain + "\"")
                .collect(Collectors.joining(",", "[", "]")) + "}");
    }

    /** Receivers that take, refuse, put off, take back and complain. */
    static void story(Lab lab) {
        for (String domain : List.of("gmail.com", "outlook.com", "yahoo.com", "gmx.net",
                "there.test")) {
            lab.theirs(domain);
        }
        lab.sink().answers(DeliverabilityTest::answer);
        List<String> sent = new ArrayList<>();
        sent.add(mail(lab, "ann", 90, "gmail.com", ""));
        sent.add(mail(lab, "bob", 60, "outlook.com", ""));
        sent.add(mail(lab, "eve", 40, "yahoo.com", ""));
        sent.add(mail(lab, "dan", 30, "gmx.net", ""));
        for (String id : sent) {
            lab.awaitState(id, "delivered");
        }
        lab.awaitState(mail(lab, "gone", 3, "gmail.com", ""), "bounced");
        lab.awaitState(mail(lab, "gone", 1, "yahoo.com", ""), "bounced");
        lab.awaitState(mail(lab, "full", 2, "yahoo.com", ""), "bounced");
        lab.awaitState(mail(lab, "denied", 7, "outlook.com", ""), "bounced");
        lab.awaitState(mail(lab, "spam", 1, "gmx.net", ",\"tags\":[\"receipt\"]"), "bounced");
        lab.awaitState(mail(lab, "hostile", 1, "there.test", ""), "bounced");
        lab.awaitEvent(mail(lab, "busy", 1, "outlook.com", ""), "deferred", 1);
        lab.awaitState(lab.post(one("delivered")), "delivered");
        lab.awaitEvent(lab.post(one("late-bounce")), "bounced", 1);
        lab.awaitEvent(lab.post(one("complain")), "complained", 1);
        Lab.await(() -> number(lab, "bounced") >= 15 && number(lab, "bounced_late") == 1
                && number(lab, "complained") == 1 && number(lab, "deferred") == 1,
                () -> lab.api().get("/v1/stats").text());
        Lab.expect(200, lab.api().post("/v1/domains/" + Lab.OURS + "/check", ""));
    }

    /** Some mail in each of the hours before. */
    static void hours(Lab lab, int hours) {
        lab.theirs("yahoo.com");
        lab.sink().answers(DeliverabilityTest::answer);
        for (int i = 0; i < hours; i++) {
            List<String> ids = new ArrayList<>(List.of(mail(lab, "ann", 12 + 3 * (i % 4),
                    "yahoo.com", "")));
            if (i % 3 != 1) {
                ids.add(mail(lab, "gone" + (100 + i), 1, "yahoo.com", ""));
            }
            for (String id : ids) {
                Lab.await(() -> lab.states(id).stream().noneMatch(s -> s.equals("queued")),
                        () -> lab.states(id).toString());
            }
            lab.clock().advance(Duration.ofHours(1));
        }
    }

    private static String one(String box) {
        return "{\"from\":\"orders@" + Lab.OURS + "\",\"to\":\"" + box + AT
                + "\",\"subject\":\"Hello\",\"text\":\"x\"}";
    }

    private static long number(Lab lab, String figure) {
        return Lab.expect(200, lab.api().get("/v1/stats")).at("/totals/" + figure).asLong();
    }

    /** Our own words that a German page still has in English. */
    private static List<String> english(Visitor visitor, String path) {
        String cookie = visitor.cookie;
        visitor.cookie = cookie + "; language=de";
        String page = visitor.get(path).text();
        visitor.cookie = cookie;
        assertTrue(page.contains("lang=\"de\""), page);
        return java.util.regex.Pattern.compile("<(\\w+) lang=\"en\">(.*?)</\\1>",
                java.util.regex.Pattern.DOTALL).matcher(page).results().map(m -> m.group(2))
                .toList();
    }

    /** What receivers send the day after. */
    static void reports(Lab lab) {
        LocalDate day = LocalDate.ofInstant(lab.clock().instant(), ZoneOffset.UTC).minusDays(1);
        FeedbackTest.loops(lab);
        for (int i = 1; i < 4; i++) {
            lab.mill().feedback().keep(Feedback.read(FeedbackTest.dmarc(day.minusDays(i),
                    "google.com", Lab.OURS).getBytes(UTF_8)));
        }
        lab.mill().feedback().keep(Feedback.read(FeedbackTest.tls(day).getBytes(UTF_8)));
    }

    /** What happened to recipients of a provider, as the events of the API tell it. */
    private static long events(Lab lab, String type, String domain) {
        long n = 0;
        String after = "";
        JsonNode page;
        do {
            page = Lab.expect(200, lab.api().get("/v1/events?limit=1000" + after));
            n += page.path("data").valueStream().filter(e -> e.path("type").asString()
                    .equals("email." + type) && !e.path("data").path("late").asBoolean(false)
                    && e.path("recipient").asString().endsWith("@" + domain)).count();
            after = "&after=" + page.path("next").asString("");
        } while (!page.path("data").isEmpty());
        return n;
    }

    /** The number and the share of a cell. */
    private static String cell(String page, String provider, String figure, String reason) {
        Matcher m = Pattern.compile("<a href=\"(/deliverability\\?span=24h&(?:amp;)?provider="
                + provider + "&(?:amp;)?figure=" + figure + "&(?:amp;)?reason=" + reason
                + ")\" title=\"([^\"]*)\">(\\d+) <small>([^<]*)</small>").matcher(page);
        assertTrue(m.find(), provider + " " + figure + " " + reason + " in " + page);
        return m.group(2) + " | " + m.group(3) + " | " + m.group(4);
    }

    @ParameterizedTest
    @EnumSource
    void theNumbersAreTheJournalsAndTheWordsTheServers(Lab.Engine engine) {
        try (Lab lab = Lab.direct(engine)) {
            Visitor ann = Visitor.owner(lab);
            story(lab);
            String page = ann.get("/deliverability").text();
            long denied = events(lab, "bounced", "outlook.com");
            assertEquals(7, denied);
            long asked = denied + events(lab, "delivered", "outlook.com")
                    + events(lab, "deferred", "outlook.com");
            assertEquals("Microsoft: " + denied + " of " + asked + " attempts | " + denied
                    + " | 10.3 %", cell(page, "microsoft", "bounced", "policy_auth"));
            assertEquals("Microsoft: 1 of " + asked + " attempts | 1 | 1.5 %",
                    cell(page, "microsoft", "deferred", "rate_limited"));
            assertEquals("Gmail: 3 of 93 attempts | 3 | 3.2 %",
                    cell(page, "gmail", "bounced", "mailbox_unknown"));
            assertTrue(cell(page, "simulator", "bounced_late", "mailbox_unknown")
                    .startsWith("Simulator: 1 of 3 taken"), page);
            assertFalse(page.contains("figure=deferred&amp;reason=policy_auth"),
                    "what is refused is not slow");
            for (String said : List.of("223 of 238 ended", "net of late bounces: 93.3 %, 222 of"
                    + " 238", "15 of 238 ended", "with late bounces: 6.7 %, 16 of 238",
                    "Microsoft: SPF, DKIM or DMARC failed.",
                    "<b>1</b> recipient, after a yes; shares are of what was taken",
                    "tells of no single complaint; Postmaster Tools shows the rate")) {
                assertTrue(page.contains(said), said + " in " + page);
            }

            String why = ann.get("/deliverability?provider=microsoft&figure=bounced"
                    + "&reason=policy_auth").text();
            for (String said : List.of(DENIED, "7 times", "mx.outlook.com",
                    "MAIL FROM:", "The server could not see that the mail is really yours",
                    "IN TXT \"v=spf1 ", "denied0@outlook.com and 6 more", "/messages/msg_",
                    "/queue/act?act=flush&amp;provider=microsoft")) {
                assertTrue(why.contains(said), said + " in " + why);
            }
            assertTrue(why.contains("/messages?domain=outlook.com"), why);
            assertFalse(why.contains("/messages?domain=gmail.com"), "Microsoft has no " + why);

            String hostile = ann.get("/deliverability?figure=bounced&reason=policy").text();
            assertTrue(hostile.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), hostile);
            assertFalse(hostile.contains("<script>alert") || hostile.contains("<img src=x"),
                    hostile);

            String odd = ann.get("/deliverability?provider=%22%3E%3Ci%3Eodd&reason=%3Ci%3Eodd"
                    + "&figure=none&span=99y&stream=none&door=x").text();
            assertTrue(odd.contains("&lt;i&gt;odd"), odd);
            assertFalse(odd.contains("<i>odd"), odd);
            assertTrue(ann.get("/deliverability?stream=none").text().contains("Nothing fits"));

            var csv = ann.get("/deliverability.csv?span=7d&provider=microsoft");
            assertEquals(200, csv.status());
            assertTrue(csv.text().startsWith("at,reason,accepted,"), csv.text());
            assertTrue(csv.text().contains(",policy_auth,"), csv.text());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aViewerSeesItAndAStrangerNothingOfIt(Lab.Engine engine) {
        try (Lab lab = Lab.direct(engine)) {
            Visitor ann = Visitor.owner(lab);
            lab.theirs("outlook.com");
            lab.sink().answers(DeliverabilityTest::answer);
            lab.awaitState(mail(lab, "denied", 6, "outlook.com", ""), "bounced");
            Lab.await(() -> number(lab, "bounced") == 6, () -> "not counted");
            reports(lab);
            String one = "/deliverability?provider=microsoft&figure=bounced&reason=policy_auth";
            Visitor vic = RolesTest.person(lab, ann, Role.VIEWER);
            assertTrue(vic.get(one).text().contains(DENIED));
            assertTrue(vic.get("/deliverability/reports").text().contains("being looked up"),
                    "nobody waits for DNS");
            Lab.await(() -> !vic.get("/deliverability/reports").text().contains("being looked"),
                    () -> "never looked up");
            String told = vic.get("/deliverability/reports").text();
            for (String said : List.of("2001:db8::7", "Not ours. A service", "certificate-expired",
                    "160 of 172 mails", "Not connected: the numbers of Google Postmaster Tools",
                    "/domains/" + Lab.OURS + "/compliance", "not registered")) {
                assertTrue(told.contains(said), said + " in " + told);
            }

            assertEquals(List.of(), english(vic, "/deliverability/reports"));
            assertEquals(List.of(), english(vic, "/domains/" + Lab.OURS + "/compliance"));

            Visitor eve = QueueActsTest.stranger(ann);
            for (String path : List.of(one, "/deliverability", "/deliverability/reports",
                    "/deliverability/reports?domain=" + Lab.OURS, "/deliverability.csv")) {
                var reply = eve.get(path);
                assertEquals(200, reply.status(), path);
                for (String secret : List.of("denied0", "Access denied", "2001:db8::7",
                        "certificate-expired", Lab.OURS + "/compliance", "6 attempts",
                        "Your receipt")) {
                    assertFalse(reply.text().contains(secret), secret + " at " + path);
                }
            }
            assertTrue(eve.get("/deliverability").text().contains("No mail in this time"));
            assertEquals(1, eve.get("/deliverability.csv").text().lines().count());
        }
    }

    @Test
    void aPersonGoesFromTheCellToTheConversation() throws IOException {
        Assumptions.assumeTrue(Files.exists(PagesTest.AXE),
                "needs axe-core: npm ci in src/test/clients/node");
        String axe = Files.readString(PagesTest.AXE);
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            PagesTest.enter(browser, lab);
            List<String> barriers = new ArrayList<>();
            String base = PagesTest.base(lab);
            browser.open(base + "/deliverability").await(".empty h2", "No mail in this time");
            PagesTest.barriers(browser, axe, barriers);
            story(lab);
            reports(lab);
            browser.open(base + "/deliverability").await("p.notice", "Microsoft: SPF, DKIM")
                    .click("td.w5 a[href*=policy_auth]").await("h1", "at Microsoft")
                    .await("section[aria-labelledby=talk]", "5.7.515")
                    .click("section[aria-labelledby=samples] a").await("#timeline", "5.7.515");
            String one = "/deliverability?provider=microsoft&figure=bounced&reason=policy_auth";
            for (String scheme : List.of("light", "dark")) {
                browser.prefers(scheme);
                for (String path : List.of("/deliverability", one, "/deliverability/reports",
                        "/deliverability?span=7d", "/deliverability?span=30d&provider=yahoo")) {
                    browser.size(scheme.equals("light") ? 1280 : 360, 900).open(base + path);
                    PagesTest.barriers(browser, axe, barriers);
                    browser.size(360, 900);
                    PagesTest.wide(browser, path, 360, barriers);
                }
            }
            assertEquals(List.of(), barriers);
        }
    }
}
