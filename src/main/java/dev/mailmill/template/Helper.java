package dev.mailmill.template;

import dev.mailmill.template.Node.Call;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a template may call: a closed list of functions of their arguments, the locale and the zone.
 *
 * @param prints whether it shows its first argument, so that a missing one is a hole
 * @param most arguments
 * @param options names of key=value
 */
record Helper(String name, int least, int most, boolean prints, Set<String> options,
        Body body) {
    private static final int JOINED_MAX = 100_000;
    /** Names that are blocks only, each with one argument. */
    static final Set<String> BLOCKS = Set.of("if", "unless", "each", "with");
    private static final Map<String, Helper> ALL = new TreeMap<>();

    static {
        shows("date", 2, Set.of("format", "zone", "time"), Formats::date);
        shows("number", 2, Set.of("decimals"), Formats::number);
        shows("money", 2, Set.of("currency"), Formats::money);
        shows("percent", 2, Set.of("decimals"), Formats::percent);
        shows("plural", 7, Plural.CATEGORIES, Formats::plural);
        shows("url", 1, Set.of(), Formats::url);
        shows("upper", 1, Set.of(), u -> u.text(0).toUpperCase(u.locale()));
        shows("lower", 1, Set.of(), u -> u.text(0).toLowerCase(u.locale()));
        shows("capitalize", 1, Set.of(), Formats::capitalize);
        shows("truncate", 2, Set.of("length", "end"), Formats::truncate);
        shows("join", 2, Set.of("separator"), Helper::join);
        add(new Helper("default", 1, 8, false, Set.of(), Helper::firstGiven));
        add(new Helper("lookup", 2, 2, false, Set.of(), u ->
                Values.field(u.argument(0), Values.absent(u.argument(1)) ? "" : u.text(1))));
        add(new Helper("eq", 2, 2, false, Set.of(), u -> same(u.argument(0), u.argument(1))));
        add(new Helper("ne", 2, 2, false, Set.of(), u -> !same(u.argument(0), u.argument(1))));
        add(new Helper("lt", 2, 2, false, Set.of(), u -> ordered(u) && u.compared() < 0));
        add(new Helper("lte", 2, 2, false, Set.of(), u -> ordered(u) && u.compared() <= 0));
        add(new Helper("gt", 2, 2, false, Set.of(), u -> ordered(u) && u.compared() > 0));
        add(new Helper("gte", 2, 2, false, Set.of(), u -> ordered(u) && u.compared() >= 0));
        add(new Helper("and", 1, 16, false, Set.of(),
                u -> u.arguments().stream().allMatch(Values::truthy)));
        add(new Helper("or", 1, 16, false, Set.of(),
                u -> u.arguments().stream().anyMatch(Values::truthy)));
        add(new Helper("not", 1, 1, false, Set.of(), u -> !Values.truthy(u.argument(0))));
    }

    /** What it does. */
    interface Body {
        Object apply(Use use) throws TemplateException;
    }

    /** One call of it, arguments evaluated. */
    record Use(List<Object> arguments, Map<String, Object> options, Bounds bounds, Meter meter,
            Call call) {

        Object argument(int i) {
            return i < arguments.size() ? arguments.get(i) : Values.MISSING;
        }

        /** An argument, or else the option of that name, or else missing. */
        Object argument(int i, String option) {
            return i < arguments.size() ? arguments.get(i)
                    : options.getOrDefault(option, Values.MISSING);
        }

        String text(int i) throws TemplateException {
            return text(argument(i));
        }

        String text(Object v) throws TemplateException {
            String text = Values.text(v);
            if (text == null) {
                throw error("is given a list or an object; it takes a text or a number");
            }
            meter.reads(text.length(), call.place());
            return text;
        }

        BigDecimal number(int i) throws TemplateException {
            Object v = argument(i);
            try {
                BigDecimal d = v instanceof Number n ? Values.decimal(n)
                        : new BigDecimal(text(v).strip());
                if (Math.abs((long) d.scale()) > 100 || d.precision() > 100) {
                    throw error("is given a number of more than 100 digits");
                }
                return d;
            } catch (NumberFormatException e) {
                throw error("is given '" + shortened(text(v)) + "', which is no number");
            }
        }

        Locale locale() {
            return bounds.locale();
        }

        int compared() throws TemplateException {
            return argument(0) instanceof Number ? number(0).compareTo(number(1))
                    : text(0).compareTo(text(1));
        }

        TemplateException error(String what) {
            return new TemplateException(call.place(), call.name() + " " + what);
        }

        static String shortened(String text) {
            return text.length() <= 40 ? text : text.substring(0, 40) + "…";
        }
    }

    private static void shows(String name, int most, Set<String> options, Body body) {
        add(new Helper(name, 1, most, true, options,
                u -> Values.absent(u.argument(0)) ? "" : body.apply(u)));
    }

    private static void add(Helper helper) {
        ALL.put(helper.name(), helper);
    }

    /** Null when there is none. */
    static Helper named(String name) {
        return ALL.get(name);
    }

    Object apply(Use use) throws TemplateException {
        return body.apply(use);
    }

    /** What a name that nobody knows was likely meant for. */
    static String known(String name) {
        Set<String> names = new TreeSet<>(ALL.keySet());
        names.addAll(BLOCKS);
        String near = Nearest.to(name, names);
        return near != null ? "did you mean " + near + "?"
                : "there are " + String.join(", ", names);
    }

    private static Object firstGiven(Use u) {
        for (Object v : u.arguments()) {
            if (!Values.absent(v) && !"".equals(v)) {
                return v;
            }
        }
        return "";
    }

    private static boolean same(Object a, Object b) {
        if (a instanceof Number x && b instanceof Number y) {
            return Values.decimal(x).compareTo(Values.decimal(y)) == 0;
        }
        if (Values.absent(a) || Values.absent(b)) {
            return Values.absent(a) && Values.absent(b);
        }
        return (a instanceof String || a instanceof Boolean) && a.equals(b);
    }

    private static boolean ordered(Use u) {
        return u.argument(0) instanceof Number && u.argument(1) instanceof Number
                || u.argument(0) instanceof String && u.argument(1) instanceof String;
    }

    private static String join(Use u) throws TemplateException {
        if (!(u.argument(0) instanceof List<?> list)) {
            return u.text(0);
        }
        Object given = u.argument(1, "separator");
        String separator = given == Values.MISSING ? ", " : u.text(given);
        StringBuilder joined = new StringBuilder();
        for (Object item : list) {
            u.meter().step(u.call().place());
            if (!joined.isEmpty()) {
                joined.append(separator);
            }
            joined.append(u.text(item));
            if (joined.length() > JOINED_MAX) {
                throw u.error("makes more than " + JOINED_MAX + " characters: loop instead");
            }
        }
        return joined.toString();
    }
}
