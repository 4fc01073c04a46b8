package dev.mailmill.suppression;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads another provider's list row by row, without holding it. */
final class ListReader {
    private static final CSVFormat CSV = CSVFormat.RFC4180.builder().setIgnoreEmptyLines(true)
            .setTrim(true).setLenientEof(true).setTrailingData(true).get();
    private static final CSVFormat SEMICOLONS = CSV.builder().setDelimiter(';').get();
    private static final int HEAD_MAX = 2_048;
    private static final JsonMapper JSON = new JsonMapper();
    private static final int CELL_MAX = 4_096;
    private static final char BOM = '\ufeff';

    private ListReader() {
    }

    /** One row: its line and its cells by the columns' names. */
    record Row(long line, Map<String, String> cells) {
        String cell(String name) {
            return cells.getOrDefault(name, "");
        }
    }

    /** Takes rows in their order. */
    interface Rows {
        /** Before the first row. */
        void format(ListFormat format);

        void row(Row row);

        /** A row that can't be read. */
        void wrong(long line, String why);
    }

    /** It can't be told what the list is; the message is for people. */
    static final class Unknown extends Exception {
        private static final long serialVersionUID = 1L;

        Unknown(String message) {
            super(message);
        }
    }

    static void read(InputStream in, Optional<ListFormat> said, Rows rows) throws Unknown {
        try {
            BufferedReader text = new BufferedReader(
                    new InputStreamReader(in, StandardCharsets.UTF_8));
            text.mark(2);
            int first = text.read();
            if (first != BOM) {
                text.reset();
                text.mark(2);
                first = text.read();
                text.reset();
            } else {
                text.mark(2);
                first = text.read();
                text.reset();
            }
            if (first == '{' || first == '[') {
                json(text, rows);
            } else {
                csv(text, said, rows);
            }
        } catch (IOException e) {
            throw new Unknown("The list can't be read: " + e.getMessage());
        }
    }

    /** As spreadsheets write it where the comma is the decimal sign. */
    private static boolean semicolons(BufferedReader text) throws IOException {
        text.mark(HEAD_MAX);
        char[] head = new char[HEAD_MAX];
        int n = Math.max(0, text.read(head));
        text.reset();
        String first = new String(head, 0, n).lines().findFirst().orElse("");
        return first.contains(";") && !first.contains(",");
    }

    private static void csv(BufferedReader text, Optional<ListFormat> said, Rows rows)
            throws IOException, Unknown {
        CSVFormat separated = semicolons(text) ? SEMICOLONS : CSV;
        try (CSVParser parser = CSVParser.builder().setReader(text).setFormat(separated).get()) {
            Iterator<CSVRecord> records = parser.iterator();
            if (!records.hasNext()) {
                throw new Unknown("The list is empty.");
            }
            CSVRecord head = records.next();
            List<String> names = head.stream().map(ListFormat::name).toList();
            boolean headless = head.stream().anyMatch(c -> c.contains("@"));
            ListFormat format = headless ? headless(head, said) : format(names, said);
            rows.format(format);
            if (headless) {
                names = List.of("email", "reason");
                rows.row(row(head, names, 1));
            }
            while (true) {
                long next = parser.getCurrentLineNumber() + 1;
                try {
                    if (!records.hasNext()) {
                        return;
                    }
                    CSVRecord record = records.next();
                    // where it begins: quoted cells may have lines of their own
                    long line = parser.getCurrentLineNumber() - record.stream()
                            .mapToLong(c -> c.chars().filter(ch -> ch == '\n').count()).sum();
                    if (record.stream().anyMatch(c -> c.length() > CELL_MAX)) {
                        rows.wrong(line, "a cell is over " + CELL_MAX + " characters; is a quote"
                                + " not closed?");
                        continue;
                    }
                    rows.row(row(record, names, line));
                } catch (UncheckedIOException e) {
                    rows.wrong(next, "it is no proper CSV, and the rest is not read: "
                            + e.getCause().getMessage());
                    return;
                }
            }
        }
    }

    private static ListFormat headless(CSVRecord first, Optional<ListFormat> said) {
        boolean ses = first.size() == 2 && first.get(1).matches("(?i)bounce|complaint");
        return said.orElse(ses ? ListFormat.SES : ListFormat.PLAIN);
    }

    private static ListFormat format(List<String> names, Optional<ListFormat> said)
            throws Unknown {
        if (said.isPresent()) {
            if (names.stream().noneMatch(n -> ListFormat.field(n).equals("email"))) {
                throw new Unknown("The first line names no column of addresses; it has: "
                        + String.join(", ", names) + ".");
            }
            return said.get();
        }
        List<ListFormat> found = ListFormat.sniff(new java.util.HashSet<>(names));
        if (found.isEmpty()) {
            throw new Unknown("The first line names no columns that we know; say which list it is"
                    + " with format: " + String.join(", ", ListFormat.words()) + ".");
        }
        if (found.size() > 1) {
            throw new Unknown("Lists of several kinds have these columns; say which it is with"
                    + " format: " + String.join(", ", found.stream().map(ListFormat::word)
                    .toList()) + ".");
        }
        return found.getFirst();
    }

    private static Row row(CSVRecord record, List<String> names, long line) {
        Map<String, String> cells = new HashMap<>();
        for (int i = 0; i < record.size() && i < names.size(); i++) {
            cells.putIfAbsent(ListFormat.field(names.get(i)), record.get(i).strip());
        }
        return new Row(line, cells);
    }

    /** What the AWS command line prints: one object with a list, a list, or one object a line. */
    private static void json(BufferedReader text, Rows rows) throws IOException {
        rows.format(ListFormat.SES);
        try (var values = JSON.readerFor(JsonNode.class).<JsonNode>readValues(text)) {
            long n = 0;
            while (values.hasNextValue()) {
                JsonNode node = values.nextValue();
                JsonNode list = node.isArray() ? node
                        : node.path("SuppressedDestinationSummaries");
                for (JsonNode one : list.isArray() ? list : List.of(node)) {
                    n++;
                    Map<String, String> cells = new HashMap<>();
                    one.properties().forEach(p -> cells.put(
                            ListFormat.field(ListFormat.name(p.getKey())),
                            p.getValue().isNumber() ? p.getValue().decimalValue()
                                    .toPlainString() : p.getValue().asString("")));
                    rows.row(new Row(n, cells));
                }
            }
        } catch (JacksonException e) {
            rows.wrong(e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                    "it is no proper JSON, and the rest is not read");
        }
    }

    /** A time in any of the forms that lists have; empty when it is none. */
    static Optional<Instant> time(String text) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        if (text.matches("\\d{9,10}(\\.\\d+)?")) {
            return Optional.of(Instant.ofEpochSecond((long) Double.parseDouble(text)));
        }
        if (text.matches("\\d{13}")) {
            return Optional.of(Instant.ofEpochMilli(Long.parseLong(text)));
        }
        String iso = text.matches("\\d{4}-.*") ? text.replaceFirst(" ", "T").replace(" UTC", "Z")
                .replaceFirst(" \\+0000$", "Z") : text;
        for (Reading reading : READINGS) {
            try {
                return Optional.of(reading.of(iso));
            } catch (DateTimeException notInThisForm) {
                // the next form
            }
        }
        return Optional.empty();
    }

    private interface Reading {
        Instant of(String text);
    }

    private static final List<Reading> READINGS = List.of(
            t -> OffsetDateTime.parse(t).toInstant(),
            t -> LocalDateTime.parse(t).toInstant(ZoneOffset.UTC),
            t -> LocalDate.parse(t).atStartOfDay().toInstant(ZoneOffset.UTC),
            t -> ZonedDateTime.parse(t.replace("UTC", "GMT"), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant());
}
