package dev.mailmill.feedback;

import dev.mailmill.feedback.TlsReport.Failure;
import dev.mailmill.feedback.TlsReport.Policy;
import dev.mailmill.mime.Malformed;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads TLS reports (RFC 8460 §4.4): what counts sessions has to be right. */
final class TlsReader {
    static final int DEPTH_MAX = 32;
    static final int TOKENS_MAX = 500_000;
    static final int FAILURES_MAX = 20_000;
    private static final int POLICIES_MAX = 1_000;
    private static final int LINES_MAX = 200;
    private static final long COUNT_MAX = 1_000_000_000L;
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEPTH_MAX)
                    .maxNameLength(1_000).maxNumberLength(64).maxStringLength(100_000)
                    .maxTokenCount(TOKENS_MAX).build()).build()).build();

    private int failures;

    private TlsReader() {
    }

    /** @return None when it is JSON of another kind */
    static Feedback read(byte[] bytes, String domain) throws Malformed {
        JsonNode root;
        try {
            root = JSON.readTree(bytes);
        } catch (JacksonException e) {
            var at = e.getLocation();
            throw new Malformed("The TLS report is no JSON that can be read"
                    + (at == null ? "" : ", seen in line " + at.getLineNr() + ", column "
                            + at.getColumnNr()) + ": " + Words.clean(e.getOriginalMessage()));
        }
        boolean report = root.isObject() && root.has("policies")
                && (root.has("report-id") || root.has("organization-name"));
        return report ? new TlsReader().report(root, domain) : new Feedback.None();
    }

    private TlsReport report(JsonNode root, String domain) throws Malformed {
        String organization = text(root, "organization-name");
        String contact = text(root, "contact-info");
        if (organization.isEmpty()) {
            organization = contact.substring(contact.lastIndexOf('@') + 1);
        }
        if (organization.isEmpty()) {
            throw wrong("/organization-name", "it does not say who reports");
        }
        JsonNode range = root.path("date-range");
        Instant begin = time(range, "start-datetime");
        Instant end = time(range, "end-datetime");
        if (end.isBefore(begin)) {
            throw wrong("/date-range", "it ends before it begins");
        }
        List<Policy> policies = new ArrayList<>();
        for (JsonNode one : list(root, "policies", POLICIES_MAX, "")) {
            policies.add(policy(one, "/policies/" + policies.size(), domain));
        }
        return new TlsReport(organization, contact, text(root, "report-id"), begin, end,
                policies);
    }

    private Policy policy(JsonNode node, String at, String otherwise) throws Malformed {
        JsonNode policy = node.path("policy");
        String domain = text(policy, "policy-domain").toLowerCase(Locale.ROOT);
        List<Failure> failed = new ArrayList<>();
        for (JsonNode one : list(node, "failure-details", FAILURES_MAX, at)) {
            if (++failures > FAILURES_MAX) {
                throw wrong(at + "/failure-details", "there are more than " + FAILURES_MAX);
            }
            String here = at + "/failure-details/" + failed.size();
            failed.add(new Failure(Words.keyword(text(one, "result-type")),
                    text(one, "receiving-mx-hostname").toLowerCase(Locale.ROOT),
                    Networks.canonical(text(one, "receiving-ip")),
                    Networks.canonical(text(one, "sending-mta-ip")),
                    count(one, "failed-session-count", here),
                    text(one, "failure-reason-code")));
        }
        JsonNode summary = node.path("summary");
        return new Policy(Words.keyword(text(policy, "policy-type")),
                domain.isEmpty() ? otherwise.toLowerCase(Locale.ROOT) : domain,
                texts(policy, "policy-string", at), texts(policy, "mx-host", at),
                count(summary, "total-successful-session-count", at + "/summary"),
                count(summary, "total-failure-session-count", at + "/summary"), failed);
    }

    private static List<JsonNode> list(JsonNode node, String name, int max, String at)
            throws Malformed {
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return List.of();
        }
        if (!value.isArray()) {
            throw wrong(at + "/" + name, "a list is expected");
        }
        if (value.size() > max) {
            throw wrong(at + "/" + name, "there are more than " + max);
        }
        return List.copyOf(value.values());
    }

    /** A list of texts; §4.4 has lists, some senders a single text. */
    private static List<String> texts(JsonNode node, String name, String at) throws Malformed {
        JsonNode value = node.path(name);
        if (value.isString()) {
            return List.of(Words.clean(value.stringValue()));
        }
        return list(node, name, LINES_MAX, at).stream()
                .map(v -> Words.clean(v.asString(""))).toList();
    }

    private static String text(JsonNode node, String name) {
        JsonNode value = node.path(name);
        return value.isString() ? Words.clean(value.stringValue()) : "";
    }

    private static long count(JsonNode node, String name, String at) throws Malformed {
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return 0;
        }
        String digits = value.isIntegralNumber() || value.isString() ? value.asString() : "";
        if (!digits.matches("\\d{1,13}") || Long.parseLong(digits) > COUNT_MAX) {
            throw wrong(at + "/" + name, "it is no whole number from 0 to " + COUNT_MAX);
        }
        return Long.parseLong(digits);
    }

    private static Instant time(JsonNode range, String name) throws Malformed {
        String text = text(range, name).toUpperCase(Locale.ROOT).replace(' ', 'T');
        // RFC 3339 wants a zone; the report's day is UTC's (RFC 8460 §4.1)
        boolean zoned = text.matches(".*T.*(Z|[+-]\\d\\d:\\d\\d)");
        try {
            Instant at = OffsetDateTime.parse(zoned ? text : text + "Z").toInstant();
            if (at.isBefore(Instant.EPOCH) || at.getEpochSecond() > 7_258_118_400L) {
                throw wrong("/date-range/" + name, "it is far from any day of reports");
            }
            return at;
        } catch (DateTimeException e) {
            throw wrong("/date-range/" + name, "it is no time as RFC 3339 writes it");
        }
    }

    private static Malformed wrong(String at, String what) {
        return new Malformed("The TLS report is refused at " + at + ": " + what + ".");
    }
}
