package dev.mailmill.template;

/** Where a tag stands: which template or partial, and its line and column from 1. */
record Place(String template, int line, int column) {
}
