package dev.mailmill.http;

/** A feature's part of the web: each feature has one, in its own package. */
@FunctionalInterface
public interface Routes {
    void into(Router router);
}
