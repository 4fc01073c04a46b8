package dev.mailmill.template;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * One of a template's own tests: data, and what must come of it.
 *
 * @param locale   in which it is rendered; empty for the template's own
 * @param data     given to it
 * @param contains texts that have to be in subject, HTML or text
 * @param lacks    texts that must be in none
 */
public record Check(String name, String locale, ObjectNode data, List<String> contains,
        List<String> lacks) {
    public Check {
        contains = List.copyOf(contains);
        lacks = List.copyOf(lacks);
    }
}
