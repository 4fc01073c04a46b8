package dev.mailmill.kill;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a recipient finds in its mail, as paths on the server.
 *
 * @param token    the recipient's local part
 * @param links    those that a reader sees
 * @param trap     the link that nobody sees
 * @param leave    where one click out of the list is posted
 * @param feedback the id that a complaint gives back
 */
record Copy(String token, List<String> links, String trap, String picture, String leave,
        String feedback) {
    /** Of marked mail: those whose local part begins so. */
    static final String INDIVIDUAL = "i";
    static final String AGGREGATE = "g";
    static final String HOST = "https://mill.test";
    static final int LINKS = 3;
    private static final Pattern MARKED = Pattern.compile(HOST + "(/t/[A-Za-z0-9_-]+)");
    private static final Pattern LEAVE = Pattern.compile(HOST + "(/u/[A-Za-z0-9_-]+)");
    private static final Pattern FEEDBACK =
            Pattern.compile("(?m)^CFBL-Feedback-ID:\\s*(\\S+)\\s*$");

    static boolean marked(String token) {
        return token.startsWith(INDIVIDUAL) || token.startsWith(AGGREGATE);
    }

    /** @throws IllegalStateException where it is not marked as it should be */
    static Copy of(String token, String mail) {
        List<String> found = new ArrayList<>();
        Matcher m = MARKED.matcher(mail.replace("=\n", ""));
        while (m.find()) {
            found.add(m.group(1));
        }
        if (found.size() != LINKS + 2) {
            throw new IllegalStateException(found.size() + " links in: " + mail);
        }
        return new Copy(token, List.copyOf(found.subList(0, LINKS)), found.get(LINKS),
                found.getLast(), first(LEAVE, mail), first(FEEDBACK, mail));
    }

    private static String first(Pattern pattern, String mail) {
        Matcher m = pattern.matcher(mail);
        if (!m.find()) {
            throw new IllegalStateException("no " + pattern + " in: " + mail);
        }
        return m.group(1);
    }

    /** Where a link leads, so that it can be told whose it was. */
    static String target(String token, int link) {
        return "https://shop.test/" + link + "/" + token;
    }

    boolean individual() {
        return token.startsWith(INDIVIDUAL);
    }

    int serial() {
        return Integer.parseInt(token.substring(1));
    }
}
