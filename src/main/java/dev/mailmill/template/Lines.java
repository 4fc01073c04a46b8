package dev.mailmill.template;

/** Line and column of offsets that come in about the order of the source. */
final class Lines {
    private final String name;
    private final String source;
    private int line = 1;
    private int lineStart;
    private int lineEnd;

    Lines(String name, String source) {
        this.name = name;
        this.source = source;
        lineEnd = source.indexOf('\n');
    }

    Place place(int offset) {
        if (offset < lineStart) {
            return Lexer.place(name, source, offset);
        }
        while (lineEnd >= 0 && lineEnd < offset) {
            line++;
            lineStart = lineEnd + 1;
            lineEnd = source.indexOf('\n', lineStart);
        }
        return new Place(name, line, offset - lineStart + 1);
    }
}
