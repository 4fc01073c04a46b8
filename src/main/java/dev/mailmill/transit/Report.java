package dev.mailmill.transit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** One day's sessions with one domain, as RFC 8460 §4 and §5 want them written. Pure. */
record Report(long day, String domain, Reporting by, List<Row> rows) {
    private static final String BOUNDARY = "=_mailmill-tls-report";

    /** Sessions that went alike. */
    record Row(String policy, String failure, String mx, String address, String detail,
            long sessions) {
    }

    String id() {
        return date() + "_" + domain;
    }

    private LocalDate date() {
        return LocalDate.ofEpochDay(day);
    }

    private Instant begin() {
        return date().atStartOfDay().toInstant(ZoneOffset.UTC);
    }

    private Instant end() {
        return begin().plusSeconds(86_399);
    }

    ObjectNode json() {
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        report.put("organization-name", by.organization());
        report.putObject("date-range").put("start-datetime", begin().toString())
                .put("end-datetime", end().toString());
        report.put("contact-info", by.from());
        report.put("report-id", id());
        ArrayNode policies = report.putArray("policies");
        Map<String, ObjectNode> byPolicy = new LinkedHashMap<>();
        for (Row row : rows) {
            ObjectNode one = byPolicy.computeIfAbsent(row.policy(),
                    p -> policy(policies.addObject(), row));
            ObjectNode summary = (ObjectNode) one.path("summary");
            String sum = row.failure().isEmpty() ? "total-successful-session-count"
                    : "total-failure-session-count";
            summary.put(sum, summary.path(sum).asLong() + row.sessions());
            if (!row.failure().isEmpty()) {
                failure(one.withArray("failure-details").addObject(), row);
            }
        }
        return report;
    }

    private ObjectNode policy(ObjectNode one, Row row) {
        ObjectNode policy = one.putObject("policy").put("policy-type", row.policy());
        if (!row.detail().isEmpty()) {
            ArrayNode lines = policy.putArray("policy-string");
            row.detail().lines().forEach(lines::add);
        }
        policy.put("policy-domain", domain);
        if (row.policy().equals("sts")) {
            ArrayNode hosts = policy.putArray("mx-host");
            row.detail().lines().filter(l -> l.startsWith("mx: "))
                    .forEach(l -> hosts.add(l.substring(4)));
        }
        one.putObject("summary").put("total-successful-session-count", 0L)
                .put("total-failure-session-count", 0L);
        return one;
    }

    private static void failure(ObjectNode one, Row row) {
        one.put("result-type", row.failure());
        if (!row.mx().isEmpty()) {
            one.put("receiving-mx-hostname", row.mx());
        }
        if (!row.address().isEmpty()) {
            one.put("receiving-ip", row.address());
        }
        one.put("failed-session-count", row.sessions());
    }

    byte[] gzipped() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(all)) {
            out.write(json().toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all.toByteArray();
    }

    /** §5.3. It has to arrive even where the domain's own policy fails (§3, RFC 8689 §5). */
    byte[] head(String to) {
        String submitter = by.from().substring(by.from().lastIndexOf('@') + 1);
        return ascii("From: <" + by.from() + ">\r\nTo: <" + to + ">\r\nSubject: Report Domain: "
                + domain + "\r\n Submitter: " + submitter + "\r\n Report-ID: <" + id() + "@"
                + submitter + ">\r\nTLS-Report-Domain: " + domain + "\r\nTLS-Report-Submitter: "
                + submitter + "\r\nTLS-Required: No\r\nAuto-Submitted: auto-generated\r\n"
                + "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=\"tlsrpt\";\r\n"
                + " boundary=\"" + BOUNDARY + "\"\r\n");
    }

    byte[] body() {
        String submitter = by.from().substring(by.from().lastIndexOf('@') + 1);
        String name = submitter + "!" + domain + "!" + begin().getEpochSecond() + "!"
                + end().getEpochSecond() + ".json.gz";
        return ascii("--" + BOUNDARY + "\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
                + "How mail from here reached " + domain + " under TLS on " + date()
                + ", RFC 8460.\r\n\r\n--" + BOUNDARY + "\r\nContent-Type: application/tlsrpt+gzip\r\n"
                + "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n"
                + " filename=\"" + name + "\"\r\n\r\n"
                + Base64.getMimeEncoder().encodeToString(gzipped()) + "\r\n--" + BOUNDARY
                + "--\r\n");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
