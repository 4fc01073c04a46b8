package dev.mailmill.template;

import dev.mailmill.mail.Stream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What mail is made from: layout and MJML are in the markup, styles in the elements, the text is
 * there, and the partials as they were when it was published.
 *
 * @param wordings  by language; {@code mjml} and {@code preheader} are in {@code html}
 * @param variables as declared
 * @param track     as the draft has it
 */
record Built(String locale, Map<String, Wording> wordings, Map<String, String> partials,
        Map<String, Variable> variables, Optional<Stream.Tracking> track) {
    private static final int LAYOUT = 1;
    private static final JsonMapper JSON = JsonMapper.shared();

    /** One that leaves openings and clicks to its stream. */
    Built(String locale, Map<String, Wording> wordings, Map<String, String> partials,
            Map<String, Variable> variables) {
        this(locale, wordings, partials, variables, Optional.empty());
    }

    Built {
        wordings = Map.copyOf(wordings);
        partials = Map.copyOf(partials);
        variables = Map.copyOf(variables);
    }

    /** The language that fits best: the one that is asked for, without its region, ours. */
    String nearest(String wanted) {
        for (String tag = wanted; !tag.isEmpty();
                tag = tag.substring(0, Math.max(0, tag.lastIndexOf('-')))) {
            String canonical = java.util.Locale.forLanguageTag(tag).toLanguageTag();
            if (wordings.containsKey(canonical)) {
                return canonical;
            }
        }
        return locale;
    }

    byte[] bytes() {
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("layout", LAYOUT)
                .put("locale", locale);
        ObjectNode words = node.putObject("wordings");
        wordings.forEach((tag, w) -> words.putObject(tag).put("subject", w.subject())
                .put("html", w.html()).put("text", w.text()));
        ObjectNode pieces = node.putObject("partials");
        partials.forEach(pieces::put);
        ObjectNode declared = node.putObject("variables");
        variables.forEach((name, v) -> {
            ObjectNode one = declared.putObject(name).put("type", v.type().word());
            v.otherwise().ifPresent(o -> one.set("default", o));
        });
        track.ifPresent(t -> node.put("track", t.word()));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(bytes)) {
            out.write(JSON.writeValueAsBytes(node));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static Built of(byte[] deflated) {
        JsonNode node;
        try (InflaterInputStream in =
                new InflaterInputStream(new ByteArrayInputStream(deflated))) {
            node = JSON.readTree(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (node.path("layout").asInt() != LAYOUT) {
            throw new IllegalArgumentException("a template was published by a later version");
        }
        Map<String, Wording> wordings = new LinkedHashMap<>();
        node.path("wordings").properties().forEach(e -> wordings.put(e.getKey(), new Wording(
                e.getValue().path("subject").asString(), "",
                e.getValue().path("html").asString(), "",
                e.getValue().path("text").asString())));
        Map<String, String> partials = new LinkedHashMap<>();
        node.path("partials").properties()
                .forEach(e -> partials.put(e.getKey(), e.getValue().asString()));
        Map<String, Variable> variables = new LinkedHashMap<>();
        node.path("variables").properties().forEach(e -> variables.put(e.getKey(), new Variable(
                Variable.Type.of(e.getValue().path("type").asString()).orElseThrow(), "",
                Optional.ofNullable(e.getValue().get("default")))));
        // one that was published before there was a choice has none
        Optional<Stream.Tracking> track = Arrays.stream(Stream.Tracking.values())
                .filter(t -> t.word().equals(node.path("track").asString(""))).findFirst();
        return new Built(node.path("locale").asString(), wordings, partials, variables, track);
    }
}
