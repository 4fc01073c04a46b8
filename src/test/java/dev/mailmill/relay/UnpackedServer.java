package dev.mailmill.relay;

import dev.mailmill.FreePort;
import dev.mailmill.smtp.SinkTls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A real Exim or OpenSMTPD, from a Debian package that was unpacked and not installed: they can't
 * be installed beside Postfix. Each runs in a mount namespace of its own, where its users, its
 * spool and its socket lie in a temporary folder; nothing of the machine is changed. It keeps all
 * mail in its queue, or bounces what it has taken.
 */
public final class UnpackedServer implements AutoCloseable {
    /** Octets that both servers take. */
    static final int sizeMax = 200_000;
    private static final Path PEERS = Path.of(
            System.getenv().getOrDefault("MAILMILL_PEERS", "/opt/mailmill-peers"));
    private static final Path EXIM = PEERS.resolve("usr/sbin/exim4");
    private static final Path OPENSMTPD = PEERS.resolve("usr/sbin/smtpd");
    private static final int SECONDS = 20;
    private static final List<String> USERS = List.of("Debian-exim", "opensmtpd", "opensmtpq");
    private static final int FIRST_ID = 7_801;

    private final Path folder;
    private final int port;
    private final List<String> command;
    private Process process;

    private UnpackedServer(Path folder, int port, List<String> command) {
        this.folder = folder;
        this.port = port;
        this.command = command;
    }

    public static Optional<String> noExim() {
        return absent(EXIM);
    }

    static Optional<String> noOpenSmtpd() {
        return absent(OPENSMTPD);
    }

    private static Optional<String> absent(Path program) {
        if (!Files.isExecutable(program)) {
            return Optional.of(program + " is not there (.ci/run unpacks it)");
        }
        try {
            boolean may = new ProcessBuilder("unshare", "-m", "true").start().waitFor() == 0;
            return may ? Optional.empty()
                    : Optional.of("a mount namespace can't be made here (it takes root)");
        } catch (IOException e) {
            return Optional.of("unshare is not there (Debian: util-linux)");
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Defers {@code grey@…} until {@link #forgive}. */
    static UnpackedServer exim() throws IOException {
        Path folder = folder();
        int port = FreePort.any();
        run("chown", FIRST_ID + ":" + FIRST_ID, folder.resolve("key.pem").toString());
        Path spool = Files.createDirectory(folder.resolve("exim"));
        run("chown", FIRST_ID + ":" + FIRST_ID, spool.toString());
        Files.writeString(folder.resolve("conf"), """
                keep_environment =
                exim_user = Debian-exim
                exim_group = Debian-exim
                spool_directory = %1$s/exim
                log_file_path = %1$s/exim/%%slog
                pid_file_path = %1$s/pid
                primary_hostname = exim.test
                daemon_smtp_ports = %2$d
                local_interfaces = 127.0.0.1
                tls_advertise_hosts = *
                tls_certificate = %1$s/cert.pem
                tls_privatekey = %1$s/key.pem
                message_size_limit = %3$d
                dsn_advertise_hosts = *
                chunking_advertise_hosts = *
                queue_only
                rfc1413_query_timeout = 0s
                host_lookup =
                acl_smtp_rcpt = rcpt
                begin acl
                rcpt:
                  defer local_parts = grey
                        condition = ${if exists{%1$s/forgiven}{no}{yes}}
                        message = 4.7.1 come back
                  accept
                begin routers
                all:
                  driver = accept
                  transport = none
                begin transports
                none:
                  driver = appendfile
                  file = /dev/null
                """.formatted(folder, port, sizeMax));
        return new UnpackedServer(folder, port, List.of(EXIM.toString(), "-C",
                folder.resolve("conf").toString(), "-bdf")).begin();
    }

    /**
     * Takes everything and delivers: {@code full@} has a mailbox of 100 octets, {@code elsewhere@}
     * is passed on, mail to {@code bounces} goes back, and nobody else is known. What is put off
     * on the way back is tried again each second; all else is given up at the first trouble.
     *
     * @param back where mail to the domain {@code bounces} goes, on this machine
     * @param next where what is for {@code elsewhere@} goes
     */
    public static UnpackedServer bouncingExim(String bounces, int back, int next)
            throws IOException {
        Path folder = folder();
        int port = FreePort.any();
        Path spool = Files.createDirectory(folder.resolve("exim"));
        run("chown", FIRST_ID + ":" + FIRST_ID, spool.toString());
        // it delivers as its own user: as root it would want its configuration at the usual place
        Files.writeString(folder.resolve("conf"), """
                keep_environment =
                exim_path = %2$s
                exim_user = Debian-exim
                exim_group = Debian-exim
                deliver_drop_privilege = true
                spool_directory = %1$s/exim
                log_file_path = %1$s/exim/%%slog
                pid_file_path = %1$s/exim/pid
                primary_hostname = exim.test
                qualify_domain = exim.test
                daemon_smtp_ports = %3$d
                local_interfaces = 127.0.0.1
                tls_advertise_hosts =
                dsn_advertise_hosts = *
                rfc1413_query_timeout = 0s
                host_lookup =
                acl_smtp_rcpt = rcpt
                begin acl
                rcpt:
                  accept
                begin routers
                back:
                  driver = manualroute
                  domains = %4$s
                  transport = back
                  route_list = * 127.0.0.1
                  self = send
                elsewhere:
                  driver = manualroute
                  local_parts = elsewhere
                  transport = next
                  route_list = * 127.0.0.1
                  self = send
                known:
                  driver = accept
                  local_parts = full
                  transport = box
                  cannot_route_message = Unknown user
                begin transports
                back:
                  driver = smtp
                  port = %5$d
                  hosts_try_fastopen =
                next:
                  driver = smtp
                  port = %6$d
                  hosts_try_fastopen =
                box:
                  driver = appendfile
                  file = %1$s/exim/box
                  user = Debian-exim
                  quota = 100
                begin retry
                %4$s * F,1h,1s
                """.formatted(folder, EXIM, port, bounces, back, next));
        return new UnpackedServer(folder, port, List.of(EXIM.toString(), "-C",
                folder.resolve("conf").toString(), "-bdf", "-q1s")).begin();
    }

    /** Defers {@code grey@rcpt.test} until {@link #forgive}. */
    static UnpackedServer openSmtpd() throws IOException {
        Path folder = folder();
        int port = FreePort.any();
        Files.writeString(folder.resolve("conf"), """
                pki "p" cert "%1$s/cert.pem"
                pki "p" key "%1$s/key.pem"
                smtp max-message-size "%3$d"
                filter "grey" phase rcpt-to match rcpt-to { "grey@rcpt.test" } \
                reject "451 4.7.1 come back"
                listen on 127.0.0.1 port %2$d tls pki "p" hostname "opensmtpd.test" filter "grey"
                action "keep" relay host "smtp://127.0.0.1:1"
                match from any for any action "keep"
                """.formatted(folder, port, sizeMax));
        return new UnpackedServer(folder, port, List.of(OPENSMTPD.toString(), "-d", "-f",
                folder.resolve("conf").toString())).begin();
    }

    /** With what a server finds there, and the script that shows it to it. */
    private static Path folder() throws IOException {
        Path folder = Files.createTempDirectory("mailmill-peer");
        mode(folder, "rwxr-xr-x");
        for (String part : List.of("spool", "lib", "run", "lib/opensmtpd", "lib/opensmtpd/empty",
                "spool/smtpd")) {
            mode(Files.createDirectory(folder.resolve(part)), "rwx--x--x");
        }
        StringBuilder users = new StringBuilder(Files.readString(Path.of("/etc/passwd")));
        StringBuilder groups = new StringBuilder(Files.readString(Path.of("/etc/group")));
        for (int i = 0; i < USERS.size(); i++) {
            int id = FIRST_ID + i;
            users.append("%s:x:%d:%d::/nonexistent:/bin/false\n".formatted(USERS.get(i), id, id));
            groups.append("%s:x:%d:\n".formatted(USERS.get(i), id));
        }
        Files.writeString(folder.resolve("passwd"), users);
        Files.writeString(folder.resolve("group"), groups);
        SinkTls tls = SinkTls.rsa("localhost");
        try {
            Files.writeString(folder.resolve("cert.pem"),
                    pem("CERTIFICATE", tls.certificate().getEncoded()));
        } catch (java.security.cert.CertificateEncodingException e) {
            throw new IOException(e);
        }
        Files.writeString(folder.resolve("key.pem"),
                pem("PRIVATE KEY", tls.key().getPrivate().getEncoded()));
        mode(folder.resolve("key.pem"), "rw-------");
        Files.writeString(folder.resolve("within"), """
                set -e
                cd %s
                mount --bind passwd /etc/passwd
                mount --bind group /etc/group
                mount --bind spool /var/spool
                mount --bind lib /var/lib
                mount --bind run /run
                exec "$@"
                """.formatted(folder));
        return folder;
    }

    private static void mode(Path file, String permissions) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private UnpackedServer begin() throws IOException {
        List<String> all = new ArrayList<>(
                List.of("unshare", "-m", "sh", folder.resolve("within").toString()));
        all.addAll(command);
        process = new ProcessBuilder(all).redirectErrorStream(true).redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile())).start();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                if (socket.getInputStream().read() == '2') {
                    return this;
                }
            } catch (IOException e) {
                if (System.nanoTime() - end > 0 || !process.isAlive()) {
                    String log = log();
                    close();
                    throw new IOException("the server does not answer: " + log, e);
                }
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    public int port() {
        return port;
    }

    /** Takes {@code grey@…} from now on. */
    void forgive() throws IOException {
        if (command.getFirst().equals(EXIM.toString())) {
            Files.createFile(folder.resolve("forgiven"));
            return;
        }
        stop();
        Path conf = folder.resolve("conf");
        Files.writeString(conf, Files.readString(conf).replace("grey@rcpt.test", "x@rcpt.test"));
        begin();
    }

    /** The server's own words. */
    public String log() throws IOException {
        StringBuilder all = new StringBuilder();
        for (String part : List.of("log", "exim/mainlog")) {
            Path log = folder.resolve(part);
            all.append(Files.exists(log) ? Files.readString(log, StandardCharsets.ISO_8859_1) : "");
        }
        return all.toString();
    }

    /** The messages that it keeps: bodies, and where it keeps them together headers. */
    List<String> kept() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(f -> f.toString().endsWith("-D") || f.endsWith("message"))
                    .map(f -> {
                        try {
                            return Files.readString(f, StandardCharsets.ISO_8859_1);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }).toList();
        }
    }

    private void stop() {
        process.destroy();
        try {
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        stop();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // a temporary folder may stay
        }
    }

    private static String pem(String what, byte[] der) {
        return "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(der) + "\n-----END " + what + "-----\n";
    }

    private static void run(String... words) throws IOException {
        try {
            if (new ProcessBuilder(words).start().waitFor() != 0) {
                throw new IOException("failed: " + String.join(" ", words));
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
