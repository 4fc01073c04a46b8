package dev.mailmill.template;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.nodes.Element;

/** A colour that an element says, with its contrast to others (WCAG 2.2). */
record Colour(int red, int green, int blue) {
    static final Colour WHITE = new Colour(255, 255, 255);
    /** About what dark mail programs have. */
    static final Colour DARK = new Colour(18, 18, 18);
    private static final Pattern TEXT =
            Pattern.compile("(?:^|;)\\s*color\\s*:\\s*([^;!]{3,40})");
    private static final Pattern BEHIND =
            Pattern.compile("(?:^|;)\\s*background(?:-color)?\\s*:\\s*([^;!]{3,200})");
    private static final Pattern HEX = Pattern.compile("#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})\\b");
    private static final Pattern RGB =
            Pattern.compile("rgb\\(\\s*(\\d{1,3})\\s*,\\s*(\\d{1,3})\\s*,\\s*(\\d{1,3})\\s*\\)");
    private static final Map<String, Colour> NAMES = Map.of("white", WHITE, "black",
            new Colour(0, 0, 0), "gray", new Colour(128, 128, 128), "grey",
            new Colour(128, 128, 128), "silver", new Colour(192, 192, 192), "red",
            new Colour(255, 0, 0), "green", new Colour(0, 128, 0), "blue", new Colour(0, 0, 255));

    /** What an element itself says of its text, or of what is behind it. */
    static Optional<Colour> of(Element e, boolean behind) {
        Matcher m = (behind ? BEHIND : TEXT).matcher(e.attr("style").toLowerCase());
        if (m.find()) {
            return parse(m.group(1).strip());
        }
        String attribute = e.attr(behind ? "bgcolor" : "color").strip();
        return attribute.isEmpty() ? Optional.empty() : parse(attribute);
    }

    /** Of the nearest that says one; empty where nobody does. */
    static Optional<Colour> behind(Element e) {
        for (Element at = e; at != null; at = at.parent()) {
            Optional<Colour> said = of(at, true);
            if (said.isPresent()) {
                return said;
            }
        }
        return Optional.empty();
    }

    private static Optional<Colour> parse(String text) {
        Matcher hex = HEX.matcher(text);
        if (hex.find()) {
            String h = hex.group(1);
            if (h.length() == 3) {
                h = "" + h.charAt(0) + h.charAt(0) + h.charAt(1) + h.charAt(1) + h.charAt(2)
                        + h.charAt(2);
            }
            int all = Integer.parseInt(h, 16);
            return Optional.of(new Colour(all >> 16, all >> 8 & 255, all & 255));
        }
        Matcher rgb = RGB.matcher(text);
        if (rgb.find()) {
            return Optional.of(new Colour(Integer.parseInt(rgb.group(1)) & 255,
                    Integer.parseInt(rgb.group(2)) & 255, Integer.parseInt(rgb.group(3)) & 255));
        }
        return Optional.ofNullable(NAMES.get(text));
    }

    double contrast(Colour other) {
        double a = luminance();
        double b = other.luminance();
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }

    private double luminance() {
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    }

    private static double linear(int channel) {
        double c = channel / 255.0;
        return c <= 0.03928 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
    }

    @Override
    public String toString() {
        return "#%02x%02x%02x".formatted(red, green, blue);
    }
}
