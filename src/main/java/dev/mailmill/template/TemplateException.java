package dev.mailmill.template;

/** What is wrong with a template or its data: where (template, line, column), what, the cure. */
public final class TemplateException extends Exception {
    private static final long serialVersionUID = 1;
    private final String template;
    private final int line;
    private final int column;
    private final String reason;
    /** Whether the clock ended it, which tells more of the machine than of the template. */
    private boolean late;

    TemplateException(Place place, String reason) {
        super(place.template() + ":" + place.line() + ":" + place.column() + ": " + reason);
        this.template = place.template();
        this.line = place.line();
        this.column = place.column();
        this.reason = reason;
    }

    /** Of what has no place in a source. */
    public TemplateException(String reason) {
        super(reason);
        this.template = "";
        this.line = 0;
        this.column = 0;
        this.reason = reason;
    }

    TemplateException late() {
        late = true;
        return this;
    }

    boolean isLate() {
        return late;
    }

    /** The template or partial that it lies in; empty when it has no place. */
    public String template() {
        return template;
    }

    /** From 1; 0 when it has no place. */
    public int line() {
        return line;
    }

    /** From 1; 0 when it has no place. */
    public int column() {
        return column;
    }

    /** The message without the place. */
    public String reason() {
        return reason;
    }
}
