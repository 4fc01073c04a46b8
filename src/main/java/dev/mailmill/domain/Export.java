package dev.mailmill.domain;

import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A domain's open rows in the forms that DNS providers take. What stands already is left out; a row
 * that takes another's place says so.
 */
final class Export {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int TTL_SECONDS = 3600;

    private final SendingDomain domain;
    private final List<Domains.Seen> rows;

    /** @param optional also rows that mail does not suffer without */
    Export(SendingDomain domain, List<Domains.Seen> seen, boolean optional) {
        this.domain = domain;
        this.rows = seen.stream().filter(s -> wanted(domain, s, optional)).toList();
    }

    private static boolean wanted(SendingDomain domain, Domains.Seen seen, boolean optional) {
        boolean open = seen.finding().filter(Finding::stands).isEmpty();
        DnsRow.Purpose purpose = seen.row().purpose();
        boolean useful = purpose.needed() || purpose == DnsRow.Purpose.DMARC
                || purpose == DnsRow.Purpose.OWNERSHIP && !domain.owned() || optional;
        return open && useful && !purpose.onlyLooked() && !seen.row().value().isEmpty();
    }

    private static boolean replaces(Domains.Seen seen) {
        return seen.finding().filter(f -> f.state() == Finding.State.WRONG).isPresent();
    }

    /** RFC 1035 §5. */
    String zone() {
        StringBuilder text = new StringBuilder("; " + domain.name() + ": "
                + (rows.isEmpty() ? "nothing is missing" : "rows to publish") + "\n");
        for (Domains.Seen seen : rows) {
            text.append("; ").append(seen.row().purpose().words()).append('\n');
            if (replaces(seen)) {
                seen.finding().get().published().forEach(p ->
                        text.append("; in place of: ").append(p).append('\n'));
            }
            String line = seen.row().zoneLine();
            text.append(line.replaceFirst(" IN ", " " + TTL_SECONDS + " IN ")).append('\n');
        }
        return text.toString();
    }

    /** Each an object that Cloudflare's API takes at {@code POST /zones/…/dns_records}. */
    ArrayNode cloudflare() {
        ArrayNode all = JSON.arrayNode();
        for (Domains.Seen seen : rows) {
            DnsRow row = seen.row();
            ObjectNode node = JSON.objectNode().put("type", row.type()).put("name", row.name())
                    .put("ttl", TTL_SECONDS).put("comment", "Mailmill: " + row.purpose().word()
                            + (replaces(seen) ? ", in place of what is there" : ""));
            switch (row.type()) {
                case "MX" -> node.put("content", host(row)).put("priority", priority(row));
                case "CNAME" -> node.put("content", row.value()).put("proxied", false);
                default -> node.put("content", quoted(row));
            }
            all.add(node);
        }
        return all;
    }

    /** The change batch of {@code aws route53 change-resource-record-sets}. */
    ObjectNode route53() {
        ObjectNode batch = JSON.objectNode().put("Comment", "Mailmill rows of " + domain.name());
        ArrayNode changes = batch.putArray("Changes");
        for (Domains.Seen seen : rows) {
            DnsRow row = seen.row();
            ObjectNode change = changes.addObject()
                    .put("Action", replaces(seen) ? "UPSERT" : "CREATE");
            change.putObject("ResourceRecordSet").put("Name", row.name() + ".")
                    .put("Type", row.type()).put("TTL", TTL_SECONDS)
                    .putArray("ResourceRecords").addObject().put("Value", switch (row.type()) {
                        case "TXT" -> quoted(row);
                        default -> row.value() + ".";
                    });
        }
        return batch;
    }

    /** Each an object that DigitalOcean's API takes at {@code POST /v2/domains/…/records}. */
    ArrayNode digitalocean() {
        ArrayNode all = JSON.arrayNode();
        for (Domains.Seen seen : rows) {
            DnsRow row = seen.row();
            ObjectNode node = JSON.objectNode().put("type", row.type())
                    .put("name", row.name() + ".").put("ttl", TTL_SECONDS);
            switch (row.type()) {
                case "MX" -> node.put("data", host(row) + ".").put("priority", priority(row));
                case "CNAME" -> node.put("data", row.value() + ".");
                default -> node.put("data", row.value());
            }
            all.add(node);
        }
        return all;
    }

    private static String quoted(DnsRow row) {
        return row.strings().stream().map(s -> "\"" + s + "\"").collect(Collectors.joining(" "));
    }

    private static String host(DnsRow row) {
        return row.value().substring(row.value().indexOf(' ') + 1);
    }

    private static int priority(DnsRow row) {
        return Integer.parseInt(row.value().substring(0, row.value().indexOf(' ')));
    }
}
