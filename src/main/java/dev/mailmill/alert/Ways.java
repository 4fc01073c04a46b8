package dev.mailmill.alert;

import dev.mailmill.dns.Dns;
import dev.mailmill.exit.SmartHost;
import dev.mailmill.http.Egress;
import dev.mailmill.http.WebhookSignature;
import dev.mailmill.smtp.SmtpClient;
import dev.mailmill.smtp.SmtpClientAnswer;
import dev.mailmill.smtp.SmtpClientCall;
import dev.mailmill.smtp.SmtpClientConnection;
import dev.mailmill.smtp.SmtpClientException;
import dev.mailmill.smtp.SmtpClientMail;
import dev.mailmill.smtp.SmtpClientReply;
import dev.mailmill.smtp.SmtpClientSource;
import dev.mailmill.smtp.SmtpClientTarget;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Takes a letter out of the house, once. Each way has a deadline and answers what went wrong, in
 * words, empty when nothing did.
 */
public final class Ways {
    private static final Duration DEADLINE = Duration.ofSeconds(15);
    private static final Duration PROGRAM_MAX = Duration.ofSeconds(30);
    private static final int ANSWER_MAX = 4_096;
    private static final int SAID_MAX = 300;

    /** Mail as all mail goes: an addition, never the only way. */
    @FunctionalInterface
    public interface OwnMail {
        /** Answers why not; empty when it was accepted. */
        String send(long tenant, String to, Letters letters);
    }

    /** A letter from an address. */
    public interface Letters {
        byte[] head(String from);

        byte[] body();
    }

    /**
     * What the operator has set.
     *
     * @param smtp    a server that has nothing to do with this one
     * @param from    the address that its mail is from
     * @param command a program
     * @param inside  whether accounts may name what is inside
     */
    public record Settings(Optional<SmartHost> smtp, String from, Optional<String> command,
            boolean inside) {
    }

    private final Settings settings;
    private final Egress egress;
    private final SmtpClient client;
    private final Dns dns;
    private final OwnMail own;
    private final InstantSource clock;

    public Ways(Settings settings, Egress egress, SmtpClient client, Dns dns, OwnMail own,
            InstantSource clock) {
        this.settings = settings;
        this.egress = egress;
        this.client = client;
        this.dns = dns;
        this.own = own;
        this.clock = clock;
    }

    /** Whether a route takes the same way as the mail that may be in trouble. */
    boolean own(Route.Kind kind) {
        return kind == Route.Kind.MAIL && settings.smtp().isEmpty();
    }

    Optional<String> command() {
        return settings.command();
    }

    String tell(Route route, Letter letter) {
        String said = switch (route.kind()) {
            case WEBHOOK -> {
                byte[] body = Letter.octets(letter.json());
                yield post(route, WebhookSignature.fields(List.of(route.secret()), letter.id(),
                        clock.instant(), body), body);
            }
            case SLACK -> post(route, json(), letter.slack());
            case TEAMS -> post(route, json(), letter.teams());
            case DISCORD -> post(route, json(), letter.discord());
            case NTFY -> ntfy(route, letter);
            case MAIL -> settings.smtp().map(host -> mail(host, route.target(), letter))
                    .orElseGet(() -> own.send(route.tenant(), route.target(), new Letters() {
                        @Override
                        public byte[] head(String from) {
                            return letter.head(from, route.target());
                        }

                        @Override
                        public byte[] body() {
                            return letter.body();
                        }
                    }));
            case COMMAND -> run(letter);
        };
        return Reading.clean(said, SAID_MAX);
    }

    private static Map<String, String> json() {
        return Map.of("Content-Type", "application/json");
    }

    private String ntfy(Route route, Letter letter) {
        Map<String, String> fields = new TreeMap<>();
        fields.put("Content-Type", "text/plain; charset=utf-8");
        // a field takes ASCII only
        fields.put("Title", letter.title().replaceAll("[^ -~]", "?"));
        fields.put("Priority", letter.title().startsWith("[critical]") ? "urgent" : "default");
        return post(route, fields, letter.text().getBytes(StandardCharsets.UTF_8));
    }

    private String post(Route route, Map<String, String> fields, byte[] body) {
        Egress.Target target = settings.inside() ? Egress.Target.TRUSTED : Egress.Target.STRANGE;
        return switch (egress.post(URI.create(route.target()), fields, body,
                new Egress.Limits(target, ANSWER_MAX, true, DEADLINE))) {
            case Egress.Answer.Said s -> s.status() / 100 == 2 ? "" : "it answered " + s.status();
            case Egress.Answer.Failed f -> f.why().isEmpty() ? f.trouble().name() : f.why();
        };
    }

    /** By another server; with a login only over TLS that proves its name. */
    private String mail(SmartHost host, String to, Letter letter) {
        Deque<SmtpClientTarget> doors = new ArrayDeque<>();
        for (InetAddress a : addresses(host.host())) {
            doors.add(new SmtpClientTarget(a, host.port(), host.host(), host.implicit(),
                    host.login().isPresent() ? SmtpClientTarget.Tls.VERIFIED
                            : SmtpClientTarget.Tls.OFFERED, host.login()));
        }
        if (doors.isEmpty()) {
            return host + " has no address";
        }
        try {
            SmtpClientCall call = client.dial(SmtpClientSource.OWN, doors, DEADLINE, _ -> { });
            SmtpClientConnection connection = client.open(call, call.target(), _ -> { });
            try {
                return hand(connection, to, letter);
            } finally {
                connection.quit();
            }
        } catch (SmtpClientException e) {
            return host + ": " + e.getMessage();
        }
    }

    private String hand(SmtpClientConnection connection, String to, Letter letter)
            throws SmtpClientException {
        byte[] head = letter.head(settings.from(), to);
        byte[] body = letter.body();
        SmtpClientAnswer answer = connection.begin(SmtpClientMail.of(settings.from(), to,
                head.length + 2L + body.length));
        if (!answer.go()) {
            return "it answered " + answer.reply();
        }
        connection.content(head, 0, head.length);
        connection.content(new byte[] {'\r', '\n'}, 0, 2);
        connection.content(body, 0, body.length);
        connection.sendDot();
        SmtpClientReply reply = connection.dotReply();
        return reply.positive() ? "" : "it answered " + reply;
    }

    private List<InetAddress> addresses(String host) {
        if (host.matches("[0-9.]+|.*:.*")) {
            try {
                // an address: nothing is asked
                return List.of(InetAddress.ofLiteral(host));
            } catch (IllegalArgumentException e) {
                return List.of();
            }
        }
        if (host.equals("localhost")) {
            return List.of(InetAddress.getLoopbackAddress());
        }
        List<InetAddress> four = dns.a(host).records();
        return four.isEmpty() ? dns.aaaa(host).records() : four;
    }

    /** It gets none of our secrets by its environment, and no more time than is good. */
    private String run(Letter letter) {
        Optional<String> command = settings.command();
        if (command.isEmpty()) {
            return "`alert-command` is not set";
        }
        ProcessBuilder builder = new ProcessBuilder(command.get().strip().split("\\s+"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().keySet().removeIf(k -> k.startsWith("MAILMILL_"));
        try {
            Process process = builder.start();
            try (OutputStream in = process.getOutputStream()) {
                // less than a pipe takes, so that this never waits for who does not read
                in.write(Letter.octets(letter.json()));
            } catch (IOException e) {
                // it need not read all of it
                if (process.isAlive() && !process.waitFor(PROGRAM_MAX.toSeconds(),
                        TimeUnit.SECONDS)) {
                    return killed(process);
                }
            }
            if (!process.waitFor(PROGRAM_MAX.toSeconds(), TimeUnit.SECONDS)) {
                return killed(process);
            }
            return process.exitValue() == 0 ? "" : "the program ended with "
                    + process.exitValue();
        } catch (IOException e) {
            return "the program can't be run: " + e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "the server stops";
        }
    }

    private static String killed(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        return "the program did not end within " + PROGRAM_MAX.toSeconds() + " s";
    }
}
