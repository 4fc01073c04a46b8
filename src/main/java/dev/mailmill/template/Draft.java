package dev.mailmill.template;

import dev.mailmill.mail.Stream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A template as its author edits it.
 *
 * @param locale    the language of {@code wordings} that is taken where no other fits
 * @param wordings  by language tag; at least that of {@code locale}
 * @param layout    the alias of what stands around it; empty for none
 * @param variables by name, which may be a path: {@code order.total}
 * @param sample    what previews are made with
 * @param inlineCss whether style rules are put into the elements, for mail programs that drop them
 * @param bulk      whether it is for many who may not want it: then it has to offer a way out
 * @param track     whether openings and clicks of its mail are counted; empty: as its stream has it
 */
public record Draft(String locale, Map<String, Wording> wordings, String layout,
        Map<String, Variable> variables, ObjectNode sample, List<Check> checks,
        boolean inlineCss, boolean bulk, Optional<Stream.Tracking> track) {
    static final Draft EMPTY = new Draft("en", Map.of("en", Wording.EMPTY), "", Map.of(),
            JsonNodeFactory.instance.objectNode(), List.of(), true, false);

    /** One that leaves openings and clicks to its stream. */
    public Draft(String locale, Map<String, Wording> wordings, String layout,
            Map<String, Variable> variables, ObjectNode sample, List<Check> checks,
            boolean inlineCss, boolean bulk) {
        this(locale, wordings, layout, variables, sample, checks, inlineCss, bulk,
                Optional.empty());
    }

    public Draft {
        wordings = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(wordings));
        variables = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(variables));
        checks = List.copyOf(checks);
    }

    /** In its own language. */
    public Wording own() {
        return wordings.get(locale);
    }
}
