package dev.mailmill.send;

import dev.mailmill.account.StreamNames;
import dev.mailmill.http.Caller;
import dev.mailmill.http.WebDoor;
import dev.mailmill.http.WebLimits;
import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Stream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many messages a second the door takes when Intake costs nothing. Client and server share the
 * machine, loopback only, a few seconds. Arguments: connections, octets of text, seconds.
 */
final class SendLoad {
    private static final int SECONDS_MAX = 30;

    private SendLoad() {
    }

    public static void main(String[] args) throws Exception {
        int connections = args.length > 0 ? Integer.parseInt(args[0]) : 32;
        int octets = args.length > 1 ? Integer.parseInt(args[1]) : 4_000;
        int seconds = Math.min(SECONDS_MAX, args.length > 2 ? Integer.parseInt(args[2]) : 5);
        Ids ids = new Ids(InstantSource.system(), 1);
        var routes = new SendRoutes(new PlainAddresses(), new OneStream(),
                SendLab.taking((all, _) -> new Admission.Accepted(all.stream().map(s ->
                        new Admission.Receipt(ids.next(1), List.of(new Admission.Copy(
                                s.envelope().recipients().getFirst().address(), State.QUEUED))))
                        .toList(), false)), SendLab.egress(), true,
                new SendRoutes.Settings(SendLab.MESSAGE_BYTES_MAX, _ -> false));
        Caller caller = new Caller(1, "key_1", Set.of("*"));
        try (WebDoor door = WebDoor.open("127.0.0.1", 0, _ -> Optional.of(caller),
                List.of(routes), WebLimits.DEFAULT, new StoreTrouble(), Optional.empty())) {
            run(door.port(), connections, octets, 3);
            long before = cpuMillis();
            long done = run(door.port(), connections, octets, seconds);
            PrintStream out = System.out;
            out.printf("%d connections, %d octets of text: %d requests/s, %d per CPU second%n",
                    connections, octets, done / seconds, done * 1_000 / (cpuMillis() - before));
        }
    }

    /** Of this process, client and server: tells more than the rate where others work too. */
    private static long cpuMillis() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toMillis();
    }

    private static long run(int port, int connections, int octets, int seconds) {
        byte[] body = ("{\"from\":\"Ann <ann@example.com>\",\"to\":\"bob@example.org\","
                + "\"subject\":\"Your order\",\"text\":\"" + "x".repeat(octets) + "\"}")
                .getBytes(StandardCharsets.UTF_8);
        byte[] head = ("POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer mm_x"
                + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length
                + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] request = new byte[head.length + body.length];
        System.arraycopy(head, 0, request, 0, head.length);
        System.arraycopy(body, 0, request, head.length, body.length);
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        LongAdder done = new LongAdder();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < connections; i++) {
                threads.submit(() -> {
                    post(port, request, end, done);
                    return null;
                });
            }
        }
        return done.sum();
    }

    private static void post(int port, byte[] request, long end, LongAdder done)
            throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            InputStream in = socket.getInputStream();
            byte[] answer = new byte[4_096];
            while (System.nanoTime() < end) {
                out.write(request);
                int length = 0;
                // the answer's JSON ends in ]} and comes in one piece or two
                while (length < 2 || answer[length - 1] != '}' || answer[length - 2] != ']') {
                    int n = in.read(answer, length, answer.length - length);
                    if (n < 0) {
                        throw new IOException("closed after " + done.sum());
                    }
                    length += n;
                }
                if (answer[9] != '2') {
                    throw new IOException(new String(answer, 0, length, StandardCharsets.UTF_8));
                }
                done.increment();
            }
        }
    }

    private static final class OneStream implements StreamNames {
        @Override
        public Optional<Stream> named(long tenant, String name) {
            return Optional.empty();
        }

        @Override
        public Stream usual(long tenant) {
            return SendLab.USUAL;
        }
    }
}
