package dev.mailmill.mime;

/**
 * RFC 3492, for labels of at most 63 octets. The JDK's own IDN class follows IDNA 2003, which turns
 * {@code ß} into {@code ss} and knows no letter younger than Unicode 3.2.
 */
final class Punycode {
    private static final int BASE = 36;
    private static final int T_MIN = 1;
    private static final int T_MAX = 26;
    private static final int SKEW = 38;
    private static final int DAMP = 700;
    private static final int BIAS = 72;
    private static final int FIRST = 128;

    private Punycode() {
    }

    /** @param label at most 63 code points */
    static String encode(int[] label) {
        StringBuilder out = new StringBuilder();
        for (int c : label) {
            if (c < FIRST) {
                out.append((char) c);
            }
        }
        int basic = out.length();
        int done = basic;
        if (basic > 0) {
            out.append('-');
        }
        int n = FIRST;
        int delta = 0;
        int bias = BIAS;
        while (done < label.length) {
            int next = Integer.MAX_VALUE;
            for (int c : label) {
                if (c >= n && c < next) {
                    next = c;
                }
            }
            delta += (next - n) * (done + 1);
            n = next;
            for (int c : label) {
                if (c < n) {
                    delta++;
                } else if (c == n) {
                    integer(out, delta, bias);
                    bias = adapt(delta, done + 1, done == basic);
                    delta = 0;
                    done++;
                }
            }
            delta++;
            n++;
        }
        return out.toString();
    }

    private static void integer(StringBuilder out, int value, int bias) {
        int q = value;
        for (int k = BASE;; k += BASE) {
            int t = threshold(k, bias);
            if (q < t) {
                out.append(digit(q));
                return;
            }
            out.append(digit(t + (q - t) % (BASE - t)));
            q = (q - t) / (BASE - t);
        }
    }

    /** @return null when it is no Punycode */
    static int[] decode(String text) {
        int[] out = new int[text.length()];
        int size = 0;
        int dash = text.lastIndexOf('-');
        for (int i = 0; i < dash; i++) {
            out[size++] = text.charAt(i);
        }
        int n = FIRST;
        int i = 0;
        int bias = BIAS;
        for (int at = dash < 0 ? 0 : dash + 1; at < text.length();) {
            long old = i;
            long value = i;
            long w = 1;
            for (int k = BASE;; k += BASE) {
                int digit = at < text.length() ? Character.digit(text.charAt(at++), BASE) : -1;
                digit = digit < 0 ? -1 : digit >= 10 ? digit - 10 : digit + 26;
                value += digit * w;
                if (digit < 0 || value > Integer.MAX_VALUE) {
                    return null;
                }
                int t = threshold(k, bias);
                if (digit < t) {
                    break;
                }
                w *= BASE - t;
            }
            bias = adapt((int) (value - old), size + 1, old == 0);
            n += (int) (value / (size + 1));
            i = (int) (value % (size + 1));
            if (n > Character.MAX_CODE_POINT || n < FIRST) {
                return null;
            }
            System.arraycopy(out, i, out, i + 1, size - i);
            out[i++] = n;
            size++;
        }
        return java.util.Arrays.copyOf(out, size);
    }

    private static int threshold(int k, int bias) {
        return Math.clamp(k - bias, T_MIN, T_MAX);
    }

    private static int adapt(int delta, int points, boolean first) {
        int d = first ? delta / DAMP : delta / 2;
        d += d / points;
        int k = 0;
        while (d > (BASE - T_MIN) * T_MAX / 2) {
            d /= BASE - T_MIN;
            k += BASE;
        }
        return k + (BASE - T_MIN + 1) * d / (d + SKEW);
    }

    private static char digit(int d) {
        return (char) (d < 26 ? 'a' + d : '0' + d - 26);
    }
}
