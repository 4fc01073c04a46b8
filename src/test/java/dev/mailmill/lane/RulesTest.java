package dev.mailmill.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.CpuTime;
import dev.mailmill.mail.Reply;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules that are shipped, those that lie over them, and what neither may say. */
class RulesTest {
    private static final Rules SHIPPED = Rules.shipped();

    @Test
    void each_receiver_has_numbers_and_says_where_they_come_from() {
        assertTrue(SHIPPED.providers().size() >= 15, "14 receivers and all others");
        for (Provider p : SHIPPED.providers()) {
            assertTrue(p.source().length() > 10, p.name());
            assertFalse(p.reactions().isEmpty(), p.name());
            assertTrue(p.fresh().connections() <= p.warm().connections(), p.name());
        }
    }

    @ParameterizedTest
    @CsvSource({"gmail.com, , google", "firm.test, aspmx.l.google.com, google",
        "outlook.com, , microsoft", "firm.test, firm-test.mail.protection.outlook.com, "
                + "microsoft-365", "x.test, x.olc.protection.outlook.com, microsoft",
        "yahoo.com, , yahoo", "y.test, mta5.am0.yahoodns.net, yahoo", "icloud.com, , apple",
        "comcast.net, , comcast", "wanadoo.fr, , orange", "web.de, , gmx",
        "firm.test, mx00.kundenserver.de, gmx", "t-online.de, , t-online", "bk.ru, , mail-ru",
        "firm.test, mxa-0001.gslb.pphosted.com, proofpoint",
        "firm.test, eu-smtp-inbound-1.mimecast.com, mimecast", "z.test, mx.zoho.eu, zoho",
        "p.test, mail.protonmail.ch, protonmail", "small.test, mx.small.test, other",
        "evil.test, notgoogle.com, other", "evil.test, google.com.evil.test, other"})
    void a_domain_is_its_receivers(String domain, String mx, String provider) {
        assertEquals(provider, SHIPPED.of(mx == null ? List.of() : List.of(mx), domain).name());
    }

    /** A line a reaction: what receivers say, and that nothing harmless sets it off. */
    private static final String REPLIES = """
            google unusual-rate 421 4.7.28 Gmail has detected an unusual rate of mail from you
            google ip-blocked 550 5.7.1 Our system has detected that this message is blocked
            google not-authenticated 550 5.7.26 This mail has been blocked because the sender is \
            unauthenticated
            google no-reverse-dns 550 5.7.25 The IP address has no PTR record
            google recipient-too-fast 450 4.2.1 The user is receiving mail too quickly
            google busy 421 4.3.0 Temporary System Problem
            microsoft rate-limited 421 RP-001 the server exceeded the rate limit
            microsoft block-listed 550 5.7.1 part of their network is on our block list (S3150)
            microsoft not-authenticated 550 5.7.515 Access denied, sending domain does not pass
            microsoft busy 451 4.7.0 Temporary server error
            microsoft-365 throttled 451 4.7.500 Server busy
            microsoft-365 sender-ip-banned 550 5.7.606 Access denied, banned sending IP
            microsoft-365 not-authenticated 550 5.7.509 Access denied, DMARC
            yahoo deferred-for-reputation 421 4.7.0 [TSS04] Messages temporarily deferred
            yahoo permanently-deferred 553 5.7.0 [TSS07] will be permanently deferred
            yahoo block-listed 554 5.7.1 [BL21] listed
            yahoo not-authenticated 554 5.7.9 not accepted for policy reasons
            yahoo too-many-connections 421 4.16.55 too many connections
            apple policy 550 5.7.1 [CS01] message rejected
            apple too-fast 421 4.7.0 too many messages
            apple block-listed 550 5.7.1 mail from here is blocked using Proofpoint
            comcast rate-limited 421 4.1.0 rejected RL000001
            comcast block-listed 554 5.7.1 refused BL000000
            comcast no-reverse-dns 554 PTR0001 no reverse DNS
            comcast too-many-connections 421 4.3.0 Too many sessions opened
            orange too-many-connections 421 4.3.2 too many connections OFR004_104
            orange block-listed 554 5.7.1 refused OFR_999
            gmx too-fast 450 4.7.0 too many mails
            gmx block-listed 554 5.7.1 bad DNS PTR resource record
            gmx spam-suspected 550 5.7.1 spam message, for explanation visit us
            t-online address-refused 554 5.7.1 IP=192.0.2.1 - a problem occurred
            t-online too-fast 421 4.7.0 too many connections
            mail-ru rate-limited 451 4.7.1 try again later, ratelimit
            mail-ru spam-suspected 550 5.7.1 spam message rejected
            proofpoint address-blocked 554 5.7.0 Blocked - see ipcheck.proofpoint.com
            proofpoint too-many-connections 421 4.7.0 too many concurrent sessions
            mimecast address-limited 451 4.7.1 IP temporarily blacklisted
            mimecast address-blocked 550 5.7.1 rejected by policy
            zoho too-fast 451 4.7.1 too many messages
            zoho address-blocked 554 5.7.1 your IP is blocked
            protonmail too-fast 450 4.7.1 rate limit exceeded
            protonmail block-listed 554 5.7.1 blocked using a list
            other block-listed 550 5.7.1 listed at zen.spamhaus.org
            other too-fast 421 4.7.0 too many connections from your host
            """;

    @Test
    void each_reaction_is_set_off_by_what_its_receiver_says_and_by_nothing_harmless() {
        Set<String> seen = new HashSet<>();
        REPLIES.lines().forEach(line -> {
            String[] parts = line.split(" ", 3);
            Reaction first = SHIPPED.named(parts[0]).reactions().stream()
                    .filter(r -> Text.found(r.match(), parts[2])).findFirst().orElseThrow(
                            () -> new AssertionError("nothing matches: " + line));
            assertEquals(parts[1], first.name(), line);
            seen.add(parts[0] + " " + parts[1]);
        });
        for (Provider p : SHIPPED.providers()) {
            for (Reaction r : p.reactions()) {
                assertTrue(seen.contains(p.name() + " " + r.name()), "untried: " + p.name() + " "
                        + r.name());
                for (String harmless : List.of("250 2.0.0 OK", "550 5.1.1 no such user",
                        "452 4.2.2 mailbox full", "451 4.7.1 Greylisted, come back in 5 min")) {
                    assertFalse(Text.found(r.match(), harmless), p.name() + " " + r.name());
                }
            }
        }
    }

    @Test
    void own_rules_lie_over_the_shipped_ones_key_by_key() throws RulesError {
        Rules own = Rules.of("""
                providers:
                  google:
                    warm: {connections: 40, messages: 100, rate: 3600/h}
                  firm:
                    mx: [.firm.test]
                    warm: {connections: 1, messages: 5}
                    source: a contract
                """, 7);
        Provider google = own.named("google");
        assertEquals(40, google.warm().connections());
        assertEquals(new Rate(3600, Duration.ofHours(1)), google.warm().rate().orElseThrow());
        assertEquals(SHIPPED.named("google").fresh(), google.fresh());
        assertEquals(SHIPPED.named("google").reactions().size(), google.reactions().size());
        assertEquals("firm", own.of(List.of("mx.firm.test"), "x.test").name());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "providers: {google: {wram: {connections: 1}}}|providers.google.wram: this key is not",
        "providers: {google: {warm: {rate: fast}}}|providers.google.warm.rate: a rate like",
        "providers: {x: {warm: {connections: 1, messages: 1}, source: s}}|providers.x: mx or",
        "providers: {x: {mx: [.x.test], source: s}}|providers.x.warm: keys with values",
        "providers: {x: {mx: [.x.test], warm: {connections: 0, messages: 1}, source: s}}"
                + "|providers.x.warm.connections: a whole number",
        "providers: {x: {mx: [.x.test], warm: {connections: 1, messages: 1}}}"
                + "|providers.x.source: a text",
        "providers: {x: {mx: [.google.com], warm: {connections: 1, messages: 1}, source: s}}"
                + "|providers.x.mx: .google.com is google's already",
        "providers: {google: {reactions: [{name: a, match: '(', do: slow, for: 1h}]}}"
                + "|providers.google.reactions[0].match: this is no regular expression",
        "providers: {google: {reactions: [{name: a, match: '(a+)+$', do: slow, for: 1h}]}}"
                + "|providers.google.reactions[0].match: a repeated group",
        "providers: {google: {reactions: [{name: a, match: a, do: explode, for: 1h}]}}"
                + "|providers.google.reactions[0].do: one of slow",
        "providers: {google: {reactions: [{name: a, match: a, do: slow, for: 99d}]}}"
                + "|providers.google.reactions[0].for: a time like",
        "provider: {}|provider: this key is not known", "[]|the rules begin with",
        "a: [|line 1: this is not YAML"})
    void what_is_wrong_is_named_by_its_place(String yaml, String complaint) {
        RulesError e = assertThrows(RulesError.class, () -> Rules.of(yaml, 1));
        assertTrue(e.getMessage().startsWith(complaint), e.getMessage());
    }

    @Test
    void a_pattern_that_would_take_for_ever_ends() {
        // slips past the check of its form
        Pattern evil = Pattern.compile("(a|a|ab)*[^b]*(a|aa)*c$");
        long begin = CpuTime.nanos();
        assertFalse(Text.found(evil, "a".repeat(1_000)));
        assertTrue(CpuTime.nanos() - begin < 5_000_000_000L);
    }

    @Test
    void a_replay_tells_what_a_stricter_rule_would_have_spared() throws RulesError {
        Rules strict = Rules.of("""
                providers:
                  firm:
                    mx: [.firm.test]
                    warm: {connections: 5, messages: 100, rate: 60/min}
                    source: a test
                    reactions:
                      - name: busy
                        match: "^421"
                        do: suspend-lane
                        for: 10min
                        times: 3
                        within: 1min
                """, 1);
        Replay now = new Replay(SHIPPED);
        Replay then = new Replay(strict);
        Instant noon = Instant.parse("2026-11-23T12:00:00Z");
        Reply busy = new Reply(421, "4.3.2", "not now", "mx.firm.test");
        Reply ok = new Reply(250, "2.0.0", "ok", "mx.firm.test");
        for (int second = 0; second < 1200; second++) {
            // ten minutes of trouble, then ten good ones
            boolean bad = second < 600;
            Replay.Attempt a = new Replay.Attempt(noon.plusSeconds(second), 1, true, "firm.test",
                    "mx.firm.test", bad ? Replay.Attempt.Result.DEFERRED
                            : Replay.Attempt.Result.DELIVERED, bad ? busy : ok);
            now.add(a);
            then.add(a);
        }
        Replay.Result before = now.results().get("other");
        assertEquals(600, before.deferred());
        assertEquals(0, before.avoided());
        Replay.Result after = then.results().get("firm");
        assertEquals(Map.of("busy", 1), after.fired());
        assertEquals(597, after.avoided(), "all but the three that set it off");
        assertEquals(10, after.paused());
        assertEquals(60, after.peak());
        assertTrue(after.longWait() > 9 && after.longWait() <= 10, "" + after);
    }
}
