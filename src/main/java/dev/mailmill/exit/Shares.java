package dev.mailmill.exit;

import dev.mailmill.mime.Address;
import dev.mailmill.mime.Malformed;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Who gets which part of a route's mail: a hundred slots, each an exit's. A recipient's slot is for
 * ever the same, so a retry sticks; a change gives away exactly the slots that it has to.
 */
record Shares(List<String> slots) {
    static final int SLOTS = 100;

    Shares {
        slots = List.copyOf(slots);
        if (slots.size() != SLOTS) {
            throw new IllegalArgumentException("shares have " + SLOTS + " slots");
        }
    }

    /** @param percent in order, 100 in sum */
    static Shares of(Map<String, Integer> percent) {
        List<String> slots = new ArrayList<>(SLOTS);
        percent.forEach((exit, share) -> {
            for (int i = 0; i < share; i++) {
                slots.add(exit);
            }
        });
        return new Shares(slots);
    }

    /** The same with other parts: only what somebody has too much of changes hands. */
    Shares changed(Map<String, Integer> percent) {
        Map<String, Integer> missing = new LinkedHashMap<>(percent);
        List<String> now = new ArrayList<>(slots);
        List<Integer> free = new ArrayList<>();
        for (int i = 0; i < SLOTS; i++) {
            int left = missing.getOrDefault(now.get(i), 0);
            if (left > 0) {
                missing.put(now.get(i), left - 1);
            } else {
                free.add(i);
            }
        }
        missing.forEach((exit, count) -> {
            for (int i = 0; i < count; i++) {
                now.set(free.removeFirst(), exit);
            }
        });
        return new Shares(now);
    }

    Map<String, Integer> percent() {
        Map<String, Integer> percent = new LinkedHashMap<>();
        slots.forEach(exit -> percent.merge(exit, 1, Integer::sum));
        return percent;
    }

    String of(String address) {
        return slots.get(slot(address));
    }

    private static int slot(String address) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(key(address).getBytes(StandardCharsets.UTF_8));
            int number = (hash[0] & 0x7f) << 24 | (hash[1] & 0xff) << 16 | (hash[2] & 0xff) << 8
                    | hash[3] & 0xff;
            return number % SLOTS;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is missing in this JDK", e);
        }
    }

    private static String key(String address) {
        try {
            return Address.ofPath(address).key();
        } catch (Malformed e) {
            return address.toLowerCase(Locale.ROOT);
        }
    }

    /** In runs: {@code own*90 sg*10}. */
    String text() {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < SLOTS;) {
            int from = i;
            while (i < SLOTS && slots.get(i).equals(slots.get(from))) {
                i++;
            }
            out.append(out.isEmpty() ? "" : " ").append(slots.get(from)).append('*')
                    .append(i - from);
        }
        return out.toString();
    }

    static Shares parse(String text) {
        List<String> slots = new ArrayList<>(SLOTS);
        for (String run : text.split(" ")) {
            int star = run.indexOf('*');
            for (int i = Integer.parseInt(run.substring(star + 1)); i > 0; i--) {
                slots.add(run.substring(0, star));
            }
        }
        return new Shares(slots);
    }
}
