package dev.mailmill.dashboard;

import dev.mailmill.account.Tenant;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.lane.Health;
import dev.mailmill.lane.Lanes;
import dev.mailmill.lane.Notice;
import dev.mailmill.lane.Source;
import java.net.InetAddress;
import java.util.List;

/** Addresses of ours, what the world sees of them, and how far they are warmed up. */
final class SourcePages implements Routes {
    private static final int STEPS_MAX = 200;
    private static final int NOTICES_MAX = 10;

    private final Gatekeeper gate;
    private final Lanes lanes;
    private final Health health;

    SourcePages(Gatekeeper gate, Lanes lanes, Health health) {
        this.gate = gate;
        this.lanes = lanes;
        this.health = health;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/sources", v -> {
            if (v.tenant() != Tenant.FIRST) {
                throw ProblemType.NOT_FOUND.problem(Texts.t("Sources are the operator's."));
            }
            return gate.page(v, "sources", Texts.t("Sources"), "sources", new Model(lanes.sources(),
                    health.findings(), lanes.warmingUp(STEPS_MAX), lanes.noticed(NOTICES_MAX)));
        });
    }

    record Model(List<Source> sources, List<Health.Finding> findings, List<Lanes.Step> steps,
            List<Notice> notices) {
        String address(Source s) {
            String four = s.ip4().map(InetAddress::getHostAddress).orElse("");
            String six = s.ip6().map(InetAddress::getHostAddress).orElse("");
            return four + (four.isEmpty() || six.isEmpty() ? "" : ", ") + six;
        }

        String state(Source s) {
            return s.paused() ? Texts.t("paused") : s.warm() ? Texts.t("warm")
                    : Texts.t("warming up");
        }

        String tone(Health.State state) {
            return switch (state) {
                case GOOD -> "good";
                case WARN -> "warn";
                case BAD -> "bad";
                case UNKNOWN -> "quiet";
            };
        }

        String whose(Lanes.Step s) {
            return s.name().isEmpty() ? Texts.t("this machine") : s.name();
        }

        String check(Health.Finding f) {
            return check(f.check());
        }

        String tone(Notice n) {
            return switch (n.state()) {
                case "bad" -> "bad";
                case "warn" -> "warn";
                case "good" -> "good";
                default -> "quiet";
            };
        }

        String what(Notice n) {
            return n.about().isEmpty() ? Texts.t("Shaping rules") : n.about();
        }

        String check(Notice n) {
            return n.check().isEmpty() ? "" : check(n.check());
        }

        private static String check(String name) {
            return switch (name) {
                case "names" -> Texts.t("name both ways");
                case "zen" -> "Spamhaus ZEN";
                case "dbl" -> "Spamhaus DBL";
                case "port_25" -> Texts.t("way out");
                case "ip6" -> "IPv6";
                default -> name;
            };
        }
    }
}
