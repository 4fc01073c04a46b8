package dev.mailmill.dashboard;

import io.nayuki.qrcodegen.QrCode;

/**
 * A QR code to be drawn as one path, in units of its modules and with the four of quiet around
 * (ISO/IEC 18004 §9.1).
 */
record Qr(int size, String path) {
    private static final int QUIET = 4;

    static Qr of(String text) {
        QrCode code = QrCode.encodeText(text, QrCode.Ecc.MEDIUM);
        StringBuilder path = new StringBuilder();
        for (int y = 0; y < code.size; y++) {
            for (int x = 0; x < code.size; x++) {
                if (code.getModule(x, y)) {
                    path.append('M').append(x + QUIET).append(' ').append(y + QUIET)
                            .append("h1v1h-1z");
                }
            }
        }
        return new Qr(code.size + 2 * QUIET, path.toString());
    }

    /** Of an SVG. */
    String box() {
        return "0 0 " + size + " " + size;
    }
}
