package dev.mailmill.compose;

import dev.mailmill.mail.Content.Mailbox;
import dev.mailmill.mail.Content.Written;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Submission;
import dev.mailmill.mime.Address;
import dev.mailmill.template.Rendered;
import dev.mailmill.tracking.Marking;
import java.util.Optional;

/** Decides whether the links of a submission are marked, and marks them. */
final class Marks {
    private Marks() {
    }

    /** Most mail leaves in the first line: nothing of it is read or copied. */
    static Optional<Marking> of(LinkMarks links, Submission s, Mailbox from, long message)
            throws Unfitting {
        Stream.Tracking mode = s.options().track().mode().orElse(s.stream().tracking());
        if (mode == Stream.Tracking.NONE || s.stream().sensitive()) {
            return Optional.empty();
        }
        int recipients = s.envelope().recipients().size();
        if (mode == Stream.Tracking.INDIVIDUAL && !s.options().track().consent()) {
            throw Unfitting.content("track", "Individual tracking needs the recipient's consent:"
                    + " say \"consent\": true where you have it, or \"track\": \"aggregate\", which"
                    + " counts without telling who.");
        }
        if (mode == Stream.Tracking.INDIVIDUAL && recipients != 1) {
            throw Unfitting.content("track", "Individual tracking needs a message for each: name"
                    + " them in recipients in place of to, cc and bcc, or say \"track\":"
                    + " \"aggregate\".");
        }
        String author = from.address().substring(from.address().lastIndexOf('@') + 1);
        return links.of(mode, s.stream(), author, message, recipients);
    }

    /**
     * Of a finished message. Its program knows nothing of us: where the stream asks for more than
     * such a message can say it is counted without telling who. What is sent again was marked.
     */
    static Optional<Marking> raw(LinkMarks links, Submission s, Address author, long message)
            throws Unfitting {
        if (s.options().resentFrom() != 0 || s.envelope().sender().isEmpty()) {
            return Optional.empty();
        }
        boolean asked = s.options().track().mode().isPresent();
        Submission as = asked || s.stream().tracking() != Stream.Tracking.INDIVIDUAL ? s
                : new Submission(s.who(), s.stream(), s.envelope(), s.content(), s.options().with(
                        new Submission.Track(Optional.of(Stream.Tracking.AGGREGATE), false)));
        return of(links, as, new Mailbox("", author.aSpec()), message);
    }

    static Written written(Optional<Marking> marking, Written w) {
        return marking.map(m -> new Written(w.from(), w.replyTo(), w.to(), w.cc(), w.subject(),
                m.text(w.text()), m.html(w.html()), w.headers(), w.attachments())).orElse(w);
    }

    /** Said of the letter too, since numbers of openings are a share of those that can be. */
    static Letter letter(Optional<Marking> marking, Letter letter) {
        return marking.isPresent() ? letter.tracked() : letter;
    }

    static Rendered rendered(Optional<Marking> marking, Rendered r) {
        return marking.map(m -> new Rendered(r.subject(), m.text(r.text()), m.html(r.html())))
                .orElse(r);
    }
}
