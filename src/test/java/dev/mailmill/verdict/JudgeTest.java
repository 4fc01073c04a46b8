package dev.mailmill.verdict;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Who is taken for whom, by stories of what callers did. */
class JudgeTest {
    private static final Instant SENT = Instant.parse("2026-11-20T10:00:00Z");
    private static final String CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
            + " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
    private static final String PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)"
            + " AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148";
    private static final String GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko"
            + " Firefox/11.0 (via ggpht.com GoogleImageProxy)";
    private static final String APPLE = "Mozilla/5.0";
    private static final int OFFICE = 7;
    private static final int CLOUD = 8;

    private final List<Journal.Entry> story = new ArrayList<>();
    private boolean individual = true;

    private void seen(long millis, Fact fact) {
        story.add(new Journal.Entry(new Journal.Position(1, 0, story.size() + 1),
                SENT.plusMillis(millis), 1, 2, individual ? 40 : 0, individual ? 40 : 0, "", fact));
    }

    private Fact.Caller caller(long millis, int network, String agent) {
        return new Fact.Caller(agent, network, SENT.plusMillis(millis));
    }

    private void opens(long millis, int network, String agent) {
        seen(millis, new Fact.Opened(individual, caller(millis, network, agent)));
    }

    private void clicks(long millis, int network, String agent, String link) {
        seen(millis, new Fact.Clicked(individual, "https://a.test/" + link,
                caller(millis, network, agent)));
    }

    private void trapped(long millis, int network, String agent, String how) {
        seen(millis, new Fact.Scanned(individual, how, caller(millis, network, agent)));
    }

    /** As {@code machine sweep, person browser}. */
    private String judged() {
        Around around = new Around();
        story.forEach(e -> around.add(Around.call(e)));
        String all = story.stream().map(Around::call).filter(Around.Call::judged).map(c -> {
            Judge.Judgement j = Judge.of(c.click(), c.individual(), around.of(c, individual
                    ? Duration.between(SENT, c.at()).toMillis() : -1));
            return j.by().word() + " " + j.why().word();
        }).collect(Collectors.joining(", "));
        story.clear();
        return all;
    }

    @Test
    void aPersonOpensAndClicks() {
        opens(20_000, OFFICE, CHROME);
        clicks(33_000, OFFICE, CHROME, "offer");
        clicks(36_000, OFFICE, CHROME, "terms");
        clicks(36_900, OFFICE, CHROME, "terms");
        assertEquals("person browser, person browser, person browser, person browser", judged());
        opens(3_600_000, OFFICE, "Mozilla/5.0 (X11; rv:128.0) Gecko/20100101 Thunderbird/128.4");
        assertEquals("person mail_program", judged());
    }

    @Test
    void sweepsOfTwentySecondsToFiveMinutesAreMachines() {
        Random random = new Random(43);
        for (int i = 0; i < 500; i++) {
            int links = 2 + random.nextInt(9);
            long at = 20_000 + random.nextInt(280_000);
            long span = links == 2 ? random.nextInt(450) : random.nextInt(1_000);
            opens(Math.max(9_000, at - 24_000), CLOUD, CHROME);
            for (int n = 0; n < links; n++) {
                clicks(at + span * n / links, CLOUD, CHROME, "x" + n);
            }
            String all = judged();
            assertEquals(links + 1, all.split(", ").length);
            assertEquals("", all.replaceAll("machine sweep(, )?", ""), "of " + links + " links in "
                    + span + " ms, " + at + " ms after it was sent");
        }
    }

    @Test
    void whoFollowsWhatNobodySeesIsAMachineAndOthersAreNot() {
        opens(60_000, CLOUD, CHROME);
        clicks(65_000, CLOUD, CHROME, "a");
        trapped(68_000, CLOUD, CHROME, Fact.Scanned.HONEYPOT);
        clicks(80_000, OFFICE, PHONE, "a");
        assertEquals("machine honeypot, machine honeypot, person browser", judged());
        trapped(60_000, CLOUD, CHROME, Fact.Scanned.HEAD);
        clicks(61_000, CLOUD, CHROME, "a");
        clicks(90_000, CLOUD, PHONE, "a");
        assertEquals("machine head, unknown near_sweep", judged());
        trapped(60_000, CLOUD, CHROME, Fact.Scanned.HONEYPOT);
        clicks(60_000 + Judge.WINDOW.toMillis() + 1, CLOUD, CHROME, "a");
        assertEquals("person browser", judged());
    }

    @Test
    void aMailWithOneLinkIsSweptToo() {
        opens(43_000, CLOUD, CHROME);
        clicks(43_300, CLOUD, CHROME, "confirm");
        assertEquals("machine sweep, machine sweep", judged());
        opens(7_200_000, OFFICE, CHROME);
        clicks(7_200_300, OFFICE, CHROME, "confirm");
        assertEquals("person browser, person browser", judged());
    }

    @Test
    void whoSaysWhatItIsIsBelievedWhenItIsNoPerson() {
        clicks(3_600_000, OFFICE, "curl/8.5.0", "a");
        clicks(3_700_000, OFFICE, "", "a");
        clicks(3_800_000, OFFICE, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://g.test)", "a");
        opens(3_900_000, OFFICE, "BarracudaCentral/1.0");
        opens(3_990_000, OFFICE, "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)");
        assertEquals("machine program, machine no_agent, machine crawler, machine scanner,"
                + " machine previewer", judged());
    }

    @Test
    void whatCanNotBeKnownIsUnknown() {
        opens(9_000_000, OFFICE, APPLE);
        opens(9_100_000, OFFICE, "Frobnicator 3");
        opens(2_000, CLOUD, GMAIL);
        opens(9_200_000, CLOUD, GMAIL);
        clicks(9_300_000, CLOUD, GMAIL, "a");
        opens(3_000, OFFICE, PHONE);
        opens(9_400_000, 0, CHROME);
        assertEquals("unknown privacy_proxy, unknown unknown_agent, unknown too_soon,"
                + " person image_proxy, machine program, unknown too_soon, unknown no_evidence",
                judged());
    }

    @Test
    void manyBehindOneNetworkAreNoSweepUnlessTheyAreAlikeAndFast() {
        individual = false;
        for (int i = 0; i < 4; i++) {
            clicks(60_000 + 200 * i, CLOUD, CHROME, "x" + i);
        }
        clicks(60_500, CLOUD, PHONE, "x7");
        assertEquals("person browser, ".repeat(4) + "person browser", judged());
        for (int i = 0; i < 9; i++) {
            clicks(60_000 + 50 * i, CLOUD, CHROME, "x" + i);
        }
        clicks(60_500, CLOUD, PHONE, "x7");
        assertEquals("machine sweep, ".repeat(9) + "person browser", judged());
    }
}
