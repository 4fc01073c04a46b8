package dev.mailmill.compose;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Composer.PeerCapabilities;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Letter;
import dev.mailmill.mime.DkimKey;
import dev.mailmill.mime.DkimLab;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.Provider;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Measures what one message costs, in microseconds of one thread's CPU time. Run its main with the
 * test class path.
 */
public final class ComposeSpeed {
    private static final int ROUNDS = 4;
    /** Of the thread: other work on the machine is not counted. */
    private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

    private ComposeSpeed() {
    }

    public static void main(String[] arguments) throws Exception {
        int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3_000;
        StringBuilder body = new StringBuilder();
        while (body.length() < 3_400) {
            body.append("A line of an ordinary message, about as long as most of them are.\r\n");
        }
        Content.Raw raw = new Content.Raw(("From: Ann <a@own.test>\r\nTo: b@else.test\r\nSubject:"
                + " Your order\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "Content-Transfer-Encoding: 7bit\r\nList-Unsubscribe: <https://own.test/u/1>\r\n"
                + "X-Mailer: x\r\n").getBytes(StandardCharsets.UTF_8),
                Body.of(body.toString().getBytes(StandardCharsets.UTF_8)));
        Content.Written written = ComposeLab.written("Your order", body.toString(), "<p>"
                + body + "</p>", List.of(), List.of());
        Optional<Provider> fast = provider();
        ComposeLab lab = new ComposeLab();
        Letter letter = lab.letter(raw);
        PrivateKey rsa = DkimLab.rsaPair().getPrivate();
        PrivateKey ed = DkimLab.edPair().getPrivate();
        for (int round = 0; round < ROUNDS; round++) {
            StringBuilder line = new StringBuilder();
            line.append(time("prepare raw", count, i -> lab.letter(raw)));
            line.append(time("prepare written", count, i -> lab.letter(written)));
            line.append(compose("unsigned", count, letter, List.of()));
            line.append(compose("rsa jdk", count / 10, letter,
                    List.of(new DkimKey("own.test", "r1", rsa, Optional.empty()))));
            line.append(compose("ed jdk", count / 5, letter,
                    List.of(new DkimKey("own.test", "e1", ed, Optional.empty()))));
            if (fast.isPresent()) {
                line.append(compose("rsa accp", count, letter,
                        List.of(new DkimKey("own.test", "r1", accp("RSA", rsa, fast.get()),
                                fast))));
                line.append(compose("ed accp", count, letter,
                        List.of(new DkimKey("own.test", "e1", ed,
                                fast))));
            }
            System.out.println(line);
        }
    }

    private static PrivateKey accp(String algorithm, PrivateKey key, Provider provider)
            throws Exception {
        return java.security.KeyFactory.getInstance(algorithm, provider).generatePrivate(
                new java.security.spec.PKCS8EncodedKeySpec(key.getEncoded()));
    }

    private static Optional<Provider> provider() {
        try {
            Provider p = (Provider) Class.forName(
                    "com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider")
                    .getField("INSTANCE").get(null);
            p.getClass().getMethod("assertHealthy").invoke(p);
            return Optional.of(p);
        } catch (ReflectiveOperationException | LinkageError e) {
            System.out.println("without ACCP: " + e);
            return Optional.empty();
        }
    }

    private interface Step {
        Object run(int i) throws Exception;
    }

    private static String compose(String what, int count, Letter letter, List<DkimKey> keys)
            throws Exception {
        ComposeLab lab = new ComposeLab();
        lab.keys.put("own.test", keys);
        return time("compose " + what, count, i -> lab.composer.compose(
                ComposeLab.message(letter, ComposeLab.ID + i, ComposeLab.SIGNED),
                ComposeLab.delivery(ComposeLab.ID + i, 0, "b@else.test"), PeerCapabilities.ALL));
    }

    private static String time(String what, int count, Step step) throws Exception {
        long start = CPU.getCurrentThreadCpuTime();
        int kept = 0;
        for (int i = 0; i < count; i++) {
            kept += step.run(i).hashCode() & 1;
        }
        double us = (CPU.getCurrentThreadCpuTime() - start) / 1e3 / count;
        return String.format(Locale.ROOT, "%s %.1f µs%s  ", what, us, kept < 0 ? "!" : "");
    }
}
