package dev.mailmill.clients;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A program or library that applications send with, and our few lines that use it
 * ({@code src/test/clients}): they read the place, the login and the letter from the environment,
 * trust one certificate, and end with an error when the mail was not taken.
 */
enum Client {
    SWAKS("535 5.7.8 Login refused", "TLS startup failed") {
        @Override
        void needed() throws IOException, InterruptedException {
            Program.needsSwaksWithTls();
        }

        @Override
        List<String> command() {
            return List.of("sh", file("shell/swaks.sh"));
        }
    },
    CURL("Login denied", "certificate") {
        @Override
        void needed() {
            Program.needs("curl", "curl");
        }

        @Override
        List<String> command() {
            return List.of("sh", file("shell/curl.sh"));
        }
    },
    MSMTP("535 5.7.8 Login refused", "certificate") {
        @Override
        void needed() {
            Program.needs("msmtp", "msmtp");
        }

        @Override
        List<String> command() {
            return List.of("sh", file("shell/msmtp.sh"));
        }
    },
    NODEMAILER("EAUTH Invalid login: 535 5.7.8 Login refused", "self-signed certificate") {
        @Override
        void needed() {
            Nodemailer.needed();
        }

        @Override
        List<String> command() {
            return List.of("node", file("node/send.js"));
        }
    },
    PYTHON("SMTPAuthenticationError: (535, b\"5.7.8 Login refused",
            "CERTIFICATE_VERIFY_FAILED") {
        @Override
        void needed() {
            Program.needs("python3", "python3");
        }

        @Override
        List<String> command() {
            return List.of("python3", file("python/send.py"));
        }
    },
    DJANGO("SMTPAuthenticationError: (535, b\"5.7.8 Login refused",
            "CERTIFICATE_VERIFY_FAILED") {
        @Override
        void needed() {
            Program.needs("python3", "python3");
            assumeTrue(Files.isDirectory(PACKAGES.resolve("django")), "Django is not there "
                    + "(python3 -m pip install --target " + PACKAGES + " -r "
                    + PACKAGES.resolveSibling("requirements.txt") + ")");
        }

        @Override
        List<String> command() {
            return List.of("python3", file("python/django_send.py"));
        }

        /** Django has no setting for whom to trust, but Python reads this. */
        @Override
        void more(Map<String, String> environment) {
            environment.put("SSL_CERT_FILE", environment.get("CA"));
        }
    },
    PHPMAILER("SMTP Error: Could not authenticate.", "Could not connect to SMTP host") {
        @Override
        void needed() {
            Program.needs("php", "php-cli");
            assumeTrue(Files.exists(PHPMAILER_AUTOLOAD),
                    "PHPMailer is not there (Debian: apt-get install libphp-phpmailer)");
        }

        @Override
        List<String> command() {
            return List.of("php", file("php/send.php"));
        }
    },
    SPRING("MailAuthenticationException: Authentication failed",
            "unable to find valid certification path") {
        @Override
        void needed() {
            assumeTrue(Files.isDirectory(SPRING_TARGET.resolve("lib")),
                    "Spring Boot is not there (mvn -f src/test/clients/spring/pom.xml package)");
        }

        @Override
        List<String> command() {
            Path target = SPRING_TARGET.toAbsolutePath();
            return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1", "-Dstdout.encoding=UTF-8", "-cp",
                    target.resolve("classes") + File.pathSeparator + target + "/lib/*",
                    "dev.mailmill.clients.spring.Send");
        }

        /** As properties, which is how people write them. */
        @Override
        void more(Map<String, String> environment) {
            environment.put("SPRING_APPLICATION_JSON", """
                    {"spring.mail.host": "%s", "spring.mail.port": %s,
                     "spring.mail.username": "${USER_NAME}", "spring.mail.password": "${PASSWORD}",
                     "spring.mail.properties.mail.smtp.auth": true,
                     "spring.mail.properties.mail.smtp.starttls.required": %s,
                     "spring.mail.ssl.enabled": %s, "spring.mail.ssl.bundle": "mailmill",
                     "spring.ssl.bundle.pem.mailmill.truststore.certificate": "file:${CA}",
                     "spring.main.banner-mode": "off"}
                    """.formatted(environment.get("HOST"), environment.get("PORT"),
                    environment.get("TLS").equals("starttls"),
                    environment.get("TLS").equals("tls")));
        }
    };

    static final Path PHPMAILER_AUTOLOAD =
            Path.of("/usr/share/php/libphp-phpmailer/autoload.php");
    private static final Path SCRIPTS = Path.of("src/test/clients");
    static final Path PACKAGES = SCRIPTS.resolve("python/packages");
    private static final Path SPRING_TARGET = SCRIPTS.resolve("spring/target");

    /** What it says when the password is wrong. */
    final String refused;
    /** What it says when the server's certificate is not the one it trusts. */
    final String distrusted;

    Client(String refused, String distrusted) {
        this.refused = refused;
        this.distrusted = distrusted;
    }

    /** Which of the two ports. */
    enum Door {
        STARTTLS, TLS
    }

    /** Skips the test where it is not installed. */
    abstract void needed() throws IOException, InterruptedException;

    abstract List<String> command();

    void more(Map<String, String> environment) {
        // most need no more
    }

    /** Sends a letter of that subject and body from me@example.com. */
    Program.Said send(Lab lab, Door door, Path trusted, String password, String to, String subject,
            String body) throws IOException, InterruptedException {
        Map<String, String> environment = new HashMap<>(lab.environment());
        environment.putAll(Map.of("HOST", "127.0.0.1", "PORT",
                Integer.toString(door == Door.TLS ? lab.smtps() : lab.smtp()), "TLS",
                door == Door.TLS ? "tls" : "starttls", "CA", trusted.toString(), "PASSWORD",
                password, "FROM", "me@example.com", "TO", to, "SUBJECT", subject, "BODY", body));
        environment.put("LC_ALL", "C.UTF-8");
        environment.put("PYTHONPATH", PACKAGES.toAbsolutePath().toString());
        more(environment);
        return Program.run(lab.folder(), environment, new byte[0], command());
    }

    private static String file(String name) {
        return SCRIPTS.resolve(name).toAbsolutePath().toString();
    }
}
