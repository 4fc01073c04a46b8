package dev.mailmill.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mailmill.mail.Door;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Line;
import dev.mailmill.mail.Reply;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Facts are read for 400 days: their layout may be added to, never changed. */
class FactCodecTest {
    private static final Reply REPLY = new Reply(550, "5.1.1", "no ü", "mx");
    private static final Instant WHEN = Instant.ofEpochMilli(0x0102030405L);
    private static final List<Fact> ALL = List.of(new Fact.Accepted(Door.API, 258),
            new Fact.Scheduled(WHEN), new Fact.Held("h"), new Fact.Suppressed("s"),
            new Fact.Deferred(REPLY, 2, WHEN), new Fact.Delivered(REPLY, 1),
            new Fact.Relayed(REPLY, 1), new Fact.Captured(), new Fact.Bounced(REPLY, 3, true),
            new Fact.Expired(REPLY), new Fact.Cancelled(), new Fact.Failed(REPLY),
            new Fact.Ambiguous(REPLY, 4), new Fact.Complained("k", "b"),
            new Fact.Unsubscribed("u"), new Fact.Unsubscribed("page", true),
            new Fact.Received("r"), new Fact.Opened(true, "a"),
            new Fact.Clicked(false, "l", "a"),
            new Fact.Clicked(true, "l", new Fact.Caller("b", -7, Instant.ofEpochMilli(12345))),
            new Fact.Scanned(true, "head", new Fact.Caller("", 9, Instant.ofEpochMilli(1))),
            new Fact.Verdict("1.0.2", true, "l", Instant.ofEpochMilli(5), new Fact.Evidence("a",
                    -1, 3, true, 400, 7, false, "head"), true, "machine", "sweep", 2));
    private static final String R = "02260005352e312e3100056e6f20c3bc00026d78";
    private static final List<String> GOLDEN = List.of("1:01020000000000000102",
            "2:010000000102030405", "3:01000168", "4:01000173",
            "5:01" + R + "000000020000000102030405", "6:01" + R + "00000001",
            "7:01" + R + "00000001", "8:01", "9:01" + R + "0000000301", "10:01" + R, "11:01",
            "12:01" + R, "13:01" + R + "00000004", "14:0100016b000162", "15:01000175",
            "15:02000470616765",
            "16:01000172", "17:0101000161",
            "18:010000016c000161", "18:020100016c000162fffffffffffffff90000000000003039",
            "19:01010004686561640000" + "00000000000000090000000000000001",
            "20:010005312e302e320100016c0000000000000005000161ffffffffffffffff00000003010000"
                    + "0000000001900000000000000007000004686561640100076d616368696e650005"
                    + "737765657000000002");

    @Test
    void each_case_is_here() {
        Set<Class<?>> cases = Set.of(Fact.class.getPermittedSubclasses());
        assertEquals(cases, ALL.stream().map(Object::getClass).collect(Collectors.toSet()));
    }

    @Test
    void each_comes_back_as_it_was() {
        for (Fact f : ALL) {
            assertEquals(f, FactCodec.decode(FactCodec.type(f), FactCodec.encode(f)));
        }
    }

    @Test
    void the_octets_are_for_ever() {
        assertEquals(GOLDEN, ALL.stream().map(f -> FactCodec.type(f) + ":"
                + HexFormat.of().formatHex(FactCodec.encode(f))).toList());
    }

    @Test
    void the_line_over_which_a_reply_came_is_kept_with_it() {
        Reply over = REPLY.over(new Line("ip2", "TLSv1.3", "dane"));
        Fact fact = new Fact.Delivered(over, 1);
        byte[] octets = FactCodec.encode(fact);
        assertEquals("02" + R + "000369703200075"
                + "44c5376312e33000464616e6500000001", HexFormat.of().formatHex(octets));
        assertEquals(fact, FactCodec.decode(6, octets));
    }

    @Test
    void whether_the_server_was_asked_to_report_is_kept_too() {
        Reply over = REPLY.over(new Line("", "clear", "", true));
        Fact fact = new Fact.Relayed(over, 1);
        byte[] octets = FactCodec.encode(fact);
        assertEquals("03" + R + "00000005636c6561720000" + "01" + "00000001",
                HexFormat.of().formatHex(octets));
        assertEquals(fact, FactCodec.decode(7, octets));
    }

    @Test
    void damage_is_said_not_guessed() {
        byte[] whole = FactCodec.encode(ALL.get(4));
        for (int n = 0; n < whole.length; n++) {
            byte[] cut = Arrays.copyOf(whole, n);
            assertThrows(IllegalArgumentException.class, () -> FactCodec.decode(5, cut));
        }
        byte[] newer = whole.clone();
        newer[0] = 4;
        assertThrows(IllegalArgumentException.class, () -> FactCodec.decode(5, newer));
        assertThrows(IllegalArgumentException.class, () -> FactCodec.decode(99, whole));
    }
}
