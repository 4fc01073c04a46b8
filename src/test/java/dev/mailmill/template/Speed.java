package dev.mailmill.template;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How often one core compiles and renders a file with made-up data; run by hand, told in bench. */
final class Speed {
    private Speed() {
    }

    public static void main(String[] args) throws Exception {
        String source = Files.readString(Path.of(args[0]));
        Template template = Template.compile("mail", source, Escaping.HTML, Map.of());
        Map<String, Object> data = Sample.of(template.needs(), 5);
        Bounds bounds = Bounds.of(Locale.US, ZoneOffset.UTC, Missing.EMPTY);
        List<Long> rates = new ArrayList<>();
        StringBuilder out = new StringBuilder();
        for (int round = 0; round < 5; round++) {
            long start = System.nanoTime();
            int n = 0;
            for (; System.nanoTime() - start < 1_000_000_000L; n++) {
                out.setLength(0);
                template.render(data, bounds, out);
            }
            rates.add((long) n);
        }
        long start = System.nanoTime();
        for (int i = 0; i < 200; i++) {
            Template.compile("mail", source, Escaping.HTML, Map.of());
        }
        System.out.printf(Locale.ROOT, "%s: %d characters to %d, %d variables: %s renders/s,"
                + " compiled in %d us%n", args[0], source.length(), out.length(),
                template.needs().list().size(), rates, (System.nanoTime() - start) / 200_000);
    }
}
