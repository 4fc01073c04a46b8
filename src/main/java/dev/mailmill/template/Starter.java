package dev.mailmill.template;

/**
 * A template that is ready: an account takes it and makes it its own.
 *
 * @param alias       by which it is taken
 * @param description what it is for, in one sentence
 * @param category    what it stands beside: account, security, commerce, operations, bulk
 */
public record Starter(String alias, String name, String description, String category) {
}
