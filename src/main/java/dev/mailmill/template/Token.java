package dev.mailmill.template;

/** One token of a template and where it lies in the source; kinds are named as Handlebars does. */
record Token(Kind kind, String text, int start, int end) {
    enum Kind {
        CONTENT, COMMENT, DELIMITERS,
        OPEN, OPEN_UNESCAPED, CLOSE, CLOSE_UNESCAPED,
        OPEN_BLOCK, OPEN_INVERSE, OPEN_INVERSE_CHAIN, OPEN_ENDBLOCK, INVERSE,
        OPEN_PARTIAL, OPEN_PARTIAL_BLOCK, OPEN_RAW_BLOCK, CLOSE_RAW_BLOCK, END_RAW_BLOCK,
        OPEN_SEXPR, CLOSE_SEXPR, OPEN_BLOCK_PARAMS, CLOSE_BLOCK_PARAMS,
        ID, SEP, DATA, EQUALS, STRING, NUMBER, BOOLEAN, UNDEFINED, NULL
    }

    /** Whether this ends a tag, so that what follows is text again. */
    boolean closes() {
        return switch (kind) {
            case CLOSE, CLOSE_UNESCAPED, CLOSE_RAW_BLOCK, COMMENT, DELIMITERS, INVERSE,
                    END_RAW_BLOCK -> true;
            case CONTENT, OPEN, OPEN_UNESCAPED, OPEN_BLOCK, OPEN_INVERSE, OPEN_INVERSE_CHAIN,
                    OPEN_ENDBLOCK, OPEN_PARTIAL, OPEN_PARTIAL_BLOCK, OPEN_RAW_BLOCK, OPEN_SEXPR,
                    CLOSE_SEXPR, OPEN_BLOCK_PARAMS, CLOSE_BLOCK_PARAMS, ID, SEP, DATA, EQUALS,
                    STRING, NUMBER, BOOLEAN, UNDEFINED, NULL -> false;
        };
    }

    /** Whether the tag that this opens leaves no line behind when it stands on one alone. */
    boolean mayStandAlone() {
        return switch (kind) {
            case COMMENT, DELIMITERS, OPEN_BLOCK, OPEN_INVERSE, OPEN_INVERSE_CHAIN, OPEN_ENDBLOCK,
                    INVERSE, OPEN_PARTIAL, OPEN_PARTIAL_BLOCK -> true;
            case CONTENT, OPEN, OPEN_UNESCAPED, CLOSE, CLOSE_UNESCAPED, OPEN_RAW_BLOCK,
                    CLOSE_RAW_BLOCK, END_RAW_BLOCK, OPEN_SEXPR, CLOSE_SEXPR, OPEN_BLOCK_PARAMS,
                    CLOSE_BLOCK_PARAMS, ID, SEP, DATA, EQUALS, STRING, NUMBER, BOOLEAN, UNDEFINED,
                    NULL -> false;
        };
    }
}
