package dev.mailmill.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a template says, what it needs, and what it answers to mistakes. */
class TemplateTest {
    private static final Map<String, Object> ORDER = Map.of(
            "name", "Ann <ann@example.com>",
            "total", new BigDecimal("1234.5"),
            "items", List.of(Map.of("title", "Tea & cake", "count", 2, "tags", List.of("a", "b")),
                    Map.of("title", "Bread", "count", 1, "tags", List.of())),
            "address", Map.of("city", "Köln"));

    @Test
    void aValueIsEscapedForHtmlAndOnlyThere() throws Exception {
        assertEquals("Ann &lt;ann@example.com&gt;", html("{{name}}", ORDER));
        assertEquals("Ann <ann@example.com>", html("{{{name}}}", ORDER));
        assertEquals("Ann <ann@example.com>", html("{{& name}}", ORDER));
        assertEquals("Ann <ann@example.com>", text("{{name}}", ORDER));
        assertEquals("a&#x3D;&quot;&#x27;&#x60;é\uD83D\uDE00",
                html("{{x}}", Map.of("x", "a=\"'`é\uD83D\uDE00")));
    }

    @Test
    void blocksLoopChooseAndStepIn() throws Exception {
        assertEquals("0 Tea & cake, 1 Bread. ", text("{{#each items}}{{@index}} {{title}}"
                + "{{#if @last}}. {{else}}, {{/if}}{{/each}}", ORDER));
        assertEquals("Tea & cake: Köln 1234.5", text("{{#each items as |item i|}}{{#unless i}}"
                + "{{item.title}}: {{../address.city}} {{@root.total}}{{/unless}}{{/each}}",
                ORDER));
        assertEquals("city=Köln", text("{{#each address}}{{@key}}={{this}}{{/each}}", ORDER));
        assertEquals("Köln", text("{{#with address as |a|}}{{a.city}}{{/with}}", ORDER));
        assertEquals("few", text("{{#if (gt items.length 5)}}many{{else if (gt items.length 1)}}"
                + "few{{else}}one{{/if}}", ORDER));
        assertEquals("50", text("{{#if (eq n 0)}}0" + IntStream.range(1, 80)
                .mapToObj(i -> "{{else if (eq n " + i + ")}}" + i).collect(
                        Collectors.joining()) + "{{/if}}", Map.of("n", 50)));
        assertEquals("0.0 0.1 1.0 1.1 ", text("{{#each a}}{{#each this}}{{@../index}}.{{@index}} "
                + "{{/each}}{{/each}}", Map.of("a", List.of(List.of(1, 2), List.of(3, 4)))));
        assertEquals("2 of b", text("{{items.0.count}} of {{items.[0].tags.[1]}}", ORDER));
        assertEquals("{{not}} this", text("{{{{raw}}}}{{not}}{{{{/raw}}}} \\{{x}}"
                .replace("\\{{x}}", "this"), ORDER));
    }

    @Test
    void aLayoutTakesABodyInThreeWays() throws Exception {
        for (String place : List.of("{{> @partial-block}}", "{{{body}}}", "{{{ @content }}}")) {
            Map<String, String> partials = Map.of("layout",
                    "<b>{{title}}</b>" + place + "{{> foot}}", "foot", "<i>{{brand}}</i>");
            assertEquals("<b>Hi</b><p>Ann</p><i>Mill</i>", out("{{#> layout title=\"Hi\"}}<p>"
                    + "{{name}}</p>{{/layout}}", Map.of("name", "Ann", "brand", "Mill"), partials,
                    Escaping.HTML, Missing.REFUSE), place);
        }
        assertEquals("[main][side]", out("{{#> layout}}{{#*inline \"side\"}}[side]{{/inline}}[main]"
                + "{{/layout}}", Map.of(), Map.of("layout", "{{> @partial-block}}{{> side}}"),
                Escaping.HTML, Missing.REFUSE));
        assertEquals("mine", out("{{{body}}}", Map.of("body", "mine"), Map.of(), Escaping.HTML,
                Missing.REFUSE), "outside of a layout it is a variable as any other");
    }

    @Test
    void numbersDatesAndMoneyAreTheLocalesOwn() throws Exception {
        Locale german = Locale.GERMANY;
        assertEquals("1.234,5", in(german, "{{number total}}"));
        assertEquals("1.234,50", in(german, "{{number total decimals=2}}"));
        assertEquals("1.234,50 €", in(german, "{{money total \"EUR\"}}").replace('\u00a0', ' '));
        assertEquals("¥1,235", in(Locale.US, "{{money total currency=\"JPY\"}}"));
        assertEquals("19 %", in(german, "{{percent 0.19}}").replace('\u00a0', ' '));
        assertEquals("28. November 2026", in(german, "{{date \"2026-11-28\" \"long\"}}"));
        assertEquals("28.11.2026 06:30",
                in(german, "{{date \"2026-11-28T05:30:00Z\" \"dd.MM.yyyy HH:mm\"}}"));
        assertEquals("00:30", in(german, "{{date \"2026-11-28T05:30:00Z\" format=\"HH:mm\""
                + " zone=\"America/New_York\"}}"));
        assertEquals("1970", in(german, "{{date 0 \"yyyy\"}}"));
        assertEquals("2026", in(german, "{{date 1790000000000 \"yyyy\"}}"));
    }

    @Test
    void aWordTakesTheFormThatTheNumberAsksFor() throws Exception {
        String russian = "{{plural n one=\"# файл\" few=\"# файла\" many=\"# файлов\""
                + " other=\"# файла\"}}";
        assertEquals("1 файл", in(Locale.of("ru"), russian, Map.of("n", 1)));
        assertEquals("22 файла", in(Locale.of("ru"), russian, Map.of("n", 22)));
        assertEquals("11 файлов", in(Locale.of("ru"), russian, Map.of("n", 11)));
        assertEquals("1,5 файла", in(Locale.of("ru"), russian, Map.of("n", 1.5)));
        assertEquals("0 items", in(Locale.US, "{{plural n \"# item\" \"# items\"}}",
                Map.of("n", 0)));
        assertEquals("0 article", in(Locale.FRANCE, "{{plural n \"# article\" \"# articles\"}}",
                Map.of("n", 0)));
        for (String[] row : new String[][] {
            {"pl", "1 one", "2 few", "5 many", "12 many", "22 few"},
            {"cs", "1 one", "3 few", "5 other", "1.5 many"},
            {"ar", "0 zero", "1 one", "2 two", "5 few", "11 many", "100 other"},
            {"lt", "1 one", "2 few", "10 other", "0.5 many"},
            {"lv", "0 zero", "1 one", "2 other"}, {"ro", "1 one", "5 few", "20 other"},
            {"sl", "1 one", "2 two", "3 few", "5 other"}, {"ja", "1 other"},
            {"en", "1 one", "1.0 other", "2 other"}, {"tr", "1 one", "2 other"},
            {"he", "1 one", "2 two", "3 other"}, {"fr", "1.5 one", "2 other", "1000000 many"}}) {
            for (String wanted : Arrays.asList(row).subList(1, row.length)) {
                String[] pair = wanted.split(" ");
                assertEquals(pair[1], Plural.category(Locale.of(row[0]), new BigDecimal(pair[0])),
                        row[0] + " " + pair[0]);
            }
        }
    }

    @Test
    void textsAreMadeFit() throws Exception {
        Map<String, Object> data = new LinkedHashMap<>(Map.of("q", "a b&c=ä+*~", "s", "hello world",
                "list", List.of("x", "y"), "zero", 0));
        data.put("none", null);
        assertEquals("a%20b%26c%3D%C3%A4%2B%2A~", text("{{url q}}", data));
        assertEquals("HELLO WORLD hello Hello world",
                text("{{upper s}} {{lower \"HELLO\"}} {{capitalize s}}", data));
        assertEquals("hello…", text("{{truncate s 7}}", data));
        assertEquals("x, y x/y", text("{{join list}} {{join list \"/\"}}", data));
        assertEquals("friend 0 hello world", text("{{default nothing none \"friend\"}}"
                + " {{default zero 1}} {{upper (default nothing s)}}".replace("upper ", "lower "),
                data));
        assertEquals("y", text("{{lookup list 1}}", data));
        assertEquals("yes yes no", text("{{#if (and s (not none) (or zero list))}}yes{{/if}} "
                + "{{#eq s \"hello world\"}}yes{{/eq}} {{#lte 2 1}}yes{{else}}no{{/lte}}", data));
    }

    @Test
    void aMissingVariableIsEmptyOrRefusedAsTheCallerSays() throws Exception {
        assertEquals("Hi !", out("Hi {{user.name}}!", Map.of(), Map.of(), Escaping.NONE,
                Missing.EMPTY));
        TemplateException refused = assertThrows(TemplateException.class,
                () -> text("Hi\n {{user.name}}!", Map.of()));
        assertEquals("mail:2:2: \"user.name\" not defined in the data: give it, or write"
                + " {{default name \"…\"}}", refused.getMessage());
        assertEquals("Hi you!", text("Hi {{default user.name \"you\"}}!", Map.of()));
        assertEquals("", text("{{#if user}}x{{/if}}{{#user}}x{{/user}}{{#each list}}{{else}}"
                + "{{/each}}", Map.of()));
        for (String hole : List.of("{{#each list}}x{{/each}}", "{{#with list}}x{{/with}}",
                "{{upper list}}", "{{money list \"EUR\"}}", "{{list.[0]}}")) {
            assertThrows(TemplateException.class, () -> text(hole, Map.of()), hole);
        }
        assertThrows(TemplateException.class, () -> text("{{a}}", Map.of("a", Map.of())),
                "an object has no text");
    }

    @Test
    void aMistakeIsToldWithItsPlaceAndCure() {
        for (String[] row : new String[][] {
            {"a\n{{uper name}}", "mail:2:1: \"uper\" not defined in the helpers: did you mean"
                    + " upper?"},
            {"{{#if a}}\n\nx", "mail:1:1: the block if does not end: close it with {{/if}}"},
            {"{{#if a}}{{/each}}", "mail:1:10: if doesn't match each: close with {{/if}} what was"
                    + " opened on line 1"},
            {"{{#if a == b}}{{/if}}", "mail:1:10: = stands only in key=value; to compare,"
                    + " write (eq a b)"},
            {"{{#if a b}}{{/if}}", "mail:1:1: if takes one argument, and is given 2; to compare,"
                    + " write (eq a b)"},
            {"{{if a}}", "mail:1:1: if is a block: write {{#if …}}…{{/if}}"},
            {"x {{> layuot}}", "mail:1:3: The partial layuot could not be found: did you mean"
                    + " layout?"},
            {"{{log name}}", "mail:1:1: log is refused, since nobody would read it: take it out"},
            {"{{* deco}}", "mail:1:1: decorators run code and are refused, but for"
                    + " {{#*inline \"name\"}}…{{/inline}}"},
            {"{{money 1 curency=\"EUR\"}}", "mail:1:1: money knows no curency=; it knows currency"},
            {"{{name", "mail:1:3: this tag does not end: close it with }}"},
            {"{{date}}{{#date x}}{{/date}}", "mail:1:9: date prints and is no block: write {{date"
                    + " …}}"}}) {
            TemplateException e = assertThrows(TemplateException.class, () -> Template.compile(
                    "mail", row[0], Escaping.HTML, Map.of("layout", "")), row[0]);
            assertEquals(row[1], e.getMessage());
        }
        TemplateException inside = assertThrows(TemplateException.class, () -> Template.compile(
                "mail", "{{> foot}}", Escaping.HTML, Map.of("foot", "\n {{#each}}{{/each}}")));
        assertEquals("foot", inside.template());
        assertEquals(2, inside.line());
        assertEquals(2, inside.column());
    }

    @Test
    void whatItNeedsIsKnownBeforeThereIsData() throws Exception {
        Needs needs = Template.compile("mail", """
                {{name}} {{default nick "you"}} {{#if code}}{{code}} {{until}}{{else}}{{why}}{{/if}}
                {{#each items as |item|}}{{item.title}}{{#if sale}}{{price}}{{/if}}
                {{#each tags}}{{this}}{{/each}}{{../currency}}{{/each}}
                {{#with address}}{{city}}{{/with}}{{#with shop}}{{url}}{{else}}none{{/with}}
                {{#> layout title=subject}}{{date at}}{{/layout}}{{#premium}}{{gift}}{{/premium}}
                """, Escaping.HTML, Map.of("layout", "{{title}}{{> @partial-block}}{{brand.name}}"))
                .needs();
        assertEquals(List.of("address", "at", "brand.name", "currency", "items", "items[].tags",
                "items[].tags[]", "items[].title", "name", "subject"), needs.required());
        assertEquals(List.of("/address", "/at", "/brand/name", "/currency", "/items/0/price",
                "/items/0/tags", "/items/1/title", "/name", "/subject", "/why"),
                needs.missing(Map.of("items", List.of(Map.of("title", "a", "sale", true),
                        Map.of("tags", List.of()))))
                        .stream().sorted().toList());
        assertEquals(List.of("/until"), needs.missing(Map.of("code", "1", "address",
                Map.of("city", "x"), "at", 0, "brand", Map.of("name", "b"), "currency", "EUR",
                "items", List.of(), "name", "n", "subject", "s")));
    }

    @Test
    void mustacheLooksOutwardsAndHandlebarsDoesNot() throws Exception {
        Map<String, Object> data = Map.of("name", "outer", "list", List.of(Map.of("x", 1)));
        String source = "{{#list}}{{name}}{{/list}}{{> nothing}}";
        StringBuilder out = new StringBuilder();
        Template mustache = Template.compile("mail", source, Escaping.HTML, Map.of(),
                Dialect.MUSTACHE);
        mustache.render(data, bounds(Locale.US, Missing.REFUSE), out);
        assertEquals("outer", out.toString());
        assertTrue(mustache.needs().required().isEmpty(), "it may be found in either place");
        assertThrows(TemplateException.class, () -> text("{{#list}}{{name}}{{/list}}", data));
    }

    private static String in(Locale locale, String source) throws TemplateException {
        return in(locale, source, ORDER);
    }

    private static String in(Locale locale, String source, Map<String, Object> data)
            throws TemplateException {
        StringBuilder out = new StringBuilder();
        Template.compile("mail", source, Escaping.NONE, Map.of())
                .render(data, bounds(locale, Missing.REFUSE), out);
        return out.toString();
    }

    private static String html(String source, Map<String, Object> data) throws TemplateException {
        return out(source, data, Map.of(), Escaping.HTML, Missing.REFUSE);
    }

    private static String text(String source, Map<String, Object> data) throws TemplateException {
        return out(source, data, Map.of(), Escaping.NONE, Missing.REFUSE);
    }

    private static String out(String source, Map<String, Object> data,
            Map<String, String> partials, Escaping escaping, Missing missing)
            throws TemplateException {
        StringBuilder out = new StringBuilder();
        Template.compile("mail", source, escaping, partials)
                .render(data, bounds(Locale.US, missing), out);
        return out.toString();
    }

    private static Bounds bounds(Locale locale, Missing missing) {
        return Bounds.of(locale, ZoneId.of("Europe/Berlin"), missing);
    }
}
