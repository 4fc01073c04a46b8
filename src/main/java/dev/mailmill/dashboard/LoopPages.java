package dev.mailmill.dashboard;

import dev.mailmill.account.Right;
import dev.mailmill.account.Tenant;
import dev.mailmill.feedback.Loops.Entry;
import dev.mailmill.feedback.Loops.Programme;
import dev.mailmill.feedback.Loops;
import dev.mailmill.http.Answer;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Which receivers tell of complaints, and how to get those that do not yet to do so. */
final class LoopPages implements Routes {
    private static final Right CHANGES = Right.DOMAINS;

    private final Gatekeeper gate;
    private final Loops loops;

    LoopPages(Gatekeeper gate, Loops loops) {
        this.gate = gate;
        this.loops = loops;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/feedback-loops", this::shown);
        gate.post(router, "/feedback-loops/{loop}", CHANGES, this::mark);
    }

    /** A receiver's programme and what of ours could be there. */
    record Group(Programme programme, List<Entry> entries) {
        long open() {
            return entries.stream().filter(e -> e.state() == Loops.State.UNREGISTERED).count();
        }
    }

    /** @param open how many are not registered */
    record Model(List<Group> groups, long open, long all, boolean mayChange) {
        String tone(Loops.State state) {
            return switch (state) {
                case UNREGISTERED -> "warn";
                case WAITING -> "quiet";
                case RECEIVING -> "good";
            };
        }

        String heading(Group group) {
            String per = Texts.t(group.programme().per());
            return per.substring(0, 1).toUpperCase(Locale.ROOT) + per.substring(1);
        }

        /** What it means, and what to do. */
        String means(Entry e) {
            return switch (e.state()) {
                case UNREGISTERED ->
                        Texts.t("Complaints there are unknown here. Register it, then say so.");
                case WAITING -> e.lookAgain()
                        ? Texts.t("Nothing came for a month. See whether access has ended.")
                        : Texts.t("Nothing to do: no report came in the last month.");
                case RECEIVING -> Texts.t("Nothing to do.");
            };
        }
    }

    private Answer shown(Visit visit) {
        Map<Programme, List<Entry>> by = loops.of(visit.tenant()).stream()
                .collect(Collectors.groupingBy(Entry::programme));
        List<Group> groups = Arrays.stream(Programme.values())
                .filter(p -> p != Programme.MICROSOFT || visit.tenant() == Tenant.FIRST)
                .map(p -> new Group(p, by.getOrDefault(p, List.of()))).toList();
        return gate.page(visit, "loops", Texts.t("Feedback loops"), "loops", new Model(groups,
                groups.stream().mapToLong(Group::open).sum(),
                groups.stream().mapToLong(g -> g.entries().size()).sum(),
                CHANGES.test(visit.person())));
    }

    private Answer mark(Visit visit) {
        boolean done = Programme.of(visit.exchange().path("loop")).flatMap(p -> loops.mark(
                visit.tenant(), p, visit.field("subject"),
                visit.field("registered").equals("yes"))).isPresent();
        if (!done) {
            throw ProblemType.NOT_FOUND.problem(
                    Texts.t("That domain or address is there no more."));
        }
        return Answer.seeOther("/feedback-loops");
    }
}
