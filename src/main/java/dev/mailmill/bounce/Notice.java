package dev.mailmill.bounce;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a mail system wrote for people: whom it speaks of is known by where an address stands, and
 * the returned message by the line that announces it. No vendor is looked up: there are too many.
 *
 * @param words    its own lines
 * @param returned the lines after it, which begin the returned message; empty for none
 */
record Notice(List<String> words, List<String> returned) {
    private static final int LINES_MAX = 2_000;
    private static final int LINE_MAX = 4_000;
    private static final int RECIPIENTS_MAX = 200;
    private static final int SECTION_LINES_MAX = 40;
    private static final Pattern ANNOUNCED = Pattern.compile("^[\\W_]{0,80}(?:(?:below|here|this|"
            + "the (?:following|attached))\\b.{0,30}\\b(?:copy of|is (?:your|the) original|first)"
            + "|(?:(?:your|the) )?(?:original|returned|undelivered|unsent|rejected|enclosed|"
            + "bounced|"
            + "delayed|sent) (?:e-?mail|message|mail|text|headers?)(?! (?:has|was|could|to|will|is "
            + "be|not|id|received|subject|from|status|details?|couldn)\\b)|enclosed is|message ("
            + "?:text|headers?|contents?|body)(?: and .{0,20})?(?: follow|:|\\s{0,3}[-|])|message h"
            + "eaders? follow|(?:the )?(?:headers?|text|body) of (?:the|your) (?:original )?(?:mess"
            + "age|mail)|copy of (?:the|your) |(?:begin|start) (?:of )?(?:returned|original|message"
            + ")|forwarded message|undelivered message follows|included is a copy).{0,80}$",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern OF_A_MESSAGE = Pattern.compile("^(?:Received: (?:from|by|\\()|"
            + "Return-Path: ?<|DKIM-Signature: |X-Originating-IP: |X-Received: |Message-Id: ?<)",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern FOR_PROGRAMS = Pattern.compile(
            "^(?:Reporting-MTA|Final-Recipient|Original-Recipient)\\s?:", Pattern.CASE_INSENSITIVE);
    private static final Pattern QUOTED = Pattern.compile(
            "^\\s{0,10}(?:<<< )?([45]\\d\\d[ -].{0,1000})");
    private static final Pattern CODED = Pattern.compile("\\s{0,10}[45]\\d\\d ");
    private static final Pattern LONELY = Pattern.compile(
            "^\\s{1,20}([A-Za-z0-9][A-Za-z0-9._+-]{1,63})\\s{0,10}$");
    private static final Pattern AT_START = Pattern.compile("^[\\s>*|\\u2022#-]{0,20}(?:"
            + "[45]\\d\\d |\\d{1,2}[.)] )?(?:<{0,2}(?:mailto:)?)?$", Pattern.CASE_INSENSITIVE);
    private static final Pattern AFTER = Pattern.compile("^[>'\"\\])]{0,3}\\s{0,3}(?:$|[:,;(\\[.]|"
            + "-{1,3}\\s|\\.\\.\\.|\\s)");
    private static final Pattern NAMED = Pattern.compile("(?:recipients?|rcpt to|addressee|"
            + "mailing list|fail(?:ed|ure)|"
            + "address(?:es)?|mailbox|user|account|to|for|deliver|following|contact|recipient'?s?"
            + " (?:e-?mail )?address|destinat\\w{2,6}|empf\\S{1,3}nger|an|reach|size)\\s{0,3}[:=]?"
            + "\\s{0,3}[<'\"(\\[]{0,3}$",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern OTHERS = Pattern.compile("(?:mail from|from|sender|reply-to|"
            + "return-path|message-id|contact|postmaster|(?:write|send (?:e-?)?mail) to|help|"
            + "mailto|by|"
            + "e-?mail|"
            + "via|id|dear|hello|hola|hallo|bonjour)\\s{0,3}[:=]?,?\\s{0,3}[<'\"(\\[]{0,3}$",
            Pattern.CASE_INSENSITIVE);

    /** A recipient and what was written after it, up to the next one. */
    record Mention(String address, String about) {
    }

    static Notice of(String text) {
        List<String> all = text.lines().limit(LINES_MAX)
                .map(l -> l.length() > LINE_MAX ? l.substring(0, LINE_MAX) : l).toList();
        for (int i = 0; i < all.size(); i++) {
            if (ANNOUNCED.matcher(all.get(i)).find() && begins(all, i + 1)) {
                return new Notice(all.subList(0, i), trimmed(all, i + 1));
            }
            if (OF_A_MESSAGE.matcher(all.get(i)).find() && fields(all, i) >= 3) {
                return new Notice(all.subList(0, i), trimmed(all, i));
            }
        }
        return new Notice(all, List.of());
    }

    /** Whether a header, or nothing, comes after an announcement. */
    private static boolean begins(List<String> all, int from) {
        int i = from;
        while (i < all.size() && i < from + 6 && (all.get(i).isBlank()
                || all.get(i).chars().noneMatch(Character::isLetterOrDigit))) {
            i++;
        }
        return i >= all.size() || fields(all, i) >= 2;
    }

    private static List<String> trimmed(List<String> all, int from) {
        int i = from;
        while (i < all.size() && (all.get(i).isBlank()
                || all.get(i).chars().noneMatch(Character::isLetterOrDigit))) {
            i++;
        }
        if (i >= all.size()) {
            return List.of();
        }
        String first = all.get(i);
        int indent = first.length() - first.stripLeading().length();
        return all.subList(i, all.size()).stream().map(l -> l.length() >= indent
                && l.substring(0, indent).isBlank() ? l.substring(indent) : l).toList();
    }

    /** How many of the next lines look like a header's. */
    private static int fields(List<String> all, int from) {
        int count = 0;
        for (int i = from; i < all.size() && i < from + 8; i++) {
            String line = all.get(i);
            int colon = line.indexOf(':');
            boolean field = colon > 1 && colon < 60 && Fields.named(
                    line.substring(0, colon).strip());
            boolean folded = i > from && !line.isBlank() && Character.isWhitespace(line.charAt(0));
            if (!field && !folded) {
                break;
            }
            count++;
        }
        return count;
    }

    String text() {
        return String.join("\n", words);
    }

    /**
     * One place of an address.
     *
     * @param sure   whether recipients stand so
     * @param others whether others do
     */
    record Place(String address, int line, int end, boolean sure, boolean head,
            boolean others) {
    }

    /**
     * @param failed addresses that are recipients for sure; empty when none are known
     * @param ours   of who sent the message and of who reports: seldom the recipient
     * @param tiers  how many ways to look for others: where recipients stand, where they may, any
     */
    List<Mention> mentions(List<String> failed, Set<String> ours, int tiers) {
        return mentions(failed, ours, tiers, places());
    }

    /** @param places as {@link #places()} found them, for who asks of many recipients */
    List<Mention> mentions(List<String> failed, Set<String> ours, int tiers, List<Place> places) {
        Set<String> wanted = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        wanted.addAll(failed);
        for (int tier = 0; tier < tiers && wanted.isEmpty(); tier++) {
            for (Place p : places) {
                boolean own = ours.contains(p.address().toLowerCase(Locale.ROOT));
                if (switch (tier) {
                    case 0 -> p.head() && !own;
                    case 1 -> p.sure() && !own;
                    case 2 -> !p.others() && !own;
                    default -> p.head() || p.sure();
                } && wanted.size() < RECIPIENTS_MAX) {
                    wanted.add(p.address());
                }
            }
        }
        return about(places, wanted, failed);
    }

    private List<Mention> about(List<Place> places, Set<String> wanted, List<String> failed) {
        Map<String, StringBuilder> found = new LinkedHashMap<>();
        List<Place> heads = places.stream().filter(p -> wanted.contains(p.address())).toList();
        for (int i = 0; i < heads.size(); i++) {
            Place p = heads.get(i);
            String key = p.address().toLowerCase(Locale.ROOT);
            int until = words.size();
            for (int k = i + 1; k < heads.size(); k++) {
                if (!Addresses.same(heads.get(k).address(), p.address())) {
                    until = heads.get(k).line();
                    break;
                }
            }
            if (!found.containsKey(key)) {
                found.put(key, section(p, Math.max(until, p.line() + 1)));
            }
        }
        List<Mention> all = new ArrayList<>();
        Set<String> told = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        for (Place p : heads) {
            if (told.add(p.address())) {
                all.add(new Mention(p.address(),
                        found.get(p.address().toLowerCase(Locale.ROOT)).toString()));
            }
        }
        failed.stream().filter(told::add).map(f -> new Mention(f, "")).forEach(all::add);
        return all;
    }

    private StringBuilder section(Place p, int until) {
        String line = words.get(p.line());
        String rest = line.substring(p.end()).replaceFirst("^[>'\"\\])]{0,3}[:,.]{0,3}", "");
        if (CODED.matcher(line).lookingAt()) {
            // sendmail's transcript: a line a recipient, under the reply that it tells of
            String reply = p.line() > 0 && words.get(p.line() - 1).startsWith("<<< ")
                    ? words.get(p.line() - 1).substring(4) + "\n" : "";
            return new StringBuilder(reply + line.strip().substring(0, 4) + rest.strip());
        }
        StringBuilder about = new StringBuilder(rest);
        for (int i = p.line() + 1; i < until && i < p.line() + SECTION_LINES_MAX; i++) {
            about.append('\n').append(words.get(i));
        }
        return about;
    }

    List<Place> places() {
        List<Place> places = new ArrayList<>();
        for (int i = 0; i < words.size() && places.size() < RECIPIENTS_MAX * 10; i++) {
            String line = words.get(i);
            if (line.indexOf('@') < 0) {
                continue;
            }
            for (Addresses.Spot spot : Addresses.in(line)) {
                String before = line.substring(Math.max(0, spot.start() - 60), spot.start());
                String after = line.substring(spot.end(), Math.min(line.length(),
                        spot.end() + 20));
                boolean head = spot.start() < 25 && AT_START.matcher(before).find()
                        && AFTER.matcher(after).find();
                boolean others = OTHERS.matcher(before).find();
                boolean named = NAMED.matcher(before).find();
                places.add(new Place(spot.address(), i, spot.end(),
                        !others && (head || named), head, others));
            }
        }
        return places;
    }

    /** Names without a domain, as reports of one's own users have them, alone on their lines. */
    List<String> locals() {
        List<String> found = new ArrayList<>();
        boolean announced = false;
        for (String line : words) {
            Matcher m = LONELY.matcher(line);
            if (announced && m.find() && found.size() < RECIPIENTS_MAX) {
                found.add(m.group(1));
            } else if (!line.isBlank()) {
                announced = line.stripTrailing().endsWith(":");
            }
        }
        return found;
    }

    /** The first line that has it: a sentence may say its reason before it says of whom. */
    String line(String address) {
        String lower = address.toLowerCase(Locale.ROOT);
        return words.stream().filter(w -> w.toLowerCase(Locale.ROOT).contains(lower)).findFirst()
                .orElse("");
    }

    /** What is written above the first address. */
    String above() {
        return String.join("\n", words.stream().takeWhile(w -> w.indexOf('@') < 0).toList());
    }

    /** Without the fields for programs that some systems put among their words. */
    Notice plain() {
        for (int i = 0; i < words.size(); i++) {
            if (FOR_PROGRAMS.matcher(words.get(i)).find()) {
                return new Notice(words.subList(0, i), returned);
            }
        }
        return this;
    }

    /** The first reply that stands on a line of its own; empty for none. */
    String quoted() {
        for (String line : words) {
            Matcher m = QUOTED.matcher(line);
            if (m.find()) {
                return m.group(1);
            }
        }
        return "";
    }
}
