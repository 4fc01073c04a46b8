package dev.mailmill.mime;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads the mailboxes of a From, Sender or To field (RFC 5322 §3.4, RFC 6532), groups and comments
 * included. Of the obsolete syntax only what has one reading is taken: dots in display names and
 * empty list members. Never recurses; one pass.
 *
 * @param mailboxes in order, members of groups included
 * @param groups    whether a group was in it
 */
public record AddressList(List<Address> mailboxes, boolean groups) {
    private static final int COMMENT_DEPTH_MAX = 32;
    private static final int MAILBOXES_MAX = 5_000;

    public AddressList {
        mailboxes = List.copyOf(mailboxes);
    }

    /** @param value unfolded, decoded from UTF-8 */
    public static AddressList read(String value) throws Malformed {
        return new Reader(value).list();
    }

    private static final class Reader {
        private final String s;
        private final List<Address> found = new ArrayList<>();
        private int i;
        private boolean groups;

        Reader(String s) {
            this.s = s;
        }

        AddressList list() throws Malformed {
            boolean inGroup = false;
            skip();
            while (i < s.length()) {
                char c = s.charAt(i);
                if (c == ',') {
                    i++;
                } else if (c == ';' && inGroup) {
                    inGroup = false;
                    i++;
                    skip();
                    expectEnd(false);
                } else if (member()) {
                    if (inGroup) {
                        throw new Malformed("a group of addresses is within another");
                    }
                    inGroup = true;
                    groups = true;
                } else {
                    expectEnd(inGroup);
                }
                skip();
            }
            if (inGroup) {
                throw new Malformed("a group of addresses is not closed by a semicolon");
            }
            return new AddressList(found, groups);
        }

        private void expectEnd(boolean inGroup) throws Malformed {
            if (i < s.length() && s.charAt(i) != ',' && !(inGroup && s.charAt(i) == ';')) {
                throw new Malformed("after an address comes " + DomainName.named(s.codePointAt(i))
                        + " where only a comma may be");
            }
        }

        /** One mailbox, or the name of a group with its colon: then true. */
        private boolean member() throws Malformed {
            List<String> words = new ArrayList<>(4);
            List<Boolean> quoted = new ArrayList<>(4);
            while (i < s.length()) {
                char c = s.charAt(i);
                if (c == '"') {
                    words.add(quotedString());
                    quoted.add(true);
                } else if (c == '.' || Address.atext(c)) {
                    words.add(atom());
                    quoted.add(false);
                } else {
                    break;
                }
                skip();
            }
            char next = i < s.length() ? s.charAt(i) : 0;
            if (next == ':' && !words.isEmpty()) {
                i++;
                return true;
            }
            if (found.size() >= MAILBOXES_MAX) {
                throw new Malformed("it holds more than " + MAILBOXES_MAX + " addresses");
            }
            if (next == '<') {
                i++;
                found.add(angle(phrase(words, quoted)));
            } else if (next == '@' && words.size() == 1) {
                found.add(addrSpec(words.getFirst(), quoted.getFirst(), ""));
            } else if (next == '@') {
                throw new Malformed("an @ stands among several words: put a display name with @"
                        + " into quotes");
            } else if (next == 0 && i >= s.length()) {
                throw new Malformed("\"" + brief(words) + "\" is no address: it has no @");
            } else {
                throw new Malformed("it holds " + DomainName.named(s.codePointAt(i))
                        + " outside of quotes");
            }
            return false;
        }

        private Address angle(String name) throws Malformed {
            skip();
            if (i >= s.length()) {
                throw new Malformed("an address in angle brackets is not closed");
            }
            char c = s.charAt(i);
            boolean quoted = c == '"';
            if (!quoted && c != '.' && !Address.atext(c)) {
                throw new Malformed(c == '@' ? "an address has a source route"
                        : "the angle brackets hold no address");
            }
            String local = quoted ? quotedString() : atom();
            skip();
            if (i >= s.length() || s.charAt(i) != '@') {
                throw new Malformed("the address in angle brackets has no @ where it should be");
            }
            Address address = addrSpec(local, quoted, name);
            if (i >= s.length() || s.charAt(i) != '>') {
                throw new Malformed("an address in angle brackets is not closed after its domain");
            }
            i++;
            skip();
            return address;
        }

        /** From the @ on. */
        private Address addrSpec(String local, boolean quoted, String name) throws Malformed {
            i++;
            skip();
            int from = i;
            if (i < s.length() && s.charAt(i) == '[') {
                int close = s.indexOf(']', i);
                if (close < 0) {
                    throw new Malformed("an address literal is not closed");
                }
                i = close + 1;
            } else {
                while (i < s.length() && (s.charAt(i) == '.' || Address.atext(s.charAt(i)))) {
                    i++;
                }
            }
            String domain = s.substring(from, i);
            skip();
            if (quoted) {
                Address.checkEncodedWord(local);
                return Address.make(local, domain, name);
            }
            return Address.dotAtom(local, domain, name);
        }

        private String atom() {
            int from = i;
            while (i < s.length() && (s.charAt(i) == '.' || Address.atext(s.charAt(i)))) {
                i++;
            }
            return s.substring(from, i);
        }

        private String quotedString() throws Malformed {
            StringBuilder out = new StringBuilder();
            for (i++; i < s.length(); i++) {
                char c = s.charAt(i);
                if (c == '"') {
                    i++;
                    return out.toString();
                }
                if (c == '\\' && ++i < s.length()) {
                    c = s.charAt(i);
                }
                if (c < 32 && c != '\t' || c >= 127 && c < 0xa0) {
                    throw new Malformed("a quoted text holds " + DomainName.named(c));
                }
                out.append(c);
            }
            throw new Malformed("a quote is not closed");
        }

        /**
         * White space and comments. A comment that holds an address is where readers disagree about
         * which is meant; it is refused.
         */
        private void skip() throws Malformed {
            int depth = 0;
            for (; i < s.length(); i++) {
                char c = s.charAt(i);
                if (c == '(') {
                    if (++depth > COMMENT_DEPTH_MAX) {
                        throw new Malformed("comments are nested more than " + COMMENT_DEPTH_MAX
                                + " deep");
                    }
                } else if (depth == 0) {
                    if (c != ' ' && c != '\t') {
                        return;
                    }
                } else if (c == ')') {
                    depth--;
                } else if (c == '\\') {
                    i++;
                } else if (c == '@' || c == '<' || c == '>') {
                    throw new Malformed("a comment in brackets holds " + DomainName.named(c));
                }
            }
            if (depth > 0) {
                throw new Malformed("a comment is not closed");
            }
        }

        private static String phrase(List<String> words, List<Boolean> quoted) {
            StringBuilder out = new StringBuilder();
            StringBuilder run = new StringBuilder();
            for (int w = 0; w < words.size(); w++) {
                // Encoded words are atoms; between two of them the space is not text, so a run of
                // atoms is decoded as one.
                if (quoted.get(w)) {
                    flush(out, run);
                    space(out).append(words.get(w));
                } else {
                    space(run).append(words.get(w));
                }
            }
            flush(out, run);
            return out.toString();
        }

        private static void flush(StringBuilder out, StringBuilder run) {
            if (!run.isEmpty()) {
                space(out).append(Words.decode(run.toString()));
                run.setLength(0);
            }
        }

        private static StringBuilder space(StringBuilder out) {
            return out.isEmpty() ? out : out.append(' ');
        }

        private static String brief(List<String> words) {
            String all = String.join(" ", words);
            return all.length() > 40 ? all.substring(0, 40) + "…" : all;
        }
    }
}
