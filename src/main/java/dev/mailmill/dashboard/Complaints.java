package dev.mailmill.dashboard;

import dev.mailmill.account.Tenant;
import dev.mailmill.analytics.Figure;
import dev.mailmill.analytics.Refusals.Picture;
import dev.mailmill.analytics.Stats.Sums;
import dev.mailmill.feedback.Loops;
import dev.mailmill.feedback.Loops.Entry;
import dev.mailmill.feedback.Loops.Programme;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** How many complain where, as far as receivers tell. */
final class Complaints {
    private final Loops loops;

    Complaints(Loops loops) {
        this.loops = loops;
    }

    /**
     * One provider's.
     *
     * @param taken what it has taken of ours
     * @param tells whether it tells of all complaints, so that their share is known
     */
    record Row(String provider, long taken, long complaints, boolean tells, String why) {
        String title() {
            return Reasons.provider(provider);
        }

        String path(String span) {
            return "/deliverability?span=" + span + "&provider=" + provider;
        }

        String rate() {
            return tells ? Shares.percent(complaints, taken) : Texts.t("unknown");
        }
    }

    /** Of those that have taken mail, the most first. */
    List<Row> of(long tenant, Picture picture) {
        Set<Programme> registered = EnumSet.noneOf(Programme.class);
        for (Entry e : entries(tenant)) {
            if (e.state() != Loops.State.UNREGISTERED) {
                registered.add(e.programme());
            }
        }
        List<Row> rows = new ArrayList<>();
        for (String provider : picture.cells().stream().map(c -> c.provider()).distinct()
                .toList()) {
            Sums sums = picture.sums(c -> c.provider().equals(provider));
            long taken = sums.of(Figure.DELIVERED) + sums.of(Figure.RELAYED);
            if (taken + sums.of(Figure.COMPLAINED) > 0) {
                rows.add(row(provider, taken, sums.of(Figure.COMPLAINED), registered));
            }
        }
        rows.sort(Comparator.comparingLong((Row r) -> -r.taken()).thenComparing(Row::provider));
        return rows;
    }

    /** Its own domains', and of addresses the operator's. */
    private List<Entry> entries(long tenant) {
        List<Entry> all = new ArrayList<>(loops.of(tenant));
        if (tenant != Tenant.FIRST) {
            loops.of(Tenant.FIRST).stream().filter(e -> e.programme() == Programme.MICROSOFT)
                    .forEach(all::add);
        }
        return all;
    }

    private static Row row(String provider, long taken, long n, Set<Programme> registered) {
        return switch (provider) {
            case "yahoo" -> looped(provider, taken, n, registered.contains(Programme.YAHOO));
            case "microsoft" -> looped(provider, taken, n,
                    registered.contains(Programme.MICROSOFT));
            case "simulator" -> new Row(provider, taken, n, true,
                    Texts.t("plays a receiver that tells"));
            case "gmail" -> new Row(provider, taken, n, false,
                    Texts.t("tells of no single complaint; Postmaster Tools shows the rate"));
            default -> new Row(provider, taken, n, false, Texts.t("has no feedback loop that we"
                    + " know"));
        };
    }

    private static Row looped(String provider, long taken, long n, boolean registered) {
        return new Row(provider, taken, n, registered, registered
                ? Texts.t("tells by its feedback loop")
                : Texts.t("has a feedback loop that is not registered"));
    }
}
