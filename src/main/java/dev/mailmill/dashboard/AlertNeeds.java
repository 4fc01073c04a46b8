package dev.mailmill.dashboard;

import dev.mailmill.alert.Alert;
import dev.mailmill.alert.AlertDesk;
import dev.mailmill.alert.Defaults;
import dev.mailmill.alert.Rule;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What fires, for the home page: but for what is told there by itself. */
final class AlertNeeds implements Need.Source {
    private static final int MOST = 20;
    private static final Set<Rule> TOLD = EnumSet.of(Rule.CONTAINMENT, Rule.DOMAIN_BROKEN,
            Rule.WEBHOOK_FAILING, Rule.ADDRESS_HEALTH);

    private final AlertDesk desk;

    AlertNeeds(AlertDesk desk) {
        this.desk = desk;
    }

    @Override
    public List<Need> of(long tenant) {
        // the machine's are the operator's page's; who may not see them is not told here
        return desk.list(tenant, false, true, Long.MAX_VALUE, MOST).stream()
                .filter(a -> !TOLD.contains(a.rule()) && a.acked().isEmpty())
                .map(AlertNeeds::need).toList();
    }

    private static Need need(Alert a) {
        Defaults.Default said = Defaults.of(a.rule());
        String title = Texts.t(said.title());
        return new Need(said.critical() ? Need.STOPPED : Need.HARMED, a.about().isEmpty() ? title
                : title + ": " + a.about(), Texts.t("See the alert"), "/alerts#" + a.name());
    }
}
