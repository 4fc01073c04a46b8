package dev.mailmill.app;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.CachedDns;
import dev.mailmill.dns.Dns;
import dev.mailmill.dns.Dnssec;
import dev.mailmill.dns.Mx;
import dev.mailmill.dns.Secured;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Looks at what a server needs, all at once and each with a deadline. What fails keeps it from
 * working as it is set; what warns will hurt later, or can't be told from here.
 */
final class Doctor {
    private static final Duration EACH = Duration.ofSeconds(8);
    private static final int CONNECT_MILLIS = 5_000;
    private static final int JAVA_MIN = 25;
    private static final long ROOM_FAIL = 512L << 20;
    private static final long ROOM_WARN = 2L << 30;
    private static final int FSYNCS = 20;
    private static final long FSYNC_SLOW_MICROS = 20_000;
    private static final Duration EXPIRES_SOON = Duration.ofDays(14);
    /** Large, always there, and used to being asked. */
    private static final String SOMEBODY = "gmail.com";
    /** The same, and signed. */
    static final String SIGNED = "ietf.org";
    private static final Set<PosixFilePermission> OTHERS = Set.of(PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    private final Settings settings;
    private final InstantSource clock = InstantSource.system();
    private final Dns dns;
    /** Asked for proof, as delivery does. */
    private final Dns proving;

    /** How a finding is meant. */
    enum Grade {
        OK, WARN, FAIL;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @param cure what to do; empty where nothing is */
    record Finding(String what, Grade grade, String found, String cure) {
    }

    private interface Look {
        Finding at(String what) throws Exception;
    }

    private record Started(String what, FutureTask<Finding> task) {
    }

    Doctor(Settings settings) {
        this(settings, CachedDns.of(settings.text(Setting.DNS), settings.dnssec(),
                CachedDns.Settings.DEFAULT, InstantSource.system()));
    }

    Doctor(Settings settings, Dns proving) {
        this.settings = settings;
        this.dns = CachedDns.of(settings.text(Setting.DNS), CachedDns.Settings.DEFAULT, clock);
        this.proving = proving;
    }

    List<Finding> look() {
        List<Started> started = List.of(start("java", this::java), start("disk", this::disk),
                start("fsync", this::fsync), start("clock", this::clock),
                start("data folder", this::folder), start("database", this::database),
                start("http", w -> port(w, Setting.HTTP)),
                start("submission", w -> port(w, Setting.SUBMISSION)),
                start("submissions", w -> port(w, Setting.SUBMISSIONS)),
                start("dns", this::resolver), start("dnssec", this::proof),
                start("host name", this::hostName),
                start("way out", this::wayOut), start("certificate", this::certificate));
        long end = System.nanoTime() + EACH.toNanos();
        return started.stream().map(s -> result(s, end)).toList();
    }

    private static Started start(String what, Look look) {
        FutureTask<Finding> task = new FutureTask<>(() -> look.at(what));
        Thread.ofVirtual().name("doctor " + what).start(task);
        return new Started(what, task);
    }

    private static Finding result(Started s, long end) {
        try {
            return s.task().get(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            s.task().cancel(true);
            return new Finding(s.what(), Grade.WARN, "no answer within " + EACH.toSeconds() + " s",
                    "Say it again; if it stays so, look at what it asks.");
        } catch (ExecutionException e) {
            return new Finding(s.what(), Grade.WARN, "can't be told: "
                    + (e.getCause().getMessage() == null ? e.getCause().toString()
                    : e.getCause().getMessage()), "");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Finding(s.what(), Grade.WARN, "was interrupted", "");
        }
    }

    private static Finding ok(String what, String found) {
        return new Finding(what, Grade.OK, found, "");
    }

    private Finding java(String what) {
        Runtime.Version v = Runtime.version();
        String found = v + ", heap " + (Runtime.getRuntime().maxMemory() >> 20) + " MB, "
                + Runtime.getRuntime().availableProcessors() + " cores";
        return v.feature() >= JAVA_MIN ? ok(what, found) : new Finding(what, Grade.FAIL, found,
                "Install a JDK " + JAVA_MIN + " and name it in MAILMILL_JAVA_HOME.");
    }

    /** The folder, or the nearest above it that is there. */
    private Path there() {
        Path at = settings.data().toAbsolutePath().normalize();
        while (!Files.isDirectory(at) && at.getParent() != null) {
            at = at.getParent();
        }
        return at;
    }

    private Finding disk(String what) throws IOException {
        long room = Files.getFileStore(there()).getUsableSpace();
        String found = (room >> 20) + " MB free for " + settings.data().toAbsolutePath()
                .normalize();
        return room < ROOM_FAIL ? new Finding(what, Grade.FAIL, found,
                "Make room: mail is refused while less than 256 MB are free.")
                : room < ROOM_WARN ? new Finding(what, Grade.WARN, found,
                "Make room before it runs out; a backup needs as much again as the folder.")
                : ok(what, found);
    }

    private Finding fsync(String what) throws IOException {
        Path file = Files.createTempFile(there(), ".doctor", "");
        try (FileChannel c = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long[] micros = new long[FSYNCS];
            for (int i = 0; i < FSYNCS; i++) {
                long began = System.nanoTime();
                c.write(ByteBuffer.allocate(4096));
                c.force(false);
                micros[i] = (System.nanoTime() - began) / 1000;
            }
            Arrays.sort(micros);
            String found = String.format(Locale.ROOT, "%.1f ms, the slowest of %d %.1f ms",
                    micros[FSYNCS / 2] / 1000.0, FSYNCS, micros[FSYNCS - 1] / 1000.0);
            return micros[FSYNCS / 2] > FSYNC_SLOW_MICROS ? new Finding(what, Grade.WARN, found,
                    "Each answer to a sender waits for one: use a local SSD for the data folder.")
                    : ok(what, found);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** Nobody is asked for the time: only what the folder tells is held against the clock. */
    private Finding clock(String what) throws IOException {
        Instant now = clock.instant();
        Instant newest = Instant.EPOCH;
        if (Files.isDirectory(settings.data())) {
            try (Stream<Path> files = Files.list(settings.data())) {
                newest = files.filter(Files::isRegularFile)
                        .map(f -> Instant.ofEpochMilli(f.toFile().lastModified()))
                        .max(Comparator.naturalOrder()).orElse(Instant.EPOCH);
            }
        }
        if (newest.isAfter(now.plusSeconds(5))) {
            return new Finding(what, Grade.FAIL, "says " + now + ", but the data folder was "
                    + "written at " + newest,
                    "Set the clock, and have chrony or timesyncd keep it.");
        }
        boolean kept = Files.exists(Path.of("/run/systemd/timesync/synchronized"));
        return ok(what, "says " + now + (kept ? ", kept by timesyncd"
                : "; nobody was asked whether that is right"));
    }

    private Finding folder(String what) throws IOException {
        Path data = settings.data().toAbsolutePath().normalize();
        if (!Files.isDirectory(data)) {
            return Files.isWritable(there()) ? ok(what, data + " is made on the first start")
                    : new Finding(what, Grade.FAIL, there() + " can't be written",
                    "Name another folder in MAILMILL_DATA, or give this one to the user that runs "
                            + "Mailmill.");
        }
        if (!Files.isWritable(data)) {
            return new Finding(what, Grade.FAIL, data + " can't be written",
                    "Give it to the user that runs Mailmill: chown -R mailmill " + data);
        }
        List<String> loose = new ArrayList<>();
        for (Path p : List.of(data, data.resolve("master.key"), data.resolve("mail.db"))) {
            if (Files.exists(p) && Files.getFileStore(p).supportsFileAttributeView("posix")
                    && Files.getPosixFilePermissions(p, LinkOption.NOFOLLOW_LINKS).stream()
                    .anyMatch(OTHERS::contains)) {
                loose.add(p.toString());
            }
        }
        return loose.isEmpty() ? ok(what, data + ", for its owner only")
                : new Finding(what, Grade.WARN, "others can read " + String.join(", ", loose),
                "Mail and keys lie there: chmod go= " + String.join(" ", loose));
    }

    private Finding database(String what) throws IOException {
        String url = settings.text(Setting.DATABASE);
        if (url.isEmpty()) {
            return ok(what, "SQLite in the data folder");
        }
        URI uri = URI.create(url);
        int port = uri.getPort() < 0 ? 5432 : uri.getPort();
        try (Socket s = new Socket()) {
            s.connect(new InetSocketAddress(uri.getHost(), port), CONNECT_MILLIS);
            return ok(what, "something listens at " + uri.getHost() + ":" + port
                    + "; up says whether it is a PostgreSQL that lets us in");
        } catch (IOException e) {
            return new Finding(what, Grade.FAIL, "nothing answers at " + uri.getHost() + ":" + port
                    + ": " + e.getMessage(), "Start PostgreSQL, or mend MAILMILL_DATABASE.");
        }
    }

    private Finding port(String what, Setting setting) {
        InetSocketAddress address = settings.address(setting);
        String shown = settings.text(setting);
        if (Remote.running(settings.data()).isPresent()) {
            return ok(what, shown + ", a Mailmill runs on the data folder");
        }
        try (ServerSocket s = new ServerSocket()) {
            s.bind(address);
            return ok(what, shown + " is free");
        } catch (IOException e) {
            return new Finding(what, Grade.FAIL, shown + " can't be listened on: " + e.getMessage(),
                    "Stop what listens there, or set " + setting.variable() + "; ports below 1024"
                            + " need a right (CAP_NET_BIND_SERVICE).");
        }
    }

    private boolean sendsItself() {
        return settings.mode() instanceof Settings.Mode.Direct;
    }

    private Finding resolver(String what) {
        return switch (dns.mx(SOMEBODY)) {
            case Answer.Found<Mx> _ -> ok(what, "answers for " + SOMEBODY);
            case Answer.Unknown<Mx>(String why) -> new Finding(what, Grade.WARN,
                    "no answer: " + why, "Without the internet that is so. Else name a resolver in "
                    + "MAILMILL_DNS, best one on this machine (unbound).");
            case Answer.NoDomain<Mx> _, Answer.NoData<Mx> _ -> new Finding(what, Grade.WARN,
                    "knows no " + SOMEBODY, "It is no resolver of the internet's names; name one in"
                    + " MAILMILL_DNS, if this server is to deliver.");
        };
    }

    /** Whether the resolver hands on what DANE needs (docs/security-in-transit.md). */
    Finding proof(String what) {
        Dnssec mode = settings.dnssec();
        if (mode == Dnssec.OFF) {
            return ok(what, "off: no answer counts as proven, so DANE is not used");
        }
        Secured<Mx> signed = proving.mxSecured(SIGNED);
        if (signed.answer() instanceof Answer.Unknown<Mx>(String why)) {
            return new Finding(what, Grade.WARN, "could not be told: " + why,
                    "Without the internet that is so. Else say it again where DNS answers.");
        }
        return switch (mode) {
            case OFF -> throw new IllegalStateException("answered above");
            case VALIDATE -> signed.secure() ? ok(what, "signatures come through: " + SIGNED
                    + " is proven from the root's keys on")
                    : new Finding(what, Grade.WARN, "the resolver leaves signatures out, so DANE"
                    + " is not used", "Name one in MAILMILL_DNS that passes them on, best one on"
                    + " this machine (unbound); or set MAILMILL_DNSSEC=off, if that is meant.");
            case TRUST_RESOLVER -> signed.secure() ? ok(what, "the resolver says that it has"
                    + " checked " + SIGNED + " (AD); whoever is between it and here could say so"
                    + " too")
                    : new Finding(what, Grade.WARN, "the resolver checks nothing: no AD bit for "
                    + SIGNED + ", so DANE is not used", "Name a validating one on this machine in"
                    + " MAILMILL_DNS (unbound), or set MAILMILL_DNSSEC=validate.");
        };
    }

    /** The name has addresses, and each of them has the name: large receivers ask for that. */
    private Finding hostName(String what) {
        String name = settings.hostname();
        Grade bad = sendsItself() ? Grade.FAIL : Grade.WARN;
        String need = sendsItself() ? "" : " It matters once this server delivers itself.";
        if (!Dns.hostName(name) || !name.contains(".")) {
            return new Finding(what, bad, "\"" + name + "\" is no full name",
                    "Set MAILMILL_HOSTNAME to a name in DNS, as in mail.example.com." + need);
        }
        Answer<InetAddress> a = dns.a(name);
        Answer<InetAddress> aaaa = dns.aaaa(name);
        List<InetAddress> all = new ArrayList<>(a.records());
        all.addAll(aaaa.records());
        if (all.isEmpty()) {
            boolean unknown = a instanceof Answer.Unknown<InetAddress>
                    || aaaa instanceof Answer.Unknown<InetAddress>;
            return unknown ? new Finding(what, Grade.WARN, name + " can't be looked up from here",
                    "Say it again where DNS answers.")
                    : new Finding(what, bad, name + " has no address in DNS",
                    "Publish an A row for it, or set MAILMILL_HOSTNAME to a name that has one."
                            + need);
        }
        for (InetAddress one : all) {
            Answer<String> back = dns.ptr(one);
            if (back instanceof Answer.Unknown<String>(String why)) {
                return new Finding(what, Grade.WARN, "the name of " + one.getHostAddress()
                        + " can't be looked up: " + why, "Say it again where DNS answers.");
            }
            if (back.records().stream().noneMatch(n -> n.replaceFirst("\\.$", "")
                    .equalsIgnoreCase(name))) {
                return new Finding(what, bad, name + " is " + one.getHostAddress()
                        + ", whose name is " + (back.records().isEmpty() ? "none"
                        : back.records().getFirst()), "Have the PTR row of "
                        + one.getHostAddress() + " set to " + name
                        + ", by whoever gave you the address." + need);
            }
        }
        return ok(what, name + " is " + all.getFirst().getHostAddress() + ", both ways");
    }

    private Finding wayOut(String what) {
        return switch (settings.mode()) {
            case Settings.Mode.Capture _ -> ok(what, "none is needed: mail is captured, not sent");
            case Settings.Mode.Hold _ -> ok(what, "none is needed: mail is held");
            case Settings.Mode.Through(var host) -> reach(what, host.host(), host.port(),
                    Grade.FAIL, "Look at MAILMILL_DELIVERY, and at firewalls between.");
            case Settings.Mode.Direct _ -> {
                Optional<Mx> mx = dns.mx(SOMEBODY).records().stream().findFirst();
                yield mx.isEmpty() ? new Finding(what, Grade.WARN,
                        "no server to try could be looked up",
                        "Without the internet that is so; mail waits until there is.")
                        : reach(what, mx.get().host(), 25, Grade.WARN, "Port 25 is shut, or there "
                        + "is no internet. Many providers open it when asked; else deliver "
                        + "through a relay: MAILMILL_DELIVERY=smtps://user:password@host");
            }
        };
    }

    private static Finding reach(String what, String host, int port, Grade bad, String cure) {
        try (Socket s = new Socket()) {
            s.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
            return ok(what, "a connection to " + host + ":" + port + " was made");
        } catch (IOException e) {
            return new Finding(what, bad, "no connection to " + host + ":" + port + ": "
                    + e.getMessage(), cure);
        }
    }

    private Finding certificate(String what) throws IOException, GeneralSecurityException {
        String file = settings.text(Setting.TLS_CERT);
        Path path = file.isEmpty() ? settings.data().resolve("tls").resolve("self-signed.crt")
                : Path.of(file);
        if (!Files.isReadable(path)) {
            return file.isEmpty() ? ok(what, "a self-signed one is made on the first start")
                    : new Finding(what, Grade.FAIL, path + " can't be read",
                    "Mend MAILMILL_TLS_CERT, or let the user that runs Mailmill read it.");
        }
        X509Certificate c;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path))) {
            c = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        Instant ends = c.getNotAfter().toInstant();
        Instant now = clock.instant();
        String found = (file.isEmpty() ? "self-signed" : path.toString()) + ", good until " + ends;
        String renew = file.isEmpty() ? "Delete " + path + " and start anew."
                : "Renew it; a running server reads the new one by itself.";
        if (!ends.isAfter(now)) {
            return new Finding(what, Grade.FAIL, found + ", which is over", renew);
        }
        if (ends.isBefore(now.plus(EXPIRES_SOON))) {
            return new Finding(what, Grade.WARN, found, renew);
        }
        if (!names(c, settings.hostname())) {
            return new Finding(what, file.isEmpty() ? Grade.WARN : Grade.FAIL, found
                    + ", not for the name " + settings.hostname(),
                    "Get one for that name, or set MAILMILL_HOSTNAME to the name it is for.");
        }
        return file.isEmpty() && sendsItself() ? new Finding(what, Grade.WARN, found,
                "Programs that check refuse it: set MAILMILL_TLS_CERT and MAILMILL_TLS_KEY.")
                : ok(what, found);
    }

    private static boolean names(X509Certificate c, String name) throws GeneralSecurityException {
        if (c.getSubjectAlternativeNames() == null) {
            return false;
        }
        String wild = "*" + name.substring(Math.max(0, name.indexOf('.')));
        return c.getSubjectAlternativeNames().stream().filter(n -> Integer.valueOf(2)
                        .equals(n.getFirst()))
                .map(n -> n.get(1).toString()).anyMatch(n -> n.equalsIgnoreCase(name)
                        || n.equalsIgnoreCase(wild));
    }
}
