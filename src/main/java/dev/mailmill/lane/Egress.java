package dev.mailmill.lane;

/**
 * One of our addresses, from which mail goes out.
 *
 * @param name empty for the machine's own, when no other is set up
 */
record Egress(String name) {
    static final Egress OWN = new Egress("");
}
