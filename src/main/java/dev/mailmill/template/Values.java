package dev.mailmill.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** What data is to a template: maps, lists, strings, numbers, booleans, null and nothing else. */
final class Values {
    /** What is not there, other than null, which is. */
    static final Object MISSING = new Object() {
        @Override
        public String toString() {
            return "";
        }
    };
    /** Digits before or after the point beyond which a number keeps its exponent. */
    private static final int SCALE_MAX = 100;

    private Values() {
    }

    static boolean absent(Object v) {
        return v == MISSING || v == null;
    }

    /** A map's key, a list's index or length; no member of any object. */
    static Object field(Object of, String name) {
        return switch (of) {
            case Map<?, ?> map -> {
                Object v = map.get(name);
                yield v != null || map.containsKey(name) ? v : MISSING;
            }
            case List<?> list -> {
                if (name.equals("length")) {
                    yield list.size();
                }
                int i = index(name);
                yield i >= 0 && i < list.size() ? list.get(i) : MISSING;
            }
            case String s when name.equals("length") -> s.length();
            case null, default -> MISSING;
        };
    }

    private static int index(String name) {
        if (name.isEmpty() || name.length() > 9) {
            return -1;
        }
        int n = 0;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            n = n * 10 + c - '0';
        }
        return n;
    }

    /** Whether {@code {{#if}}} takes it: not false, null, 0, "" and an empty list. */
    static boolean truthy(Object v) {
        return switch (v) {
            case null -> false;
            case Boolean b -> b;
            case String s -> !s.isEmpty();
            case List<?> list -> !list.isEmpty();
            case Number n -> n.doubleValue() != 0 && !Double.isNaN(n.doubleValue());
            default -> v != MISSING;
        };
    }

    /** As it is printed; null for what has no text, a map. */
    static String text(Object v) {
        return switch (v) {
            case null -> "";
            case String s -> s;
            case Boolean b -> b.toString();
            case Integer i -> i.toString();
            case Long l -> l.toString();
            case Double d when d.isNaN() || d.isInfinite() -> d.toString();
            case Number n -> plain(decimal(n));
            default -> v == MISSING ? "" : null;
        };
    }

    static BigDecimal decimal(Number n) {
        return switch (n) {
            case BigDecimal d -> d;
            case BigInteger i -> new BigDecimal(i);
            case Integer i -> BigDecimal.valueOf(i);
            case Long l -> BigDecimal.valueOf(l);
            default -> new BigDecimal(n.toString());
        };
    }

    private static String plain(BigDecimal d) {
        if (Math.abs((long) d.scale()) > SCALE_MAX) {
            return d.toString();
        }
        BigDecimal shortest = d.stripTrailingZeros();
        return shortest.signum() == 0 ? "0" : shortest.toPlainString();
    }
}
