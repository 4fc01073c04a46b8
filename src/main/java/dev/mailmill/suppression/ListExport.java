package dev.mailmill.suppression;

import dev.mailmill.http.Answer;
import dev.mailmill.http.CsvCell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import org.apache.commons.csv.CSVFormat;

/** All that holds as a table, which an import takes again. */
final class ListExport {
    private static final int PAGE = 1_000;
    private static final String HEAD =
            "address,scope,stream,reason,cause,said,author,created_at,expires_at\r\n";

    private ListExport() {
    }

    /** Written to a file of the owner's first: millions of rows are not for memory. */
    static Answer answer(Suppressions suppressions, long tenant, LongFunction<String> streams) {
        try {
            Path file = Files.createTempFile("suppressions", ".csv");
            try {
                write(suppressions, tenant, streams, file);
            } catch (IOException | RuntimeException e) {
                Files.delete(file);
                throw e;
            }
            return new Answer(200, "text/csv; charset=utf-8", Map.of("Content-Disposition",
                    "attachment; filename=\"suppressions.csv\""), new Answer.Streamed(
                    Files.size(file), () -> Files.newInputStream(file,
                            StandardOpenOption.DELETE_ON_CLOSE)));
        } catch (IOException e) {
            throw new UncheckedIOException("the list could not be written", e);
        }
    }

    private static void write(Suppressions suppressions, long tenant, LongFunction<String> streams,
            Path file) throws IOException {
        try (Writer out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            out.write(HEAD);
            long before = 0;
            List<Entry> page;
            do {
                page = suppressions.list(tenant, Optional.empty(), 0, before, PAGE);
                for (Entry e : page) {
                    before = e.seq();
                    if (!e.address().isEmpty()) {
                        out.write(CSVFormat.RFC4180.format(CsvCell.safe(e.address()),
                                e.scope().word(),
                                e.stream() == 0 ? "" : streams.apply(e.stream()),
                                e.reason().word(), e.cause().word(), CsvCell.safe(e.said()),
                                CsvCell.safe(e.author()), e.created(),
                                e.expires().map(Instant::toString).orElse("")) + "\r\n");
                    }
                }
            } while (page.size() == PAGE);
        }
    }
}
