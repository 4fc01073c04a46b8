package dev.mailmill.smtp;

import dev.mailmill.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real Postfix of our own: its configuration, queue and log in a temporary folder, on a loopback
 * port, with STARTTLS. It takes mail for any domain and keeps it in its queue ({@code hold}), or
 * passes it on when given a relay host. Needs root, as Postfix does.
 */
public final class PostfixInstance implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/sbin/postfix");
    private static final int START_SECONDS = 20;
    private static final int BOX_OCTETS = 100_000;
    private static final String NOBODY = "65534";

    private final Path folder;
    private final int port;

    private PostfixInstance(Path folder, int port) {
        this.folder = folder;
        this.port = port;
    }

    /** Why it can't run here; empty when it can. */
    public static Optional<String> absent() {
        if (!Files.isExecutable(PROGRAM)) {
            return Optional.of("Postfix is not installed (Debian: apt-get install postfix)");
        }
        return "root".equals(System.getProperty("user.name")) ? Optional.empty()
                : Optional.of("Postfix starts as root only");
    }

    /** @param settings main.cf lines beside or in place of the usual ones */
    public static PostfixInstance start(Map<String, String> settings) throws IOException {
        Path folder = Files.createTempDirectory("mailmill-postfix");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String part : List.of("etc", "queue", "data")) {
            Files.createDirectory(folder.resolve(part));
        }
        run(List.of("chown", "postfix", folder.resolve("data").toString()));
        int port = FreePort.any();
        PostfixInstance postfix = new PostfixInstance(folder, port);
        postfix.configure(settings);
        try {
            run(List.of(PROGRAM.toString(), "-c", folder.resolve("etc").toString(), "start"));
            postfix.awaitPort();
        } catch (IOException | RuntimeException e) {
            postfix.close();
            throw e;
        }
        return postfix;
    }

    /** Passes all mail on to that server, logging in under STARTTLS with any certificate. */
    public static Map<String, String> relayingTo(int port, String user, String password) {
        return Map.of("relayhost", "[127.0.0.1]:" + port, "smtp_sasl_auth_enable", "yes",
                "smtp_sasl_password_maps", "inline:{ [127.0.0.1]:" + port + "=" + user + ":"
                        + password + " }", "smtp_sasl_security_options", "noanonymous",
                "smtp_tls_security_level", "encrypt", "smtpd_hold", "no");
    }

    /**
     * Takes everything at {@code theirs} and bounces it later: {@code full@} has a mailbox with no
     * room, {@code elsewhere@} is passed on, and nobody else is known. What is put off is given up
     * at once, but for what goes back.
     *
     * @param folder  an empty one, for the mailbox
     * @param bounces the domain whose mail goes back
     * @param back    where that goes, on this machine
     * @param next    where what is for {@code elsewhere@} goes
     */
    public static Map<String, String> bouncing(String theirs, Path folder, String bounces,
            int back, int next) throws IOException {
        Path box = Files.write(folder.resolve("full"), new byte[BOX_OCTETS - 1]);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        run(List.of("chown", "-R", NOBODY, folder.toString()));
        return Map.ofEntries(Map.entry("smtpd_recipient_restrictions", "permit_mynetworks"),
                Map.entry("smtpd_reject_unlisted_recipient", "no"),
                Map.entry("relay_domains", ""),
                Map.entry("virtual_mailbox_domains", theirs),
                Map.entry("virtual_mailbox_base", folder.toString()),
                Map.entry("virtual_mailbox_maps", "inline:{ {full@" + theirs + "="
                        + box.getFileName() + "} }"),
                Map.entry("virtual_uid_maps", "static:" + NOBODY),
                Map.entry("virtual_gid_maps", "static:" + NOBODY),
                Map.entry("message_size_limit", Integer.toString(BOX_OCTETS)),
                Map.entry("virtual_mailbox_limit", Integer.toString(BOX_OCTETS)),
                Map.entry("transport_maps", "inline:{ {" + bounces + "=smtp:[127.0.0.1]:" + back
                        + "} {elsewhere@" + theirs + "=smtp:[127.0.0.1]:" + next + "} }"),
                Map.entry("maximal_queue_lifetime", "0"),
                Map.entry("bounce_queue_lifetime", "1h"),
                Map.entry("minimal_backoff_time", "1s"),
                Map.entry("queue_run_delay", "1s"));
    }

    private void configure(Map<String, String> settings) throws IOException {
        SinkTls tls = SinkTls.of("localhost");
        Path etc = folder.resolve("etc");
        Files.writeString(etc.resolve("key.pem"),
                pem("PRIVATE KEY", tls.key().getPrivate().getEncoded()));
        try {
            Files.writeString(etc.resolve("cert.pem"),
                    pem("CERTIFICATE", tls.certificate().getEncoded()));
        } catch (java.security.cert.CertificateEncodingException e) {
            throw new IOException(e);
        }
        Map<String, String> main = new LinkedHashMap<>();
        main.put("compatibility_level", "3.6");
        main.put("queue_directory", folder.resolve("queue").toString());
        main.put("data_directory", folder.resolve("data").toString());
        main.put("maillog_file_prefixes", folder.toString());
        main.put("maillog_file", folder.resolve("log").toString());
        main.put("multi_instance_name", "");
        main.put("inet_interfaces", "127.0.0.1");
        main.put("inet_protocols", "ipv4");
        main.put("myhostname", "postfix.test");
        main.put("mydestination", "");
        main.put("relay_domains", "static:all");
        main.put("mynetworks", "127.0.0.0/8");
        main.put("alias_maps", "");
        main.put("alias_database", "");
        main.put("smtpd_relay_restrictions", "permit_mynetworks,reject");
        main.put("smtpd_recipient_restrictions", settings.containsKey("relayhost")
                ? "permit_mynetworks" : "check_client_access static:HOLD");
        main.put("smtpd_tls_security_level", "may");
        main.put("smtpd_tls_cert_file", etc.resolve("cert.pem").toString());
        main.put("smtpd_tls_key_file", etc.resolve("key.pem").toString());
        main.put("smtpd_tls_received_header", "yes");
        main.put("smtpd_peername_lookup", "no");
        main.put("message_size_limit", "20000000");
        main.putAll(settings);
        main.remove("smtpd_hold");
        StringBuilder cf = new StringBuilder();
        main.forEach((k, v) -> cf.append(k).append(" = ").append(v).append('\n'));
        Files.writeString(etc.resolve("main.cf"), cf.toString());
        Files.writeString(etc.resolve("master.cf"), """
                127.0.0.1:%d inet n - n - - smtpd
                pickup unix n - n 60 1 pickup
                cleanup unix n - n - 0 cleanup
                qmgr unix n - n 300 1 qmgr
                tlsmgr unix - - n 1000? 1 tlsmgr
                rewrite unix - - n - - trivial-rewrite
                bounce unix - - n - 0 bounce
                defer unix - - n - 0 bounce
                trace unix - - n - 0 bounce
                verify unix - - n - 1 verify
                flush unix n - n 1000? 0 flush
                proxymap unix - - n - - proxymap
                smtp unix - - n - - smtp
                relay unix - - n - - smtp
                showq unix n - n - - showq
                error unix - - n - - error
                retry unix - - n - - error
                virtual unix - n n - - virtual
                discard unix - - n - - discard
                anvil unix - - n - 1 anvil
                scache unix - - n - 1 scache
                postlog unix-dgram n - n - 1 postlogd
                """.formatted(port));
    }

    public int port() {
        return port;
    }

    /** The command line's {@code -c}. */
    public Path configuration() {
        return folder.resolve("etc");
    }

    /** Postfix's own words. */
    public String log() throws IOException {
        Path log = folder.resolve("log");
        return Files.exists(log) ? Files.readString(log, StandardCharsets.ISO_8859_1) : "";
    }

    /** The messages that it keeps, as {@code postcat} shows them: envelope, header and body. */
    public List<String> held() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("queue/hold"))) {
            return files.filter(Files::isRegularFile).map(f -> {
                try {
                    return run(List.of("/usr/sbin/postcat", "-c",
                            configuration().toString(), f.toString()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }).toList();
        }
    }

    @Override
    public void close() {
        try {
            run(List.of(PROGRAM.toString(), "-c", configuration().toString(), "abort"));
        } catch (IOException e) {
            // it was not running
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // a temporary folder may stay
        }
    }

    private void awaitPort() throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
                return;
            } catch (IOException e) {
                if (System.nanoTime() - end > 0) {
                    throw new IOException("Postfix does not answer: " + log(), e);
                }
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
    }

    private static String pem(String what, byte[] der) {
        return "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(der) + "\n-----END " + what + "-----\n";
    }

    /** Its output, to a file first: a daemon would keep a pipe open for ever. */
    private static String run(List<String> command) throws IOException {
        Path out = Files.createTempFile("mailmill-run", ".out");
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(out.toFile()).start();
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("took too long: " + command);
            }
            String said = Files.readString(out, StandardCharsets.ISO_8859_1);
            if (process.exitValue() != 0) {
                throw new IOException(command + " failed: " + said);
            }
            return said;
        } catch (InterruptedException e) {
            throw new IOException(e);
        } finally {
            Files.deleteIfExists(out);
        }
    }
}
