package dev.mailmill.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.CpuTime;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is made of a template's HTML before there is data: inlined styles, a text, MJML's HTML. */
class MarkupTest {
    private static final String TABLE = """
            <table><tr><th>What</th><th>Price</th></tr>
            {{#each items}}
            <tr><td>{{title}}</td><td>{{money price "EUR"}}</td></tr>
            {{/each}}
            </table>
            """;

    @Test
    void rulesBecomeAttributesByTheirPrecedence() throws Exception {
        assertEquals("<p class=\"a\" id=\"i\" style=\"margin: 0; color: blue\">x</p>",
                CssInliner.inline("<style>p{color:red;margin:0} .a{color:green} #i{color:blue}"
                        + "</style><p class=\"a\" id=\"i\">x</p>"));
        assertEquals("<p style=\"color: green\">x</p>", CssInliner.inline(
                "<style>p{color:red}p{color:green}</style><p>x</p>"), "the later one");
        assertEquals("<p style=\"color: black\">x</p>", CssInliner.inline(
                "<style>p{color:red}</style><p style='color:black'>x</p>"), "the attribute's own");
        assertEquals("<p style=\"color: red\">x</p>", CssInliner.inline(
                "<style>p{color:red!important}</style><p style=\"color:black\">x</p>"));
        assertEquals("<a style=\"padding-left: 1px; padding: 2px\">x</a>", CssInliner.inline(
                "<style>a{padding:0;padding-left:1px}.none{top:0}</style><a>x</a>".replace(
                ".none{top:0}", "a{padding:2px}")));
        assertEquals("<br style=\"font-family: 'A B',serif\"/><img src=x"
                + " style=\"font-family: 'A B',serif\">",
                CssInliner.inline("<style>/* c */br,img{font-family:\"A B\",serif}"
                + "</style><br/><img src=x>"));
    }

    @Test
    void whatNoAttributeCanSayStays() throws Exception {
        String html = CssInliner.inline("""
                <style type="text/css">
                @import url("x.css");
                p { color: red }
                a:hover, a { color: blue }
                @media (max-width: 600px) { p { color: green } }
                </style>
                <p><a href="#">x</a></p>
                """);
        assertEquals("""
                <style type="text/css">
                @import url("x.css");
                a:hover{ color: blue }
                @media (max-width: 600px) { p { color: green } }
                </style>
                <p style="color: red"><a href="#" style="color: blue">x</a></p>
                """, html);
    }

    @Test
    void everythingElseKeepsItsCharacters() throws Exception {
        String odd = """
                <!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">
                <!--[if mso]><table><tr><td width="{{width}}"><![endif]-->
                <TABLE><TR {{#if a}}class="x"{{/if}}>{{#each items}}<td {{@index}}>&nbsp;{{{this}}}
                {{else}}</td>{{/each}}<p>unclosed <b>and &lt; {{name}}</TABLE>
                {{{{raw}}}}<style>p{color:red}</style>{{{{/raw}}}}{{! <style>b{} </style> }}
                <a href="{{default url "https://x/?a=b&c"}}" title='{{> t}}'>{{> t x="<"}}</a>
                """;
        assertEquals(odd, CssInliner.inline(odd));
        assertEquals(odd.replace("<b>", "<b style=\"color: red\">"),
                CssInliner.inline("<style>b{color:red}</style>" + odd));
    }

    @Test
    void tagsInStylesAreKeptOrCarriedAlong() throws Exception {
        assertEquals("<p style=\"color: {{brand.color}}\">x</p>",
                CssInliner.inline("<style>p{color:{{brand.color}}}</style><p>x</p>"
                        .replace("}}}<", "}} }<")));
        String chosen = "<style>{{#if dark}}p{color:white}{{/if}}</style><p>x</p>";
        assertEquals(chosen, CssInliner.inline(chosen), "which rule holds is not known yet");
        assertEquals("<style></style><p {{x}}>x</p>".replace("<style></style>", ""),
                CssInliner.inline("<p {{x}}>x</p>"));
    }

    @Test
    void rowsOfALoopStayInTheirTable() throws Exception {
        String html = CssInliner.inline("<style>td{padding:4px}</style>" + TABLE);
        assertEquals(TABLE.replace("<td>", "<td style=\"padding: 4px\">"), html);
        assertEquals("""
                What | Price
                {{#each items}}
                {{title}} | {{money price "EUR"}}
                {{/each}}
                """, TextPart.of(TABLE));
        StringBuilder out = new StringBuilder();
        Template.compile("text", TextPart.of(TABLE), Escaping.NONE, Map.of()).render(
                Map.of("items", List.of(Map.of("title", "Tea", "price", 3),
                        Map.of("title", "Cake", "price", 4))),
                Bounds.of(Locale.US, ZoneOffset.UTC, Missing.REFUSE), out);
        assertEquals("What | Price\nTea | €3.00\nCake | €4.00\n", out.toString());
    }

    @Test
    void aTextSaysWhatThePageSays() throws Exception {
        assertEquals("""
                Welcome, {{name}}!

                {{#if trial}}
                Your trial ends on {{date end}}.

                {{else}}
                You are in.

                {{/if}}
                Do this:

                - First
                - Then
                  1. one
                  2. two

                Go on ({{action_url}})
                {{help_url}}
                https://example.com/a
                me@example.com
                Our logo

                ----

                Mill & Co · \\{{ 2026
                """, TextPart.of("""
                <html><head><title>T</title><style>.pre{display:none}</style></head><body>
                <span class="pre">Hidden &zwnj;&nbsp;</span>\
                <div style="max-height:0; overflow:hidden">
                hidden too</div>
                <h1>Welcome,   {{name}}!</h1>
                {{#if trial}}<p>Your trial ends on {{date end}}.</p>{{else}}\
                <p>You are in.</p>{{/if}}
                <p>Do this:</p><ul><li>First</li><li>Then<ol><li>one</li><li>two</li></ol></li></ul>
                <div><a href="{{action_url}}">Go <b>on</b></a></div>
                <div><a href="{{{ help_url }}}">{{help_url}}</a></div>
                <div><a href="https://example.com/a">https://example.com/a</a></div>
                <div><a href="mailto:me@example.com">me@example.com</a></div>
                <div><img src="l.png" alt="Our logo"><img src="p.gif" alt=""></div>
                <hr><p>Mill &amp; Co &middot; &#123;&#123; 2026<!-- not this --></p>
                <!--[if mso]>nor this<![endif]--><script>nor()</script></body></html>
                """));
        assertEquals("", TextPart.of(""));
        assertEquals("a  b\n c\n", TextPart.of("<pre>a  b\n c</pre>"));
    }

    @Test
    void mjmlIsHtmlWithItsTagsInPlace() throws Exception {
        String html = Mjml.toHtml("""
                <mjml><mj-head><mj-title>{{title}}</mj-title></mj-head><mj-body>
                {{#if promo}}
                <mj-section background-color="{{color}}"><mj-column>
                  {{#each items}}<mj-text>Hi {{name}} {{#if x}}<b>x</b>{{/if}}</mj-text>{{/each}}
                  <mj-button href="{{url}}?a=1">{{default label "Go"}}</mj-button>
                  <mj-table>{{#each rows}}<tr><td>{{this}}</td></tr>{{/each}}</mj-table>
                </mj-column></mj-section>
                {{/if}}
                </mj-body></mjml>
                """);
        for (String kept : List.of("<title>{{title}}</title>", "{{#if promo}}", "{{color}}",
                "{{#each items}}", "Hi {{name}} {{#if x}}<b>x</b>{{/if}}", "\"{{url}}?a=1\"",
                "{{default label \"Go\"}}", "{{#each rows}}<tr><td>{{this}}</td></tr>{{/each}}")) {
            assertTrue(html.contains(kept), kept + " in " + html);
        }
        assertFalse(html.contains("mailmillmark"), html);
        assertTrue(html.indexOf("{{#each items}}") < html.indexOf("Hi {{name}}"));
        Template.compile("mail", html, Escaping.HTML, Map.of()).render(Map.of("items",
                List.of(Map.of("name", "A")), "promo", true), Bounds.of(Locale.US, ZoneOffset.UTC,
                Missing.EMPTY), new StringBuilder());
        assertTrue(CssInliner.inline(html).contains("{{#each rows}}<tr>"));
    }

    @Test
    void mistakesInMjmlAreToldWithTheirLine() {
        for (String[] row : new String[][] {
            {"<mjml>\n<mj-body>\n<mj-sektion></mj-sektion></mj-body></mjml>", "3"},
            {"<mjml><mj-body>\n<mj-section>\n</mj-body></mjml>", "3"},
            {"<mjml>\n<mj-body>", "2"}, {"<p>no</p>", "1"},
            {"<mjml><mj-body>\n<mj-include path=\"/etc/passwd\"/></mj-body></mjml>", "2"},
            {"<mjml><mj-head>\n{{x}}</mj-head><mj-body></mj-body></mjml>", "2"},
            {"<mjml><mj-body>\n<mj-section {{x}}></mj-section></mj-body></mjml>", "2"},
            {"<mjml><mj-body>\n{{#if}</mj-body></mjml>", "2"}}) {
            TemplateException e = assertThrows(TemplateException.class,
                    () -> Mjml.toHtml(row[0]), row[0]);
            assertEquals(Integer.parseInt(row[1]), e.line(), e.getMessage());
        }
    }

    @Test
    void muchOfAnythingEnds() {
        for (String piece : List.of("<div>", "<", "<a href='", "<!--", "<style>", "<table>", "<p>x",
                "<b {{x}}>", "{{#if x}}", "<td>{{x}}", "<mj-text>", "<li><ul>")) {
            String much = piece.repeat(200_000 / piece.length());
            for (Body body : List.<Body>of(CssInliner::inline, TextPart::of, Mjml::toHtml)) {
                long start = CpuTime.nanos();
                try {
                    body.of(much);
                } catch (TemplateException e) {
                    assertTrue(e.getMessage().length() < 500, e.getMessage());
                }
                long millis = (CpuTime.nanos() - start) / 1_000_000;
                assertTrue(millis < 20_000, piece + " took " + millis + " ms");
            }
        }
        assertThrows(TemplateException.class, () -> CssInliner.inline("<style>"
                + "p{color:red}".repeat(4_000) + "</style><p>"));
        assertThrows(TemplateException.class, () -> CssInliner.inline("<style>"
                + "p{color:red}".repeat(2_900) + "</style>" + "<p>".repeat(20_000)));
    }

    /** What took minutes and gigabytes before each of these had a bound. */
    @Test
    void nothingGrowsWithTheSquareOfItsSource() {
        int most = DraftJson.MARKUP_CHARS_MAX;
        String open = "<mjml><mj-body><mj-section><mj-column>";
        String end = "</mj-column></mj-section></mj-body></mjml>";
        ends(() -> TextPart.of("<ol>" + much("<li>", most)));
        ends(() -> CssInliner.inline("mailmillmark" + much("x", most)));
        ends(() -> CssInliner.inline("<style>" + much("p,", most) + "p{a:b}</style><p>"));
        ends(() -> CssInliner.inline("<style>p{" + much("a:b;", most / 2) + "}</style>"
                + much("<p>", most / 5)));
        ends(() -> CssInliner.inline(much("<style>p{a:b}</style><p>", most)));
        ends(() -> CssInliner.inline("<style>p:nth-child(2){a:b}</style>" + much("<p>", 80_000)));
        ends(() -> Mjml.toHtml(open + "<mj-text>" + much("{{x}} ", most) + "</mj-text>" + end));
        ends(() -> Mjml.toHtml(open + "<mj-text>" + much("<b>", most) + "</mj-text>" + end));
        ends(() -> Mjml.toHtml("<mjml><mj-body>" + much("<mj-section></mj-section>", 25_000)
                + "</mj-body></mjml>"));
        ends(() -> Mjml.toHtml("<mjml><mj-body><mj-section>" + much("<mj-column></mj-column>",
                23_000) + "</mj-section></mj-body></mjml>"));
        ends(() -> Build.of(draft(new Wording("s", "before", much("<body", most), "", "t")),
                (_, _) -> Optional.empty()));
        ends(() -> TemplateDesk.diff(draft(lines("a", 40_000)), draft(lines("b", 40_000))));
        TemplateException e = assertThrows(TemplateException.class, () -> Build.of(draft(
                new Wording("s", "", "{{> a}}{{> b}}", "", "")), (_, alias) -> Optional.of(draft(
                        new Wording("", "", alias + "x".repeat(2_000_000), "", "")))));
        assertTrue(e.getMessage().contains("together"), e.getMessage());
    }

    @Test
    void whatDiffersIsShownWhereLookingCloserWouldTakeTooLong() {
        String diff = TemplateDesk.diff(draft(lines("a", 3_000)), draft(lines("b", 3_000)));
        assertTrue(diff.contains("\n-a0\n") && diff.contains("\n+b2999\n"), "both are there");
        assertTrue(diff.contains(" subject: s\n"), "what is the same is around");
    }

    private static String much(String piece, int characters) {
        return piece.repeat(characters / piece.length());
    }

    private static Wording lines(String word, int n) {
        return new Wording("s", "", "", "", IntStream.range(0, n).mapToObj(i -> word + i + "\n")
                .collect(Collectors.joining()));
    }

    private static Draft draft(Wording words) {
        return new Draft("en", Map.of("en", words), "", Map.of(), TemplateDesk.none(), List.of(),
                false, false);
    }

    private interface Work {
        Object run() throws TemplateException;
    }

    private static void ends(Work work) {
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            try {
                work.run();
            } catch (TemplateException e) {
                assertTrue(e.getMessage().length() < 500, e.getMessage());
            }
        });
    }

    private interface Body {
        String of(String source) throws TemplateException;
    }
}
