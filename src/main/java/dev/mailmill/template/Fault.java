package dev.mailmill.template;

/**
 * What is wrong with data for a template.
 *
 * @param name    of the value, as templates write it: {@code order.items[2].name}
 * @param pointer to it in the data (RFC 6901): {@code /order/items/2/name}
 * @param words   what is wrong: {@code is missing}
 */
public record Fault(String name, String pointer, String words) {
}
