package dev.mailmill.app;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Makes the pictures of {@code docs/images} anew; to be looked at by a person:
 * {@code mvn -q test -Dtest=Screenshots}.
 */
class Screenshots {
    private static final Path FOLDER = Path.of(System.getProperty("mailmill.pictures",
            "target/pictures"));
    private static final String ACT = "/queue/act?act=bounce&domain=there.test&stream=bulk";

    @Test
    void ofCapture() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            browser.prefers("light").open(PagesTest.base(lab) + "/login")
                    .picture(FOLDER.resolve("login.png"));
            browser.open(lab.mill().welcome().orElseThrow().toString())
                    .picture(FOLDER.resolve("welcome.png"));
            PagesTest.enter(browser, lab);
            browser.picture(FOLDER.resolve("now-empty.png"));
            browser.open(PagesTest.base(lab) + "/messages")
                    .picture(FOLDER.resolve("messages-empty.png"));
        }
    }

    @Test
    void ofALife() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            Life.live(lab);
            PagesTest.enter(browser, lab);
            for (String scheme : List.of("light", "dark")) {
                browser.prefers(scheme).size(1280, 900);
                shoot(browser, lab, "messages", "/messages", scheme);
                shoot(browser, lab, "message", "/messages/" + Life.deferred, scheme);
                shoot(browser, lab, "later", "/messages/" + Life.later, scheme);
                shoot(browser, lab, "domain", "/domains/ours.test", scheme);
                shoot(browser, lab, "credentials", "/credentials", scheme);
                shoot(browser, lab, "connect", "/connect", scheme);
                shoot(browser, lab, "settings", "/settings", scheme);
                shoot(browser, lab, "domains", "/domains", scheme);
                shoot(browser, lab, "api", "/docs/api", scheme);
                shoot(browser, lab, "error", "/errors/quota-exceeded", scheme);
            }
            browser.prefers("light").size(360, 780);
            for (String page : List.of("messages", "credentials", "connect", "settings")) {
                shoot(browser, lab, page, "/" + page, "360");
            }
            shoot(browser, lab, "message", "/messages/" + Life.deferred, "360");
            shoot(browser, lab, "domain", "/domains/ours.test", "360");
            shoot(browser, lab, "api", "/docs/api", "360");
        }
    }

    @Test
    void ofNow() throws java.io.IOException {
        String here = "127.0.0.1:" + dev.mailmill.FreePort.any();
        try (Lab lab = Lab.prepared(java.util.Map.of()).with(Setting.WARM_UP, "false")
                .with(Setting.CONTAINMENT, "false").with(Setting.WEB_PROXIES, "127.0.0.1")
                .with(Setting.PUBLIC_URL, "https://mill.test").start();
                Browser browser = Browser.start()) {
            lab.own(Lab.OURS);
            Life.days(lab);
            // links are marked for https only, and the browser is here without
            lab.with(Setting.HTTP, here).with(Setting.PUBLIC_URL, "http://" + here)
                    .restart();
            PagesTest.enter(browser, lab);
            Life.busy(lab);
            for (String scheme : List.of("light", "dark")) {
                browser.prefers(scheme).size(1280, 900);
                shoot(browser, lab, "now", "/?show=delivered", scheme);
            }
            browser.run("document.querySelector('[data-palette]').click()");
            browser.await("#palette-list", "Queue").picture(FOLDER.resolve("palette-dark.png"));
            browser.prefers("light").size(360, 780);
            shoot(browser, lab, "now", "/?show=delivered", "360");
            browser.click(".menu-button").picture(FOLDER.resolve("menu-360.png"));
            browser.click(".menu-button").size(360, 2600)
                    .picture(FOLDER.resolve("now-360-whole.png"));
            browser.size(2560, 1300);
            shoot(browser, lab, "now", "/?show=accepted&span=7d", "wide");
        }
    }

    @Test
    void ofSettings() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            PagesTest.enter(browser, lab);
            lab.mill().people().add(1, "bob@example.org", "Bob Miller",
                    dev.mailmill.account.Role.DEVELOPER);
            lab.mill().people().add(1, "eve@example.org", "", dev.mailmill.account.Role.VIEWER);
            Lab.expect(201, lab.api().post("/v1/keys", "{\"name\":\"shop\"}"));
            Lab.expect(201, lab.api().post("/v1/domains", "{\"name\":\"shop.example\"}"));
            Lab.expect(200, lab.api().patch("/v1/streams/bulk", "{\"weight\":2}"));
            for (String scheme : List.of("light", "dark", "360")) {
                browser.prefers(scheme.equals("dark") ? "dark" : "light")
                        .size(scheme.equals("360") ? 360 : 1280, 900);
                shoot(browser, lab, "settings", "/settings", scheme);
                for (String page : List.of("people", "sign-in", "audit")) {
                    shoot(browser, lab, page, "/settings/" + page, scheme);
                }
                browser.open(PagesTest.base(lab) + "/settings")
                        .type("form[action='/settings/totp'] input[name=old]", PagesTest.PASSWORD)
                        .click("form[action='/settings/totp'] button").await("main", "Or type")
                        .picture(FOLDER.resolve("totp-" + scheme + ".png"));
            }
        }
    }

    @Test
    void ofAQueue() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            Life.queue(lab);
            Life.exits(lab);
            PagesTest.enter(browser, lab);
            for (String scheme : List.of("light", "dark")) {
                browser.prefers(scheme).size(1280, 900);
                shoot(browser, lab, "queue", "/queue", scheme);
                shoot(browser, lab, "sources", "/sources", scheme);
                shoot(browser, lab, "act", ACT, scheme);
                shoot(browser, lab, "exits", "/exits", scheme);
                shoot(browser, lab, "exit", "/exits/sendgrid", scheme);
            }
            browser.prefers("light").size(360, 780);
            shoot(browser, lab, "queue", "/queue", "360");
            shoot(browser, lab, "sources", "/sources", "360");
            shoot(browser, lab, "act", ACT, "360");
            shoot(browser, lab, "exits", "/exits", "360");
            shoot(browser, lab, "exit", "/exits/sendgrid", "360");
        }
    }

    @Test
    void ofFilters() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            Life.live(lab);
            PagesTest.enter(browser, lab);
            String base = PagesTest.base(lab);
            for (String[] one : new String[][] {{"state=deferred", "What waits"},
                    {"door=smtp&state=bounced", "Refused, by SMTP"}}) {
                browser.open(base + "/messages?" + one[0]).click(".saved summary")
                        .type(".saved input[name=name]", one[1]).click(".saved form .button")
                        .await(".saved", one[1]);
            }
            for (String scheme : List.of("light", "dark", "360")) {
                browser.prefers(scheme.equals("dark") ? "dark" : "light")
                        .size(scheme.equals("360") ? 360 : 1280, 900);
                shoot(browser, lab, "filters", "/messages?state=deferred", scheme);
                browser.open(base + "/messages?stream=transactional").click(".saved summary")
                        .picture(FOLDER.resolve("filter-save-" + scheme + ".png"));
                shoot(browser, lab, "domains", "/domains", scheme);
            }
        }
    }

    @Test
    void ofAlerts() {
        try (Lab lab = AlertsTest.lab(Lab.Engine.SQLITE); Browser browser = Browser.start();
                HookReceiver hook = new HookReceiver()) {
            PagesTest.enter(browser, lab);
            shoot(browser, lab, "alerts-none", "/alerts", "light");
            AlertsTest.live(lab, hook);
            for (String scheme : List.of("light", "dark")) {
                browser.prefers(scheme).size(1280, 900);
                shoot(browser, lab, "alerts", "/alerts", scheme);
                shoot(browser, lab, "alert-settings", "/settings/alerts", scheme);
            }
            browser.prefers("light").size(360, 780);
            shoot(browser, lab, "alerts", "/alerts", "360");
            shoot(browser, lab, "alert-settings", "/settings/alerts", "360");
        }
    }

    @Test
    void ofLoops() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            FeedbackTest.loops(lab);
            PagesTest.enter(browser, lab);
            for (String scheme : List.of("light", "dark")) {
                browser.prefers(scheme).size(1280, 900);
                shoot(browser, lab, "feedback-loops", "/feedback-loops", scheme);
            }
            browser.prefers("light").size(360, 780);
            shoot(browser, lab, "feedback-loops", "/feedback-loops", "360");
        }
    }

    @Test
    void ofCompliance() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            ComplianceTest.mails(lab);
            Lab.expect(200, lab.api().post("/v1/domains/" + Lab.OURS + "/check", ""));
            PagesTest.enter(browser, lab);
            String path = "/domains/" + Lab.OURS + "/compliance";
            for (String scheme : List.of("light", "dark")) {
                browser.prefers(scheme).size(1280, 900);
                shoot(browser, lab, "compliance", path, scheme);
            }
            browser.prefers("light").size(360, 780);
            shoot(browser, lab, "compliance", path, "360");
        }
    }

    @Test
    void ofDeliverability() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            DeliverabilityTest.hours(lab, 9);
            DeliverabilityTest.story(lab);
            DeliverabilityTest.reports(lab);
            PagesTest.enter(browser, lab);
            browser.open(PagesTest.base(lab) + "/deliverability/reports");
            String one = "/deliverability?provider=microsoft&figure=bounced&reason=policy_auth";
            for (String scheme : List.of("light", "dark")) {
                browser.prefers(scheme).size(1280, 1500);
                shoot(browser, lab, "deliverability", "/deliverability", scheme);
                shoot(browser, lab, "refusal", one, scheme);
                shoot(browser, lab, "reports", "/deliverability/reports", scheme);
            }
            browser.prefers("light").size(360, 1800);
            shoot(browser, lab, "deliverability", "/deliverability", "360");
            shoot(browser, lab, "refusal", one, "360");
            shoot(browser, lab, "reports", "/deliverability/reports", "360");
        }
    }

    @Test
    void ofTemplates() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            lab.theirs("there.test");
            Lab.expect(201, lab.api().post("/v1/templates", TemplatesTest.WELCOME));
            Lab.expect(200, lab.api().post("/v1/templates/welcome/publish", "{}"));
            Lab.expect(200, lab.api().patch("/v1/templates/welcome",
                    "{\"subject\":\"A very warm hello, {{name}}\"}"));
            Lab.expect(201, lab.api().post("/v1/templates",
                    "{\"alias\":\"brand\",\"kind\":\"layout\",\"html\":\"{{{body}}}\"}"));
            PagesTest.enter(browser, lab);
            for (String page : List.of("/templates", "/templates/welcome")) {
                String name = page.endsWith("s") ? "templates" : "template";
                for (String scheme : List.of("light", "dark")) {
                    browser.prefers(scheme).size(1440, 900);
                    shoot(browser, lab, name, page, scheme);
                }
                browser.prefers("light").size(360, 780);
                shoot(browser, lab, name, page, "360");
            }
        }
    }

    @Test
    void ofWebhooks() throws java.io.IOException {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE); HookReceiver to = new HookReceiver();
                Browser browser = Browser.start()) {
            lab.theirs("there.test");
            String id = Lab.expect(201, lab.api().post("/v1/webhooks", "{\"url\":\""
                    + to.url() + "\"}")).path("id").asString();
            lab.write("bob@there.test");
            Lab.await(() -> to.calls() == 2, () -> to.calls() + " calls");
            to.answers(_ -> 503);
            lab.write("eve@there.test");
            Lab.await(() -> to.calls() > 2, () -> to.calls() + " calls");
            PagesTest.enter(browser, lab);
            for (String page : List.of("/webhooks", "/webhooks/" + id)) {
                String name = page.endsWith("s") ? "webhooks" : "webhook";
                for (String scheme : List.of("light", "dark")) {
                    browser.prefers(scheme).size(1280, 900);
                    shoot(browser, lab, name, page, scheme);
                }
                browser.prefers("light").size(360, 780);
                shoot(browser, lab, name, page, "360");
            }
        }
    }

    @Test
    void ofContainment() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            ContainmentPagesTest.Scene scene = ContainmentPagesTest.scene(lab, browser);
            String contain = "/credentials/" + scene.shop() + "/contain";
            for (String scheme : List.of("light", "dark")) {
                browser.prefers(scheme).size(1280, 900);
                shoot(browser, lab, "contained", "/queue", scheme);
                shoot(browser, lab, "held", "/credentials", scheme);
                shoot(browser, lab, "contain", contain, scheme);
            }
            browser.prefers("light").size(360, 780);
            shoot(browser, lab, "contained", "/queue", "360");
            shoot(browser, lab, "held", "/credentials", "360");
            shoot(browser, lab, "contain", contain, "360");
            scene.thief().close();
        }
    }

    @Test
    void ofSuppressions() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            Life.stopped(lab);
            PagesTest.enter(browser, lab);
            for (String scheme : List.of("light", "dark")) {
                browser.prefers(scheme).size(1280, 900);
                shoot(browser, lab, "suppressions", "/suppressions", scheme);
                shoot(browser, lab, "suppression", "/suppressions?address=dan@gmx.test", scheme);
            }
            browser.prefers("light").size(360, 780);
            shoot(browser, lab, "suppressions", "/suppressions", "360");
            shoot(browser, lab, "suppression", "/suppressions?address=dan@gmx.test", "360");
        }
    }

    @Test
    void ofCalls() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            PagesTest.enter(browser, lab);
            Lab.expect(201, lab.api().post("/v1/templates", "{\"starter\":\"invoice\"}"));
            for (String scheme : List.of("light", "dark")) {
                browser.prefers(scheme).size(1280, 900);
                shoot(browser, lab, "call-starter", "/connect#template", scheme);
                shoot(browser, lab, "call", "/connect?template=invoice&language=php#template",
                        scheme);
            }
            browser.prefers("light").size(360, 780);
            shoot(browser, lab, "call", "/connect?template=invoice&language=java#template", "360");
            browser.run("document.querySelector('#template details').open = true;"
                    + "document.querySelector('#template summary').scrollIntoView()");
            browser.picture(FOLDER.resolve("call-takes-360.png"));
        }
    }

    @Test
    void ofStarters() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE); Browser browser = Browser.start()) {
            PagesTest.enter(browser, lab);
            for (String alias : StartersTest.ALL) {
                Lab.expect(201, lab.api().post("/v1/templates",
                        "{\"starter\":\"" + alias + "\"}"));
                String look = "/templates/" + alias + "/look?locale=";
                browser.prefers("light").size(800, 1100);
                shoot(browser, lab, "starter-" + alias, look + "en", "light");
                browser.prefers("dark");
                shoot(browser, lab, "starter-" + alias, look + "de", "dark");
                browser.prefers("light").size(360, 1100);
                shoot(browser, lab, "starter-" + alias, look + "de", "360");
            }
            for (String scheme : List.of("light", "dark")) {
                browser.prefers(scheme).size(1280, 1800);
                shoot(browser, lab, "starters", "/templates", scheme);
            }
            browser.prefers("light").size(360, 1800);
            shoot(browser, lab, "starters", "/templates", "360");
        }
    }

    private static void shoot(Browser browser, Lab lab, String name, String path, String how) {
        browser.open(PagesTest.base(lab) + path);
        if (name.equals("message") && !how.equals("360")) {
            browser.click("summary");
            browser.run("document.activeElement.blur()");
        }
        if (name.equals("api")) {
            browser.run("document.querySelectorAll('#sendMessage details')[1].open = true");
        }
        browser.picture(FOLDER.resolve(name + "-" + how + ".png"));
    }

    /** Some mail, good and bad. */
    static final class Life {
        static String deferred;
        static String later;

        private Life() {
        }

        static void live(Lab lab) {
            lab.theirs("there.test");
            later = lab.post("{\"from\":\"orders@ours.test\",\"to\":\"bob@there.test\","
                    + "\"subject\":\"Doors open at six\",\"text\":\"See you there.\",\"send_at\":\""
                    + lab.clock().instant().plus(Duration.ofDays(30)) + "\"}");
            for (String domain : List.of("outlook.test", "there.test", "gmx.test", "full.test")) {
                lab.theirs(domain);
            }
            lab.own("news.example");
            List<String> people = List.of("bob@there.test", "carla@there.test", "dan@gmx.test",
                    "eve@there.test", "finn@gmx.test", "greta@there.test", "hugo@gmx.test");
            List<String> subjects = List.of("Your receipt from Example Shop",
                    "Confirm your e-mail address", "Your code is 481 920", "Welcome aboard",
                    "Your parcel is on its way", "Invoice 2026-1043", "Password changed");
            lab.sink().answers(_ -> null);
            for (int i = 0; i < people.size(); i++) {
                lab.awaitState(post(lab, people.get(i), subjects.get(i)), "delivered");
            }
            rcpt(lab, "550 5.1.1 <nobody@there.test>: Recipient address rejected:"
                    + " User unknown");
            lab.awaitState(post(lab, "nobody@there.test", "Your order 10441"), "bounced");
            rcpt(lab, "451 4.7.500 Server busy. Please try again later from"
                    + " [198.51.100.7]. (S77719)");
            deferred = post(lab, "anna@outlook.test", "Your receipt from Example Shop");
            lab.awaitEvent(deferred, "deferred", 1);
            lab.sink().answers(_ -> null);
            lab.clock().advance(Duration.ofMinutes(7));
            lab.awaitState(deferred, "delivered");
            rcpt(lab, "450 4.2.0 <ida@gmx.test>: Greylisted, see"
                    + " http://postgrey.example/help");
            lab.awaitEvent(post(lab, "ida@gmx.test", "Your trial ends on Friday"), "deferred", 1);
        }

        /** Two days of a shop: a busy evening, a full mailbox, a provider that stops believing. */
        private static final java.util.regex.Pattern LINK =
                java.util.regex.Pattern.compile("https://mill[.]test(/t/[A-Za-z0-9_-]+)");

        static void days(Lab lab) {
            List<String> domains = List.of("gmail.com", "gmail.com", "gmail.com", "outlook.com",
                    "yahoo.com", "icloud.com", "web.de", "there.test");
            domains.stream().distinct().forEach(lab::theirs);
            lab.sink().answers(line -> line.startsWith("RCPT") && line.contains("gone")
                    ? "550 5.1.1 <gone> does not exist here" : line.startsWith("RCPT")
                    && line.contains("full") ? "552 5.2.2 mailbox full" : null);
            int n = 0;
            String last = "";
            int read = 0;
            for (int hour = 0; hour < 47; hour++) {
                int many = 3 + (int) (8 * Math.pow(Math.sin(Math.PI * (hour % 24) / 24.0), 2))
                        + (hour % 24 > 16 && hour % 24 < 21 ? 9 : 0);
                for (int i = 0; i < many; i++) {
                    String who = (n % 41 == 40 ? "gone" : n % 67 == 66 ? "full" : "person") + n;
                    String to = who + "@" + domains.get(n++ % domains.size());
                    last = i % 3 == 0 ? lab.smtp().send("orders@" + Lab.OURS, to, "From: orders@"
                            + Lab.OURS + "\r\nTo: " + to + "\r\nSubject: Your receipt\r\n\r\n"
                            + "Thanks.\r\n").id() : post(lab, to, "Your parcel is on its way");
                }
                for (int i = 0; i < 4 && hour % 24 > 5; i++) {
                    last = lab.post("{\"from\":\"news@" + Lab.OURS + "\",\"stream\":\"bulk\","
                            + "\"to\":\"reader" + n + "@" + domains.get(n++ % domains.size())
                            + "\",\"subject\":\"Spring\",\"html\":\"<p>Hi, <a href='"
                            + "https://shop.test/spring'>see what is new</a>\"}");
                }
                String waited = last;
                Lab.await(() -> lab.store().read(h -> h.createQuery("SELECT count(*) FROM delivery"
                        + " WHERE state < 10").mapTo(Integer.class).one()) == 0, () -> waited);
                lab.clock().advance(Duration.ofMinutes(30));
                read = read(lab, read);
                lab.clock().advance(Duration.ofMinutes(30));
            }
        }

        /** Microsoft is, and a domain is not ready. */
        static void busy(Lab lab) {
            lab.sink().answers(line -> line.startsWith("RCPT") && line.contains("outlook")
                    ? "421 4.7.500 Server busy. Please try again later from [198.51.100.7]."
                    : null);
            for (int i = 0; i < 12; i++) {
                lab.post("{\"from\":\"news@" + Lab.OURS + "\",\"stream\":\"bulk\",\"to\":"
                        + "\"reader" + i + "@outlook.com\",\"subject\":\"Spring\","
                        + "\"text\":\"x\"}");
                post(lab, "late" + i + "@gmail.com", "Your code is 481 920");
            }
            Lab.expect(201, lab.api().post("/v1/domains", "{\"name\":\"news.example\"}"));
            lab.api().post("/v1/domains/news.example/check", "");
        }

        /** Two of three open what they got and one of four looks further. */
        private static int read(Lab lab, int before) {
            List<dev.mailmill.smtp.SinkServer.Received> all = lab.sink().received();
            for (int i = before; i < all.size(); i++) {
                java.util.regex.Matcher links = LINK.matcher(
                        all.get(i).text().replace("=\r\n", ""));
                List<String> found = links.results().map(m -> m.group(1)).toList();
                if (!found.isEmpty() && i % 3 > 0) {
                    follow(lab, i, found.getLast());
                }
                if (!found.isEmpty() && i % 4 == 0) {
                    follow(lab, i, found.getFirst());
                }
            }
            return all.size();
        }

        private static void follow(Lab lab, int reader, String path) {
            lab.api("").send(lab.api("").request(path).GET().setHeader("X-Forwarded-For",
                    "203.0." + reader % 256 + ".7").setHeader("User-Agent", reader % 9 == 1
                    ? "" : "Mozilla/5.0"
                    + " (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
                    + " Chrome/140.0.0.0 Safari/537.36"));
        }

        /** A bounce, a complaint, and words of people. */
        static void stopped(Lab lab) {
            lab.theirs("there.test");
            rcpt(lab, "550 5.1.1 <nobody@there.test>: Recipient address rejected:"
                    + " User unknown in virtual mailbox table");
            lab.awaitState(post(lab, "nobody@there.test", "Your order 10441"), "bounced");
            Lab.await(() -> lab.api().get("/v1/suppressions/nobody@there.test").status() == 200,
                    () -> "never on the list");
            for (String word : List.of("\"dan@gmx.test\",\"reason\":\"complaint\"",
                    "\"dan@gmx.test\",\"reason\":\"unsubscribe\",\"stream\":\"bulk\"",
                    "\"carla@there.test\",\"reason\":\"unsubscribe\"",
                    "\"a.rather.long.name.of.somebody@a-rather-long-name.example\","
                            + "\"note\":\"asked by phone\",\"expires_in\":864000")) {
                Lab.expect(201, lab.api().post("/v1/suppressions", "{\"address\":" + word + "}"));
            }
        }

        /** A pause, a lane that rests, and some mail that got through. */
        static void queue(Lab lab) {
            for (String domain : List.of("there.test", "busy.test", "gmx.test")) {
                lab.theirs(domain);
            }
            lab.dns().ptr("192.0.2.10", "out1.ours.test").a("out1.ours.test", "192.0.2.10")
                    .ptr("192.0.2.11", "host11.isp.test").a("host11.isp.test", "192.0.2.11")
                    .a("11.2.0.192.zen.spamhaus.org", "127.0.0.2")
                    .a("2.0.0.127.zen.spamhaus.org", "127.0.0.2");
            for (String source : List.of("{\"name\":\"out1\",\"ip4\":\"192.0.2.10\","
                    + "\"ehlo\":\"out1.ours.test\",\"pool\":\"news\"}",
                    "{\"name\":\"out2\",\"ip4\":\"192.0.2.11\","
                    + "\"ehlo\":\"out2.ours.test\",\"pool\":\"news\",\"warm\":true}")) {
                Lab.expect(201, lab.api(lab.mill().operatorToken()).post("/v1/sources", source));
            }
            lab.api(lab.mill().operatorToken()).post("/v1/warm-up",
                    "{\"domain\":\"ours.test\",\"provider\":\"google\",\"warm\":false}");
            lab.mill().health().look();
            Lab.expect(201, lab.api(lab.mill().operatorToken()).post("/v1/queue/pause",
                    "{\"stream\":\"bulk\",\"reason\":\"Prices are wrong in the spring mail\"}"));
            for (String to : List.of("bob@there.test", "dan@gmx.test", "eve@there.test")) {
                lab.awaitState(post(lab, to, "Your receipt"), "delivered");
            }
            for (int i = 0; i < 40; i++) {
                lab.post("{\"from\":\"orders@ours.test\",\"to\":\"u" + i + "@there.test\","
                        + "\"subject\":\"Spring\",\"text\":\"x\",\"stream\":\"bulk\"}");
            }
            lab.sink().answers(line -> line.isEmpty()
                    ? "421 4.7.0 Too many connections from 198.51.100.7, try later" : null);
            lab.awaitEvent(post(lab, "anna@busy.test", "Your code"), "deferred", 1);
            for (int i = 0; i < 5; i++) {
                post(lab, "u" + i + "@busy.test", "Your code");
            }
        }

        /** A service that refuses its key, a relay, and who gets what. */
        static void exits(Lab lab) {
            for (String exit : List.of("{\"name\":\"sendgrid\",\"kind\":\"sendgrid\","
                    + "\"secret\":\"k\",\"domains\":[\"ours.test\"],"
                    + "\"url\":\"http://127.0.0.1:1/\"}", "{\"name\":\"relay\","
                    + "\"kind\":\"smtp\",\"smtp\":\"smtp://u:p@relay.isp.test:587\"}")) {
                Lab.expect(201, lab.api().post("/v1/exits", exit));
            }
            Lab.expect(200, lab.api().post("/v1/routes", "{\"name\":\"news\",\"match\":"
                    + "{\"stream\":\"bulk\"},\"shares\":{\"sendgrid\":30,\"own\":70},"
                    + "\"failover\":[\"relay\"]}"));
            Lab.expect(200, lab.api().post("/v1/exits/sendgrid/test",
                    "{\"to\":\"you@there.test\"}"));
        }

        private static void rcpt(Lab lab, String reply) {
            lab.sink().answers(line -> line.startsWith("RCPT") ? reply : null);
        }

        private static String post(Lab lab, String to, String subject) {
            return lab.post("""
                    {"from":"Example Shop <orders@ours.test>","to":["%s"],"subject":"%s",
                     "tags":["receipt","de"],
                     "text":"Thank you, Anna.\\n\\nOrder 10438, 64.90 EUR.\\n",
                     "html":"<div style='font-family:sans-serif;text-align:center;padding:32px'>\
                    <h2>Thank you, Anna</h2><p style='color:#555'>Order 10438 · 64.90 €</p>\
                    <p><a style='background:#1f4fd8;color:#fff;padding:10px 18px;border-radius:6px;\
                    text-decoration:none' href='https://shop.example'>Track your parcel</a></p>\
                    </div>"}""".formatted(to, subject).replace("\\\n", ""));
        }
    }
}
