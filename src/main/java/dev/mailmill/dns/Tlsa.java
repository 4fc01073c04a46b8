package dev.mailmill.dns;

/**
 * What a domain says of a server's certificate (RFC 6698 §2). Nothing is checked yet: each part may
 * be nonsense, the data of any length.
 *
 * @param usage    0 to 255
 * @param selector 0 the certificate, 1 its public key
 * @param matching 0 as it is, 1 SHA-256, 2 SHA-512
 * @param data     to compare with
 */
public record Tlsa(int usage, int selector, int matching, byte[] data) {
}
