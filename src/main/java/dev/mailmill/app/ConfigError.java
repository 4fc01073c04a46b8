package dev.mailmill.app;

/** The start stops: a setting is wrong. The message names it, its source and the cure. */
final class ConfigError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ConfigError(String message) {
        super(message);
    }
}
