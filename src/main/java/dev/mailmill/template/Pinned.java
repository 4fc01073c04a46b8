package dev.mailmill.template;

import dev.mailmill.mail.Stream;
import java.util.List;
import java.util.Optional;

/**
 * One version of a template in one language: what mail is made with. Immutable; the same data
 * always gives the same mail.
 */
public final class Pinned {
    private final long template;
    private final int number;
    private final Built built;
    private final Compiled compiled;

    Pinned(long template, int number, Built built, Compiled compiled) {
        this.template = template;
        this.number = number;
        this.built = built;
        this.compiled = compiled;
    }

    public long template() {
        return template;
    }

    public int number() {
        return number;
    }

    Built built() {
        return built;
    }

    /** The language that is taken. */
    public String locale() {
        return compiled.locale();
    }

    /** Whether openings and clicks are counted; empty: as the stream has it. */
    public Optional<Stream.Tracking> track() {
        return built.track();
    }

    public boolean hasHtml() {
        return compiled.hasHtml();
    }

    /** What is missing in the data, or of another kind than declared. */
    public List<Fault> faults(byte[] data) {
        try {
            return Data.of(data, built).faults(built, compiled);
        } catch (TemplateException e) {
            return List.of(new Fault("data", "", e.getMessage()));
        }
    }

    /** One line, whatever the data holds. */
    public String subject(byte[] data) throws TemplateException {
        return compiled.subject(Data.of(data, built).map());
    }

    public Rendered render(byte[] data) throws TemplateException {
        return compiled.render(Data.of(data, built).map());
    }

    /** Of mail that was accepted: what the clock would end is waited for. */
    public Rendered renderPatiently(byte[] data) throws TemplateException {
        return compiled.renderPatiently(Data.of(data, built).map());
    }
}
