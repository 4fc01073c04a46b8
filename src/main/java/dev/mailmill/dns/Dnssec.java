package dev.mailmill.dns;

/** Where the knowledge comes from that an answer is genuine. */
public enum Dnssec {
    /** Signatures are checked here, from the root's keys on. */
    VALIDATE,
    /** The resolver checks, and the way to it is safe: its AD bit is believed. */
    TRUST_RESOLVER,
    /** Nothing is known, no answer is secure. */
    OFF
}
