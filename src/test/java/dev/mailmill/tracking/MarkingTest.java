package dev.mailmill.tracking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.CpuTime;
import dev.mailmill.account.SecretsLab;
import dev.mailmill.tracking.LinkToken.Link;
import dev.mailmill.tracking.LinkToken.Mark;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What is changed of a mail whose links are counted, and that nothing else is. */
class MarkingTest {
    private static final String HOST = "https://track.ours.test";
    private static final Pattern OURS = Pattern.compile(HOST + "/t/([A-Za-z0-9_-]+)");
    private static final String PICTURE = "<img src=\"" + HOST + "/t/[A-Za-z0-9_-]+\" width=\"1\""
            + " height=\"1\" alt=\"\" style=\"display:block;border:0;width:1px;height:1px\">";
    private static final String TRAP = "<a href=\"" + HOST + "/t/[A-Za-z0-9_-]+\""
            + " aria-hidden=\"true\" tabindex=\"-1\"></a>";
    private final LinkToken tokens = new LinkToken(SecretsLab.ring());
    private final Marking marking = new Marking(tokens, HOST, new Mark(false, 7, 0));

    /** With each of our links led back to where it leads: then it must be what it was. */
    private String back(String marked) {
        Matcher m = OURS.matcher(marked.replaceAll(PICTURE, "").replaceAll(TRAP, ""));
        return m.replaceAll(r -> Matcher.quoteReplacement(
                tokens.read(r.group(1)).orElseThrow().target()));
    }

    private List<String> targets(String marked) {
        List<String> all = new ArrayList<>();
        Matcher m = OURS.matcher(marked);
        while (m.find()) {
            all.add(tokens.read(m.group(1)).orElseThrow().target());
        }
        return all;
    }

    @Test
    void anAddressIsReplacedAndNotAnOctetBesideIt() {
        for (String html : List.of(
                "<p><a href=\"https://a.test/x\">x</a></p>",
                "<A  HREF = 'https://a.test/x'\n title=y >x</a>",
                "<a href=https://a.test/x>unquoted</a>",
                "<a class=\"b\" href=\"https://a.test/x\" href=\"https://b.test/\">twice</a>",
                "<table><a href=\"https://a.test/1\"><tr><td>odd</a></table><b><i></b></i>",
                "<a href=\"https://a.test/x\"><a href=\"https://b.test/y\">nested</a>",
                "<!--[if mso]><v:rect href=\"https://a.test/mso\"/><![endif]-->"
                        + "<a href=\"https://a.test/x\">x</a>",
                "<div>\r\n\t<a\r\nhref=\"https://a.test/x\"\r\n>ü€😀</a> </DIV>\u00a0&nbsp;",
                "text < text <a href=\"https://a.test/x\">&lt; &amp &copy</a>",
                "<body><svg><a href=\"https://a.test/svg\">x</a></svg></body></html>\r\n",
                "<map><area href=\"https://a.test/area\"></map>")) {
            String marked = marking.html(html);
            assertTrue(OURS.matcher(marked).find(), marked);
            assertEquals(html, back(marked));
        }
        String both = marking.html("<body>a<a href=\"https://a.test/?a=1&amp;b=2\">x</a></body>");
        assertEquals("https://a.test/?a=1&b=2", targets(both).getFirst());
        assertTrue(both.endsWith("\"></body>"), both);
        assertEquals("", marking.html(""));
    }

    @Test
    void thePictureIsAtTheEndWhateverTheLetters() {
        // in small letters İ is two characters
        String html = "<p>" + "İ".repeat(50) + "</p></BODY></html>";
        String marked = marking.html(html);
        assertEquals(html, back(marked));
        assertTrue(marked.endsWith("\"></BODY></html>"), marked);
        assertTrue(marking.html("a</b></p>").endsWith("\">"), "no body, no end of it");
        assertTrue(marking.html("</body>a</body x>b").matches("(?s)</body>a<img [^>]*></body x>b"));
    }

    @Test
    void aBracketOfTheAddressIsItsOwn() {
        for (String address : List.of("https://wiki.test/Foo_(bar)", "https://a.test/(a)(b)",
                "https://a.test/x")) {
            for (String text : List.of("%s", "See %s.", "(see %s)", "(see %s).", "*%s*)", "<%s>")) {
                String marked = marking.text(text.formatted(address));
                assertEquals(List.of(address), targets(marked), text);
                assertEquals(text.formatted(address), back(marked));
            }
        }
        String brackets = "https://a.test/" + ")".repeat(500_000) + "(".repeat(500_000);
        assertEquals(brackets, marking.text(brackets));
    }

    @Test
    void whatIsFarTooLongStaysAsItIs() {
        String html = "<a href=\"https://a.test/\">" + "<b>".repeat(700_000);
        assertEquals(html, marking.html(html));
        assertEquals(html, marking.links(html));
        String text = "https://a.test/ ".repeat(140_000);
        assertEquals(text, marking.text(text));
        String large = "<a href=\"https://a.test/\">a</a>" + "<p>b</p>".repeat(60_000);
        assertEquals(large, back(marking.html(large)));
    }

    @Test
    void whatIsNotForUsIsLeftAlone() {
        for (String href : List.of("mailto:a@b.test", "tel:+123", "cid:logo", "#top", "",
                "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//evil.test/x",
                "\\\\evil.test", "https:\\\\evil.test", "https:/evil.test", "https://",
                "https://user@evil.test/", "https://good.test@evil.test/", "ftp://a.test/",
                "https://a.test/\nx", "https://a.test/a b", "{{link}}", "/relative", "x.html",
                "https://a.test/unsubscribe?u=1", "https://a.test/opt-out",
                HOST + "/u/abc", HOST + "/t/abc", "https://a.test/" + "x".repeat(2_000))) {
            String html = "<a href=\"" + href + "\">x</a>";
            assertEquals(html, marking.html(html).replaceAll(PICTURE, ""), href);
            if (!href.matches("(?s).*\\s.*")) {
                assertEquals(href, marking.text(href), "in a text");
            }
        }
        for (String html : List.of("<a data-track=\"off\" href=\"https://a.test/\">x</a>",
                "<div data-track=off><p><a href=\"https://a.test/\">x</a></p></div>",
                "<a href=\"https://a.test/1\">Unsubscribe</a>", "<a href=\"https://a.test/1\">Hier"
                        + " abmelden</a>", "<!-- <a href=\"https://a.test/\">x</a> -->",
                "<script>'<a href=\"https://a.test/\">'</script>",
                "<img src=\"https://a.test/x.png\">", "<link href=\"https://a.test/x.css\">")) {
            assertEquals(html, marking.html(html).replaceAll(PICTURE, ""));
        }
    }

    @Test
    void whereThereAreLinksOneMoreIsThereForProgramsAlone() {
        String marked = marking.html("<a href=\"https://a.test/x\">x</a>");
        assertTrue(marked.matches(".*</a>" + TRAP + PICTURE), marked);
        List<Link> links = new ArrayList<>();
        Matcher m = OURS.matcher(marked);
        while (m.find()) {
            links.add(tokens.read(m.group(1)).orElseThrow());
        }
        assertEquals(List.of(false, true, false), links.stream().map(Link::trap).toList());
        assertEquals("", links.get(1).target());
        assertTrue(marking.html("<p>no link</p>").matches("<p>no link</p>" + PICTURE));
    }

    @Test
    void targetsAreWhatABrowserWouldOpen() {
        assertEquals(Optional.of("https://xn--bcher-kva.test/%C3%A4?q=%C3%BC#%E2%82%AC"),
                Target.of("https://bücher.test/ä?q=ü#€"));
        assertEquals(Optional.of("HTTPS://a.test"), Target.of(" HTTPS://a.test "));
        assertEquals(Optional.of("http://a.test:8080?x=%0d%0aSet-Cookie:y"),
                Target.of("http://a.test:8080?x=%0d%0aSet-Cookie:y"));
        assertEquals(Optional.of("http://[2001:db8::1]:80/@x"),
                Target.of("http://[2001:db8::1]:80/@x"));
        assertEquals(Optional.of("https://a.test/" + "x".repeat(1_385)),
                Target.of("https://a.test/" + "x".repeat(1_385)));
        for (String bad : List.of("https://a.test/\r\nSet-Cookie:x", "https://a.test/\t",
                "https://a\u0000.test", "https://a.test/\u2028", "https://a.test/\ud800",
                "https://a%0d%0ab.test/", "https://a.test/<x>", "https://a.test/\"x",
                "https://a.test/" + "x".repeat(1_386), "https://a.test:x/", "https://:80/")) {
            String whole = bad.endsWith("\t") ? bad + "x" : bad;
            assertEquals(Optional.empty(), Target.of(whole), whole);
        }
    }

    /** What is told by its characters is what the whole rule says. */
    @Test
    void atTheDoorTheSameIsATarget() {
        java.util.Random random = new java.util.Random(4711);
        String odd = "aZ09.-_:/?#@[]%<>\"\\ \t\u007f\u00e4'^`{|}";
        int yes = 0;
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder(List.of("https://a", "http://b.test/", "HTTP://",
                    "https:/", "ftp://a/").get(random.nextInt(5)));
            for (int n = random.nextInt(6); n > 0; n--) {
                text.append(odd.charAt(random.nextInt(odd.length())));
            }
            String href = text.toString();
            boolean is = Target.of(href).filter(href::equals).isPresent();
            assertEquals(is, Target.is(href), href);
            yes += is ? 1 : 0;
        }
        assertTrue(yes > 5_000 && yes < 45_000, yes + " are targets");
        assertTrue(Target.is("https://a.test/" + "x".repeat(1_385)));
        assertFalse(Target.is("https://a.test/" + "x".repeat(1_386)));
    }

    @Test
    void textsKeepTheirSentences() {
        String text = "See https://a.test/x, (https://b.test/y) or <https://c.test/z>.\r\n"
                + "Not xhttps://d.test, nor mailto:a@b.test; https://e.test/?a=(b)!";
        String marked = marking.text(text);
        assertEquals(text, back(marked));
        assertEquals(List.of("https://a.test/x", "https://b.test/y", "https://c.test/z",
                "https://e.test/?a=(b)"), targets(marked));
    }

    @Test
    void aThousandAreCountedAndTheRestLeads() {
        StringBuilder html = new StringBuilder();
        for (int i = 0; i < 1_200; i++) {
            html.append("<a href=\"https://a.test/").append(i).append("\">x</a>");
        }
        String marked = marking.html(html.toString());
        assertEquals(1_002, targets(marked).size(), "and the trap, and the picture");
        assertTrue(marked.contains("\"https://a.test/1199\""));
        assertEquals(html.toString(), back(marked));
        assertEquals(marked, marking.html(html.toString()), "the same each time");
    }

    @Test
    void onlyWhatWeHaveSignedIsBelieved() {
        String token = tokens.mint(new Mark(true, 7, 42), "https://a.test/x");
        Link read = tokens.read(token).orElseThrow();
        assertEquals(new Link(new Mark(true, 7, 42), "https://a.test/x", false, read.id()), read);
        assertNotEquals(read.id(), tokens.read(tokens.mint(new Mark(true, 7, 42),
                "https://a.test/y")).orElseThrow().id());
        for (int i = 0; i < token.length(); i++) {
            for (char c : new char[] {'A', 'B', '-', '.', '=', '%'}) {
                String other = token.substring(0, i) + c + token.substring(i + 1);
                boolean same = tokens.read(other).equals(tokens.read(token));
                // the last character has bits that are no octet's
                assertTrue(other.equals(token) || tokens.read(other).isEmpty()
                        || same && i == token.length() - 1, other);
            }
            assertTrue(tokens.read(token.substring(0, i)).isEmpty());
        }
        assertTrue(tokens.read(tokens.mint(new Mark(true, 7, 42), "javascript:x")).isEmpty(),
                "not even what we have signed, when it is no place on the web");
        assertFalse(token.contains("="), token);
    }

    /** Ten times the markup may cost about ten times the time, and never the mail. */
    @Test
    void hostileMarkupCostsAsMuchAsItIsLong() {
        String link = "<a href='https://a.test/x'>x</a>";
        List<String> shapes = List.of(link, "<div>" + link, "<div data-track=off>" + link,
                "<a href='https://a.test/x'>", "<b><i><a href='https://a.test/x'>x<p>",
                "<table><tr><a href='https://a.test/x'>", "<svg><a href='https://a.test/x'>",
                "<!--[if mso]>" + link + "<![endif]-->", "<a href='https://a.test/x", "&amp<",
                "<a " + "x=y ".repeat(50) + "href='https://a.test/x'>");
        marking.html(link.repeat(2_000)); // warm
        for (String shape : shapes) {
            String small = shape.repeat(100_000 / shape.length());
            String large = shape.repeat(1_000_000 / shape.length());
            long began = CpuTime.nanos();
            String once = marking.html(small);
            long one = CpuTime.nanos() - began;
            began = CpuTime.nanos();
            String marked = marking.html(large);
            long ten = CpuTime.nanos() - began;
            assertEquals(large, back(marked), shape);
            assertEquals(small, back(once), shape);
            assertTrue(OURS.matcher(marked).results().count() <= 1_002, shape);
            assertTrue(ten < 40 * Math.max(one, 50_000_000L), shape + ": " + one / 1_000_000
                    + " ms, of ten times as much " + ten / 1_000_000 + " ms");
        }
        String text = "https://a.test/x ".repeat(100_000);
        assertEquals(text, back(marking.text(text)));
    }

    @Test
    void noOctetOfATokenMayBeAnother() {
        String good = tokens.mint(new Mark(true, 7, 9), "https://a.test/x?y=1");
        Link link = tokens.read(good).orElseThrow();
        java.util.Random random = new java.util.Random(4711);
        for (int i = 0; i < 20_000; i++) {
            char[] bad = good.toCharArray();
            int at = random.nextInt(bad.length);
            bad[at] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=%./ \u00e9"
                    .charAt(random.nextInt(70));
            String text = new String(bad, 0, random.nextInt(8) == 0 ? random.nextInt(bad.length)
                    : bad.length);
            if (!text.equals(good)) {
                tokens.read(text).ifPresent(l -> assertEquals(link, l,
                        "only unused bits of the last letter may differ: " + text));
            }
        }
    }

    @Test
    void whatIsNoPlainWebAddressIsLeft() {
        for (String href : List.of("javascript:alert(1)", "JaVaScRiPt:alert(1)",
                "data:text/html,x", "vbscript:x", "mailto:a@b.test", "tel:+49", "cid:x", "#top",
                "/relative", "//evil.test/", "https:\\\\evil.test", "https:/one.test",
                "https://user:pw@a.test/", "https://a.test\\@evil.test/", "https://a.test/a b",
                "https://a.test/&#13;&#10;Location:x", "https:// a.test/",
                "&#106;avascript:alert(1)", "ftp://a.test/", "https://[::1", "https://",
                "https://a.test/" + "x".repeat(1_400), "https://a.test:99999999/")) {
            String html = "<base href='https://evil.test/'><a href=\"" + href + "\">x</a>"
                    + "<img srcset='https://a.test/1 1x' src='https://a.test/2'>";
            assertEquals(List.of(""), targets(marking.html(html)), href);
        }
    }
}
