package dev.mailmill.dashboard;

import dev.mailmill.http.Answer;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.meter.Colour;
import dev.mailmill.meter.Compliance;
import dev.mailmill.meter.Meter;
import dev.mailmill.meter.Requirement;
import dev.mailmill.meter.Volume;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What large receivers ask of bulk senders, and how a domain stands. */
final class CompliancePages implements Routes {
    private final Gatekeeper gate;
    private final Meter meter;

    CompliancePages(Gatekeeper gate, Meter meter) {
        this.gate = gate;
        this.meter = meter;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/domains/{name}/compliance", this::show);
    }

    /** @param c as it is now */
    record Model(Compliance c) {
        String path() {
            return DomainPages.path(c.domain());
        }

        /** Those with something to do first. */
        List<Requirement> sorted() {
            return c.requirements().stream().sorted(Comparator.comparing(Requirement::colour)
                    .reversed()).toList();
        }

        String tone(Colour colour) {
            return switch (colour) {
                case GREEN -> "good";
                case AMBER -> "warn";
                case RED -> "bad";
                case UNKNOWN -> "quiet";
            };
        }

        /** How many stand how, in words. */
        String summary() {
            List<String> parts = new ArrayList<>();
            for (Colour colour : List.of(Colour.RED, Colour.AMBER, Colour.UNKNOWN,
                    Colour.GREEN)) {
                if (c.count(colour) > 0) {
                    parts.add(c.count(colour) + " " + Texts.t(colour.word()));
                }
            }
            return String.join(", ", parts);
        }

        String standing() {
            return switch (c.standing()) {
                case "bulk" -> Texts.t("bulk sender");
                case "near" -> Texts.t("soon a bulk sender");
                default -> Texts.t("no bulk sender");
            };
        }

        String standingTone() {
            return c.standing().equals("ordinary") ? "quiet" : "warn";
        }

        String state(Volume v) {
            return v.bulk().map(b -> Texts.t("bulk sender for ever, since {0}", Times.day(b)))
                    .orElse(v.near() ? Texts.t("soon a bulk sender") : Texts.t("below the line"));
        }
    }

    private Answer show(Visit visit) {
        Compliance found = meter.of(visit.tenant(), visit.exchange().path("name"))
                .orElseThrow(() ->
                        ProblemType.NOT_FOUND.problem(Texts.t("This account has no such domain."
                        + " The page Domains lists those that it has.")));
        return gate.page(visit, "compliance", Texts.t("Compliance of"
                + " {0}", found.domain()), "domains",
                new Model(found));
    }
}
