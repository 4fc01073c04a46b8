package dev.mailmill.template;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Counts what a rendering takes, and stops it at its bounds. */
final class Meter {
    private static final int LOOK_EVERY = 256;
    private static final int LONG_VALUE = 64;
    private final Bounds bounds;
    private final Appendable out;
    private final long deadline;
    private long steps;
    private long looked;
    private long octets;
    private int depth;

    Meter(Bounds bounds, Appendable out) {
        this.bounds = bounds;
        this.out = out;
        deadline = bounds.nanos().getAsLong() + bounds.millisMax() * 1_000_000;
    }

    void step(Place place) throws TemplateException {
        steps(1, place);
    }

    /** Before a helper reads a long value. */
    void reads(int length, Place place) throws TemplateException {
        if (length >= LONG_VALUE) {
            steps(length / LONG_VALUE, place);
        }
    }

    void steps(long more, Place place) throws TemplateException {
        steps += more;
        if (steps > bounds.stepsMax()) {
            throw new TemplateException(place, "takes more than " + bounds.stepsMax()
                    + " steps: loop over less");
        }
        if (steps - looked >= LOOK_EVERY) {
            looked = steps;
            if (bounds.nanos().getAsLong() - deadline > 0) {
                throw new TemplateException(place, "takes longer than " + bounds.millisMax()
                        + " ms: loop over less").late();
            }
        }
    }

    void enter(Place place) throws TemplateException {
        if (++depth > bounds.depthMax()) {
            throw new TemplateException(place, "blocks and partials go deeper than "
                    + bounds.depthMax() + ": does a partial include itself without end?");
        }
    }

    void leave() {
        depth--;
    }

    /** Prints, when it still fits. */
    void print(CharSequence text, int length, Place place) throws TemplateException {
        reads(text.length(), place);
        octets += length;
        if (octets > bounds.outputMax()) {
            throw new TemplateException(place, "makes more than " + bounds.outputMax()
                    + " octets: print less");
        }
        try {
            out.append(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Prints a value, escaped for HTML when so asked, in pieces: a large one is never doubled. */
    void print(String text, boolean html, Place place) throws TemplateException {
        int from = 0;
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            String entity = html && c < 128 ? entity(c) : null;
            if (entity == null) {
                // a surrogate pair has 4 octets
                length += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
                if (octets + length <= bounds.outputMax()) {
                    continue;
                }
                entity = "";
            }
            print(text.subSequence(from, i), length, place);
            print(entity, entity.length(), place);
            from = i + 1;
            length = 0;
        }
        print(from == 0 ? text : text.subSequence(from, text.length()), length, place);
    }

    private static String entity(char c) {
        return switch (c) {
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            case '"' -> "&quot;";
            case '\'' -> "&#x27;";
            case '`' -> "&#x60;";
            case '=' -> "&#x3D;";
            default -> null;
        };
    }
}
