package dev.mailmill.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.CpuTime;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a tenant could try on everybody's machine: each attempt ends at once and says why. */
class TemplateThreatTest {
    private static final List<Integer> THOUSAND = Collections.nCopies(1_000, 1);

    @ParameterizedTest
    @ValueSource(strings = {"{{lookup this \"class\"}}", "{{this.class}}", "{{class.classLoader}}",
        "{{getClass}}", "{{this.getClass.name}}", "{{lookup name \"class\"}}", "{{name.class}}",
        "{{constructor}}", "{{lookup this \"constructor\"}}", "{{this.__proto__}}",
        "{{lookup (lookup this \"constructor\") \"prototype\"}}", "{{name.bytes}}",
        "{{list.class}}", "{{list.size}}", "{{this.empty}}", "{{@root.class}}", "{{@env}}",
        "{{@root.entrySet}}", "{{#with this as |x|}}{{x.hashCode}}{{/with}}", "{{env}}",
        "{{#with \"s\" as |s|}}{{s.class}}{{#with \"e\"}}{{this.concat}}{{/with}}{{/with}}"})
    void nothingIsReadThatWasNotGiven(String source) throws Exception {
        assertEquals("", out(source, Missing.EMPTY));
        assertThrows(TemplateException.class,
                () -> out(source.replace("{{#with this", "{{#with list"), Missing.REFUSE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"${7*7}", "#{T(java.lang.Runtime)}", "<%= 7*7 %>", "[[${7*7}]]",
        "*{7*7}", "@(1+1)", "{%if 1%}x{%endif%}", "$!{x}", "{7*7}"})
    void otherLanguagesAreText(String source) throws Exception {
        assertEquals(source, out(source, Missing.REFUSE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{{env \"HOME\"}}", "{{exec \"id\"}}", "{{include \"/etc/passwd\"}}",
        "{{precompile \"x\"}}", "{{embedded \"x\"}}", "{{i18n \"x\"}}", "{{helperMissing 1}}",
        "{{blockHelperMissing 1}}", "{{#helperMissing 1}}{{/helperMissing}}", "{{partial \"x\"}}",
        "{{log this}}", "{{* x}}", "{{#* x}}{{/x}}", "{{> /etc/passwd}}", "{{> ../secret}}",
        "{{7*7}}", "{{toString 1}}", "{{this.toString 1}}", "{{name.concat \"x\"}}",
        "{{lookup.call this}}"})
    void nothingIsCalledThatIsNotOnTheList(String source) {
        TemplateException e = assertThrows(TemplateException.class,
                () -> Template.compile("mail", source, Escaping.HTML, Map.of()));
        assertEquals(1, e.line());
        assertFalse(e.reason().isBlank());
    }

    @Test
    void aNameFromTheDataReachesOnlyPartialsThatWereGiven() {
        for (String name : List.of("/etc/passwd", "../x", "mail", "http://169.254.169.254/")) {
            assertThrows(TemplateException.class, () -> Template.compile("mail",
                    "{{> (lookup this \"p\")}}", Escaping.HTML, Map.of("own", "x"))
                    .render(Map.of("p", name), bounds(), new StringBuilder()), name);
        }
    }

    @Test
    void loopsInLoopsEndByStepsAndByTime() throws Exception {
        String source = "{{#each a}}".repeat(3) + "{{#each ../../../a}}".repeat(3)
                .replace("../../../", "@root.") + "{{/each}}".repeat(6);
        Template nested = Template.compile("mail", source.replace("{{#each a}}",
                "{{#each @root.a}}"), Escaping.HTML, Map.of());
        TemplateException steps = assertThrows(TemplateException.class,
                () -> nested.render(Map.of("a", THOUSAND), bounds(), new StringBuilder()));
        assertTrue(steps.reason().contains("takes "), steps.reason());

        AtomicLong clock = new AtomicLong();
        Bounds slow = new Bounds(Long.MAX_VALUE, 1, 16, 250,
                () -> clock.addAndGet(1_000_000), Locale.US, ZoneOffset.UTC, Missing.EMPTY,
                Map.of());
        TemplateException time = assertThrows(TemplateException.class,
                () -> nested.render(Map.of("a", THOUSAND), slow, new StringBuilder()));
        assertTrue(time.reason().contains("takes longer than 250 ms"), time.reason());
        assertTrue(clock.get() < 300_000_000L, "the clock is asked often enough");
    }

    /** The clock is for who asks; mail that was accepted is not lost since the machine is busy. */
    @Test
    void theClockEndsWhatIsAskedForAndNotWhatWasAccepted() throws Exception {
        String source = "{{#each a}}{{#if (eq @root.x @root.y)}}.{{/if}}{{/each}}";
        Wording words = new Wording("s", "", source, "", source);
        Built built = new Built("en", Map.of("en", words), Map.of(), Map.of());
        Pinned pinned = new Pinned(1, 1, built, Compiled.of(built, "en"));
        String long1 = "x".repeat(16_000_000);
        byte[] data = ("{\"x\":\"" + long1 + "\",\"y\":\"" + long1 + "\",\"a\":["
                + "1,".repeat(799) + "1]}").getBytes(StandardCharsets.UTF_8);
        TemplateException late = assertThrows(TemplateException.class, () -> pinned.render(data));
        assertTrue(late.isLate(), late.reason());
        assertEquals(".".repeat(800), pinned.renderPatiently(data).html());
    }

    @Test
    void theOutputEndsAtItsBoundAndNotAfterIt() throws Exception {
        Map<String, Object> data = Map.of("a", THOUSAND, "big", "x".repeat(10_000_000));
        for (String source : List.of("{{#each a}}{{@root.big}}{{/each}}",
                "{{#each a}}{{{@root.big}}}{{/each}}", "{{big}}{{big}}", "{{upper big}}y",
                "{{#each a}}" + "y".repeat(20_000) + "{{/each}}", "{{#each a}}{{#each @root.a}}"
                + "0123456789a{{/each}}{{/each}}")) {
            StringBuilder out = new StringBuilder();
            TemplateException e = assertThrows(TemplateException.class, () -> Template.compile(
                    "mail", source, Escaping.HTML, Map.of()).render(data, unhurried(), out));
            assertTrue(out.length() <= 10_000_000, "wrote " + out.length());
            assertTrue(e.reason().contains("octets") || e.reason().contains("takes"), e.reason());
        }
        StringBuilder out = new StringBuilder();
        assertThrows(TemplateException.class, () -> Template.compile("mail", "{{x}}",
                Escaping.HTML, Map.of()).render(Map.of("x", "<".repeat(9_000_000)), unhurried(),
                out));
        assertTrue(out.length() <= 10_000_000, "escaping counts too");
        assertThrows(TemplateException.class, () -> Template.compile("mail", "{{x}}",
                Escaping.NONE, Map.of()).render(Map.of("x", "日".repeat(3_400_000)), unhurried(),
                new StringBuilder()), "octets count, not characters");
        Template.compile("mail", "{{x}}", Escaping.NONE, Map.of()).render(
                Map.of("x", "日".repeat(3_300_000)), unhurried(), new StringBuilder());
    }

    @Test
    void aPartialThatIncludesItselfEnds() throws Exception {
        for (Map<String, String> partials : List.of(Map.of("a", "{{> a}}"),
                Map.of("a", "{{> b}}", "b", "{{> a}}"), Map.of("a", "  {{> a}}\n"),
                Map.of("a", "{{#> a}}{{> @partial-block}}{{/a}}"),
                Map.of("a", "{{#*inline \"b\"}}{{> b}}{{/inline}}{{> b}}"),
                Map.of("a", "{{> (lookup this \"p\")}}"))) {
            Template template = Template.compile("mail", "{{> a}}", Escaping.HTML, partials);
            TemplateException e = assertThrows(TemplateException.class, () -> template.render(
                    Map.of("p", "a"), bounds(), new StringBuilder()), partials.toString());
            assertTrue(e.reason().contains("deeper than 16"), e.reason());
        }
    }

    @Test
    void partialsThatDoubleEachOtherEndBeforeTheyAreCompiled() {
        Map<String, String> laughs = new HashMap<>();
        for (int i = 0; i < 40; i++) {
            laughs.put("p" + i, ("{{> p" + (i + 1) + "}}").repeat(10));
        }
        laughs.put("p40", "ha");
        TemplateException e = assertThrows(TemplateException.class,
                () -> Template.compile("mail", "{{> p0}}", Escaping.HTML, laughs));
        assertTrue(e.reason().contains("expand to more than"), e.reason());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{{#if a}}|{{/if}}", "{{#a}}|{{/a}}", "{{^a}}|{{/a}}",
        "{{#each a}}|{{/each}}", "{{#> x}}|{{/x}}", "{{#*inline \"x\"}}|{{/inline}}",
        "{{#if a}}{{else}}|{{/if}}"})
    void nestingInTheSourceEnds(String block) {
        String[] parts = block.split("\\|");
        TemplateException e = assertThrows(TemplateException.class, () -> Template.compile("mail",
                parts[0].repeat(10_000) + "x" + parts[1].repeat(10_000), Escaping.HTML, Map.of()));
        assertTrue(e.reason().contains("deeper than 64"), e.reason());
    }

    @Test
    void subexpressionsPathsAndChainsEnd() throws Exception {
        refused("{{upper " + "(upper ".repeat(10_000) + "x" + ")".repeat(10_000) + "}}");
        refused("{{" + "(".repeat(100_000));
        refused("{{#if a}}" + "{{else if b}}".repeat(10_000) + "{{/if}}");
        refused("{{" + "../".repeat(100_000) + "x}}");
        refused("{{a" + ".b".repeat(100_000) + "}}");
        assertEquals("", out("{{a" + ".b".repeat(50) + "}}", Missing.EMPTY));
        refused("{{upper" + " x".repeat(100_000) + "}}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{{", "{{{", "{{{{", "}}", "{{}}", "{{#", "{{/", "{{!", "{{!--", "{{=",
        "{{=a", "{{>", "{{^", "{{&", "{{else", "{{else}}", "\\{{", "\\\\{{", "{{x ", "{{'", "{{\"",
        "{{[", "{{@", "{{~", "{{a=", "{{a|", "{{#a as |", "{{{{a}}}}", "{{=| |=}}|", "{{x}} ",
        "{{x}}\n", " \n", "{{! c }}\n ", "{{y}}", "{{a b=", "x{{~x~}}\t", "{{-1", "{{1.", "\u0000"})
    void aMegabyteOfAnythingIsReadInOnePass(String piece) {
        String source = piece.repeat((1 << 20) / piece.length());
        long start = CpuTime.nanos();
        try {
            Template.compile("mail", source, Escaping.HTML, Map.of())
                    .render(Map.of("x", 1, "y", 1), bounds(), new StringBuilder());
        } catch (TemplateException e) {
            assertTrue(e.line() >= 1 && e.column() >= 1 && e.getMessage().length() < 400,
                    e.getMessage());
        }
        long millis = (CpuTime.nanos() - start) / 1_000_000;
        // a square of a million would take minutes; this leaves a loaded machine its time
        assertTrue(millis < 10_000, piece + " took " + millis + " ms");
        assertThrows(TemplateException.class, () -> Template.compile("mail",
                "x".repeat((1 << 20) + 1), Escaping.HTML, Map.of()));
    }

    @Test
    void numbersAndFormatsAreNoBombs() throws Exception {
        Map<String, Object> data = Map.of("n", new BigDecimal("1E+1000000000"),
                "i", BigInteger.TEN.pow(5_000), "s", "1e1000000000");
        assertEquals("1E+1000000000", show("{{n}}", data));
        for (String source : List.of("{{number n}}", "{{money n \"EUR\"}}", "{{percent s}}",
                "{{plural n \"a\"}}", "{{number i}}", "{{number 1 decimals=1000000}}",
                "{{date i}}", "{{date n}}", "{{date 1 \"" + "y".repeat(65) + "\"}}",
                "{{date 1 \"yyyyyyyyyyyyyyyyyyyyyyyy\"}}", "{{date \"x\"}}", "{{date 1 \"'\"}}",
                "{{date 1 zone=\"../../etc/passwd\"}}", "{{truncate \"a\" -1}}",
                "{{money 1 \"nothing\"}}", "{{gt n n}}x{{#if (gt n s)}}{{/if}}{{number s}}")) {
            assertThrows(TemplateException.class, () -> show(source, data), source);
        }
        List<Object> deep = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            deep = new ArrayList<>(List.of(deep));
        }
        Map<String, Object> nested = Map.of("deep", deep);
        assertThrows(TemplateException.class, () -> show("{{deep}}", nested));
        assertThrows(TemplateException.class, () -> show("{{join deep}}", nested));
    }

    @Test
    void aTemplateIsManyThreadsAtOnce() throws Exception {
        Template template = Template.compile("mail", "{{#each a}}{{upper this}}{{/each}}",
                Escaping.HTML, Map.of());
        List<Thread> threads = new ArrayList<>();
        List<String> wrong = Collections.synchronizedList(new ArrayList<>());
        for (String name : List.of("a", "b", "c", "d")) {
            threads.add(Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 200; i++) {
                    StringBuilder out = new StringBuilder();
                    try {
                        template.render(Map.of("a", Collections.nCopies(20, name)), bounds(), out);
                    } catch (TemplateException e) {
                        wrong.add(e.getMessage());
                    }
                    if (!out.toString().equals(name.toUpperCase(Locale.ROOT).repeat(20))) {
                        wrong.add(out.toString());
                    }
                }
            }));
        }
        for (Thread t : threads) {
            t.join();
        }
        assertEquals(List.of(), wrong);
    }

    private static void refused(String source) {
        assertThrows(TemplateException.class,
                () -> Template.compile("mail", source, Escaping.HTML, Map.of()));
    }

    private static String show(String source, Map<String, Object> data) throws TemplateException {
        StringBuilder out = new StringBuilder();
        Template.compile("mail", source, Escaping.NONE, Map.of()).render(data, bounds(), out);
        return out.toString();
    }

    private static String out(String source, Missing missing) throws TemplateException {
        StringBuilder out = new StringBuilder();
        Template.compile("mail", source, Escaping.HTML, Map.of()).render(
                Map.of("name", "Ann", "list", List.of(1)),
                Bounds.of(Locale.US, ZoneOffset.UTC, missing), out);
        return out.toString();
    }

    /** The bounds on a machine that has nothing else to do. */
    private static Bounds unhurried() {
        return new Bounds(Bounds.STEPS_MAX, Bounds.OUTPUT_MAX, Bounds.DEPTH_MAX, 250, () -> 0,
                Locale.US, ZoneOffset.UTC, Missing.EMPTY, Map.of());
    }

    private static Bounds bounds() {
        return Bounds.of(Locale.US, ZoneOffset.UTC, Missing.EMPTY);
    }
}
