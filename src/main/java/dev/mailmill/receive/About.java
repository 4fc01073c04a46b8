package dev.mailmill.receive;

import dev.mailmill.bounce.BounceReport;
import dev.mailmill.bounce.BounceReport.Recipient;
import dev.mailmill.domain.CopyToken;
import dev.mailmill.domain.ReturnPath;
import dev.mailmill.feedback.Complaint;
import dev.mailmill.feedback.Feedback;
import dev.mailmill.feedback.Reports;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Spool.Heard;
import dev.mailmill.mail.Spool.Told;
import dev.mailmill.smtp.LogText;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What comes back about mail of ours. Only a token that we have signed says which delivery it is;
 * what a mail claims beyond that changes nothing (one token, one recipient, each kind once).
 */
final class About {
    private static final Logger LOG = LoggerFactory.getLogger(About.class);

    /** What became of a mail. */
    enum Took {
        YES,
        /** The delivery is not over here yet: it should come again. */
        EARLY,
        /** It is about none of ours that we know. */
        NOTHING
    }

    private final BiFunction<Long, Heard, Told> spool;
    private final Journal journal;
    private final ReturnPath returnPath;
    private final CopyToken feedback;
    private final Reports reports;
    private final Complaints complaints;

    /** @param spool {@code Spool.heard} */
    About(BiFunction<Long, Heard, Told> spool, Journal journal, ReturnPath returnPath,
            CopyToken feedback, Reports reports, Complaints complaints) {
        this.spool = spool;
        this.journal = journal;
        this.returnPath = returnPath;
        this.feedback = feedback;
        this.reports = reports;
        this.complaints = complaints;
    }

    /** What came to the return path of a delivery. */
    Took copy(long delivery, Mail mail) throws IOException {
        BounceReport report = BounceReport.read(mail.bytes(BounceReport.BYTES_MAX));
        return switch (report.kind()) {
            case BOUNCE, SUCCESS -> ended(delivery, report);
            case COMPLAINT -> Feedback.read(mail.bytes(Feedback.BYTES_MAX)) instanceof Complaint c
                    ? complained(delivery, c) : Took.NOTHING;
            case AUTO_REPLY -> heard(delivery, new Heard.Replied(true));
            case REPLY -> heard(delivery, new Heard.Replied(false));
            // still being tried, or read: neither changes what became of it
            case DELAY, RECEIPT, LIST, MAIL -> Took.YES;
        };
    }

    private Took ended(long delivery, BounceReport report) {
        Journal.Outline outline = journal.outlines(List.of(delivery)).get(delivery);
        Optional<Recipient> about = about(report,
                outline == null ? "" : outline.address());
        if (about.isEmpty()) {
            if (!report.recipients().isEmpty()) {
                LOG.info("a report to the return path of {} speaks of {} others and not of its"
                        + " recipient: nothing is taken from it", delivery,
                        report.recipients().size());
                return Took.YES;
            }
            return report.kind() == BounceReport.Kind.BOUNCE ? heard(delivery, new Heard.Bounced(
                    new Reply(0, "", "The report gives no reason.", report.reporter())))
                    : Took.YES;
        }
        Recipient r = about.get();
        String host = r.remote().isEmpty() ? report.reporter() : r.remote();
        Reply reply = new Reply(r.code(), r.status(), r.said(), host);
        return switch (r.action()) {
            case FAILED -> heard(delivery, new Heard.Bounced(reply));
            case DELIVERED -> heard(delivery, new Heard.Delivered(reply));
            case DELAYED, RELAYED, EXPANDED -> Took.YES;
        };
    }

    /** The delivery's own, or, since mailboxes are forwarded, the only one. */
    private static Optional<Recipient> about(BounceReport report, String address) {
        Optional<Recipient> own = report.recipients().stream()
                .filter(r -> r.address().equalsIgnoreCase(address)
                        || r.original().equalsIgnoreCase(address)).findFirst();
        return own.isEmpty() && report.recipients().size() == 1
                ? Optional.of(report.recipients().getFirst()) : own;
    }

    /** RFC 2369: mail to that address is the wish; what a machine sends there is none. */
    Took unsubscribe(long delivery, Mail mail) throws IOException {
        return switch (BounceReport.read(mail.bytes(BounceReport.BYTES_MAX)).kind()) {
            case BOUNCE, DELAY, SUCCESS, COMPLAINT, RECEIPT, AUTO_REPLY -> Took.YES;
            case REPLY, LIST, MAIL -> heard(delivery, new Heard.Unsubscribed("mail"));
        };
    }

    /** A complaint or an aggregate report. */
    Took report(Mail mail) throws IOException {
        Feedback read = Feedback.read(mail.bytes(Feedback.BYTES_MAX));
        // anybody can write a complaint: without a copy of ours in it, no loop was heard of
        boolean strange = read instanceof Complaint c && named(c).isEmpty();
        if (!strange && reports.keep(read) instanceof Reports.Kept.Refused(String why)) {
            LOG.info("a report is not kept: {}", LogText.clean(why));
        }
        if (!(read instanceof Complaint complaint)) {
            return read instanceof Feedback.None ? Took.NOTHING : Took.YES;
        }
        OptionalLong delivery = named(complaint);
        if (delivery.isEmpty()) {
            LOG.info("a complaint by {} names no copy of ours", LogText.clean(
                    complaint.reporter()));
            return Took.NOTHING;
        }
        return complained(delivery.getAsLong(), complaint);
    }

    /** Recipients are cut out of most complaints; our signed fields are left. */
    private OptionalLong named(Complaint complaint) {
        OptionalLong own = feedback.read(complaint.original().cfblFeedbackId().strip());
        for (String path : List.of(complaint.original().returnPath(), complaint.mailFrom())) {
            if (own.isEmpty()) {
                own = returnPath.read(local(path));
            }
        }
        return own;
    }

    private static String local(String path) {
        String bare = path.strip().replaceAll("[<>]", "");
        return bare.substring(0, Math.max(bare.lastIndexOf('@'), 0));
    }

    private Took complained(long delivery, Complaint complaint) {
        if (!complaint.type().complains()) {
            return Took.YES;
        }
        if (complaint.type() == Complaint.Type.OPT_OUT) {
            return heard(delivery, new Heard.Unsubscribed("report"));
        }
        Told told = spool.apply(delivery, new Heard.Complained(complaint.type().word(),
                LogText.clean(complaint.reporter())));
        Journal.Outline outline = journal.outlines(List.of(delivery)).get(delivery);
        if (told == Told.SETTLED && outline != null) {
            complaints.heard(outline.domain(), complaint.original().signers(),
                    complaint.source());
        }
        return told == Told.TOO_EARLY ? Took.EARLY : Took.YES;
    }

    private Took heard(long delivery, Heard what) {
        Told told = spool.apply(delivery, what);
        return told == Told.TOO_EARLY ? Took.EARLY : Took.YES;
    }
}
