package dev.mailmill.app;

import dev.mailmill.http.WebClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One template to many: how long a call with 1,000 recipients takes, how many a second many such
 * calls come to, what each recipient takes on disk. Nothing is sent. {@code bench/templates} runs
 * it.
 */
final class TemplatesBench {
    private static final int EACH = 1_000;
    private static final int WARM = 20;

    private TemplatesBench() {
    }

    /** FOLDER CALLS. */
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        int calls = Integer.parseInt(args[1]);
        Map<Setting, String> s = new EnumMap<>(Setting.class);
        s.put(Setting.DATA, folder.toString());
        s.put(Setting.HTTP, "127.0.0.1:0");
        s.put(Setting.SUBMISSION, "127.0.0.1:0");
        s.put(Setting.SUBMISSIONS, "127.0.0.1:0");
        s.put(Setting.RECEIVE, "off");
        s.put(Setting.HOSTNAME, "mill.test");
        s.put(Setting.DELIVERY, "hold");
        try (Mailmill mill = Mailmill.start(Settings.of(s),
                Mailmill.Role.SERVER);
                WebClient api = new WebClient(mill.http().getPort(), mill.operatorToken())) {
            api.post("/v1/domains", "{\"name\":\"ours.test\",\"trust\":true}");
            String rows = "<tr><td>{{name}}</td><td>An offer that is as long as such offers are"
                    + "</td></tr>\\n";
            Lab.expect(201, api.post("/v1/templates", "{\"alias\":\"news\",\"subject\":"
                    + "\"{{name}}, news of the week\",\"html\":\"<html><body><table>"
                    + rows.repeat(250) + "</table><a href='{{url}}'>More</a></body></html>\","
                    + "\"sample\":{\"name\":\"Ann\",\"url\":\"https://ours.example.com/1\"}}"));
            Lab.expect(200, api.post("/v1/templates/news/publish", "{}"));
            for (int i = 0; i < WARM; i++) {
                call(api, i);
            }
            alone(api);
            many(api, folder, calls);
        }
        System.exit(0);
    }

    private static void call(WebClient api, int n) {
        StringBuilder body = new StringBuilder(200 * EACH);
        body.append("{\"from\":\"news@ours.test\",\"template\":\"news\",\"recipients\":[");
        for (int i = 0; i < EACH; i++) {
            int id = n * EACH + i;
            body.append(i == 0 ? "" : ",").append("{\"to\":\"u").append(id).append("@d")
                    .append(id % 5_000).append(".test\",\"data\":{\"name\":\"Reader ").append(id)
                    .append("\",\"url\":\"https://ours.example.com/read/").append(id)
                    .append("\"}}");
        }
        Lab.expect(202, api.post("/v1/messages", body.append("]}").toString()));
    }

    private static void alone(WebClient api) throws InterruptedException {
        long[] took = new long[20];
        for (int i = 0; i < took.length; i++) {
            Thread.sleep(300);
            long from = System.nanoTime();
            call(api, WARM + i);
            took[i] = (System.nanoTime() - from) / 1_000_000;
        }
        Arrays.sort(took);
        System.out.printf("a call with 1,000 recipients, one after another: p50 %d ms, most"
                + " %d ms%n", took[10], took[19]);
    }

    private static void many(WebClient api, Path folder, int calls) {
        long before = size(folder);
        long heap = 0;
        long from = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            call(api, 1_000 + i);
            if (i % 20 == 19) {
                heap = Math.max(heap, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage()
                        .getUsed());
            }
        }
        double seconds = (System.nanoTime() - from) / 1e9;
        long octets = size(folder) - before;
        System.out.printf("%d recipients in %d calls: %.0f recipients/s, heap used at most %d MB,"
                + " %d octets on disk each%n", calls * EACH, calls, calls * EACH / seconds,
                heap >> 20, octets / ((long) calls * EACH));
    }

    private static long size(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).mapToLong(TemplatesBench::octets).sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long octets(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }
}
