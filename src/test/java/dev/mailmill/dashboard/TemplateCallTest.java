package dev.mailmill.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Whatever the data says, a program in each language sends it as it is. */
class TemplateCallTest {
    /** What means something in one of the five, or on the way into them. */
    private static final List<String> HOSTILE = List.of("", " ", "'", "\"", "\\", "\\\\", "\\'",
            "'\\''", "\"\"\"", "\\\"\"\"", "'''", "a\nb\r\nc\td", "\n", "\\n", "\\u0041",
            "\\\\u0041", "\\x41", "\\101", "\\N{DASH}", "\\u{41}", "$HOME", "${HOME}", "{$data}",
            "$(id)", "`id`", "{$_ENV['KEY']}", "`${process.env.KEY}`", "{message}", "{url}",
            "{key}", "%s %(a)s {0}", "\\{0}", "</script><script>alert(1)</script>",
            "<!-- <script>", "-->", "]]>", "?>", "<?php", "\nEND\n", "\nEOF\n", "JSON;\n",
            "@/etc/passwd", "!!", "!$", "#x", "// x", "/* x */", "*/", "#{x}",
            "&amp; &lt; &#39;", "Köln, 東京, ελληνικά", "\uD83D\uDC69\u200D\uD83D\uDE80",
            "\u0001\u001b[31m\u007f\u009b", "\u00a0", "\u2028\u2029", "\u202egnp.exe",
            "\ufeffx", "\uDBFF\uDFFD", "e\u0301", "-0", "null", "true",
            "a very long " + "word ".repeat(60),
            // what cannot be seen changes the quotes in PHP: then a dollar means something
            "at\nonce ' \" \\ \\n $HOME ${HOME} {$data} $(id) `id` </script> ?> \u2028 %s \"\"\"");

    @TempDir
    Path folder;

    private static ObjectNode hostile() {
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        ObjectNode keys = data.putObject("keys");
        var all = data.putArray("all");
        HOSTILE.forEach(h -> {
            keys.put(h, h);
            all.add(h);
        });
        data.put("__proto__", "p").put("constructor", "c").put("class", "d").put("0", "zero");
        data.putObject("list").put("0", "a").put("1", "b");
        data.putObject("negative").put("-1", "a");
        data.putObject("nothing");
        data.putArray("none");
        data.putArray("deep").addArray().addObject().putArray("x").addObject();
        data.put("yes", true).put("no", false).putNull("nil").put("zero", 0).put("minus", -17)
                .put("big", 9_007_199_254_740_991L).put("price", 25.8).put("small", 1e-7)
                .put("large", 1.5e300);
        return data;
    }

    private static TemplateCall call(String url, ObjectNode data) {
        return new TemplateCall(url, "KEY", "me@example.com", "ann@example.org", "receipt", "",
                data);
    }

    private record Heard(String key, String type, String body) {
    }

    @ParameterizedTest
    @EnumSource
    void hostileDataArrivesAsItIs(Interpreter interpreter) throws Exception {
        interpreter.needed();
        CompletableFuture<Heard> heard = new CompletableFuture<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            heard.complete(new Heard(exchange.getRequestHeaders().getFirst("Authorization"),
                    exchange.getRequestHeaders().getFirst("Content-Type"),
                    new String(exchange.getRequestBody().readAllBytes(),
                            StandardCharsets.UTF_8)));
            exchange.sendResponseHeaders(202, -1);
            exchange.close();
        });
        server.start();
        try {
            // a query with what a shell or a string would read: it is part of the URL as it is
            String url = "http://127.0.0.1:" + server.getAddress().getPort()
                    + "/v1/messages?a='$HOME'&b=$(id)";
            if (interpreter != Interpreter.CURL) {
                url = url.replaceFirst("[?].*", "");
            }
            String text = call(url, hostile()).in(
                    TemplateCall.Language.of(interpreter.id()).orElseThrow());
            interpreter.run(List.of(text), folder, Map.of("KEY", "mm_x"));
            Heard one = heard.get(10, TimeUnit.SECONDS);
            assertEquals("Bearer mm_x", one.key());
            assertEquals("application/json", one.type());
            JsonNode said = JsonMapper.shared().readTree(one.body());
            assertEquals("receipt", said.path("template").asString());
            same("", hostile(), said.path("data"));
        } finally {
            server.stop(0);
        }
    }

    /** Numbers by their value: 1.5E300 is 1.5e+300. */
    private static void same(String at, JsonNode expected, JsonNode found) {
        if (expected.isObject() && found.isObject()) {
            assertEquals(List.copyOf(expected.propertyNames()).stream().sorted().toList(),
                    List.copyOf(found.propertyNames()).stream().sorted().toList(), at);
            expected.properties().forEach(e ->
                    same(at + "/" + e.getKey(), e.getValue(), found.get(e.getKey())));
        } else if (expected.isArray() && found.isArray()) {
            assertEquals(expected.size(), found.size(), at);
            for (int i = 0; i < expected.size(); i++) {
                same(at + "/" + i, expected.get(i), found.get(i));
            }
        } else if (expected.isNumber() && found.isNumber()) {
            assertEquals(expected.doubleValue(), found.doubleValue(), at);
        } else {
            assertEquals(expected, found, at);
        }
    }

    @Test
    void whatCannotBeSeenIsWrittenOut() {
        for (TemplateCall.Language language : TemplateCall.Language.all()) {
            String text = call("http://127.0.0.1:8025/v1/messages", hostile()).in(language);
            text.codePoints().filter(c -> c != '\n').forEach(c -> assertTrue(c == ' '
                    || !Character.isISOControl(c) && !Character.isSpaceChar(c)
                    && Character.getType(c) != Character.FORMAT,
                    language + " has " + Integer.toHexString(c)));
            assertTrue(language != TemplateCall.Language.JAVASCRIPT
                    || !text.contains("</") && !text.contains("<!--"), text);
        }
    }

    @Test
    void eachLanguageWritesAsItsPeopleDo() {
        ObjectNode data = (ObjectNode) JsonMapper.shared().readTree("""
                {"name": "Ann's \\"$\\"", "paid": false, "note": null, "items": [
                 {"name": "Enamel mug, forest green", "quantity": 2, "amount": 25.8},
                 {"name": "House blend, whole beans", "quantity": 1, "amount": 28.9}]}""");
        TemplateCall call = call("http://127.0.0.1:8025/v1/messages", data);
        assertEquals("""
                curl -sS http://127.0.0.1:8025/v1/messages \\
                  -H "Authorization: Bearer $KEY" \\
                  -H 'Content-Type: application/json' \\
                  -d '{
                    "from": "me@example.com",
                    "to": "ann@example.org",
                    "template": "receipt",
                    "data": {
                      "name": "Ann'\\''s \\"$\\"",
                      "paid": false,
                      "note": null,
                      "items": [
                        {"name": "Enamel mug, forest green", "quantity": 2, "amount": 25.8},
                        {"name": "House blend, whole beans", "quantity": 1, "amount": 28.9}
                      ]
                    }
                  }'""", call.in(TemplateCall.Language.CURL));
        assertTrue(call.in(TemplateCall.Language.JAVA).contains("""
                              "data": {
                                "name": "Ann's \\\\"$\\\\"",
                """), call.in(TemplateCall.Language.JAVA));
        assertTrue(call.in(TemplateCall.Language.JAVASCRIPT).contains("""
                    data: {
                      name: 'Ann\\'s "$"',
                      paid: false,
                      note: null,
                      items: [
                        { name: 'Enamel mug, forest green', quantity: 2, amount: 25.8 },
                """), call.in(TemplateCall.Language.JAVASCRIPT));
        assertTrue(call.in(TemplateCall.Language.PYTHON).contains("""
                    'data': {
                        'name': 'Ann\\'s "$"',
                        'paid': False,
                        'note': None,
                        'items': [
                            {'name': 'Enamel mug, forest green', 'quantity': 2, 'amount': 25.8},
                """), call.in(TemplateCall.Language.PYTHON));
        assertTrue(call.in(TemplateCall.Language.PHP).contains("""
                    'data' => [
                        'name' => 'Ann\\'s "$"',
                        'paid' => false,
                        'note' => null,
                        'items' => [
                            ['name' => 'Enamel mug, forest green', 'quantity' => 2, \
                'amount' => 25.8],
                """), call.in(TemplateCall.Language.PHP));
    }
}
