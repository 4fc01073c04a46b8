package dev.mailmill.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mailmill.smtp.PostfixInstance;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What docs/clients.md tells people to copy works when it is copied. */
@Timeout(120)
@ExtendWith(CaptureServer.class)
class GuideTest {
    @Test
    void swaks(Lab lab) throws Exception {
        Program.needsSwaksWithTls();
        String ann = Lab.fresh("ann");
        lab.shell(to(ann, Guide.block("swaks", "sh"))).good();
        assertTrue(lab.raw(lab.captured(ann)).contains("Subject: Hello\r\n"));
    }

    @Test
    void curl_over_smtp_and_over_http(Lab lab) throws Exception {
        Program.needs("curl", "curl");
        String ann = Lab.fresh("ann");
        String bob = Lab.fresh("bob");
        List<String> blocks = Guide.blocks("curl", "sh");
        assertEquals(2, blocks.size());
        lab.shell(to(ann, blocks.get(0)).replace("bob@example.org", bob)).good();
        assertEquals(lab.captured(ann), lab.captured(bob), "one message for both");
        String raw = lab.raw(lab.captured(ann));
        assertTrue(raw.startsWith("Received: from web1.example.com (TLSv1.3 "), raw);
        assertTrue(raw.endsWith("\r\n\r\nIt works.\r\n"), raw);
        String carl = Lab.fresh("carl");
        lab.shell(to(carl, blocks.get(1))).good();
        assertTrue(lab.raw(lab.captured(carl)).contains("Subject: Hello\r\n"));
    }

    @Test
    void a_key_as_a_token(Lab lab) throws Exception {
        Program.needs("curl", "curl");
        Files.writeString(lab.folder().resolve("message.eml"),
                "From: me@example.com\nSubject: Hello\n\nIt works.\n");
        String block = Guide.block("Tokens", "sh");
        for (String other : List.of("", " --login-options AUTH=XOAUTH2")) {
            String ann = Lab.fresh("ann");
            lab.shell(to(ann, block).replace(" --user", other + " --user")).good();
            assertTrue(lab.raw(lab.captured(ann)).endsWith("\r\n\r\nIt works.\r\n"));
        }
    }

    @Test
    void msmtp(Lab lab) throws Exception {
        Program.needs("msmtp", "msmtp");
        Path file = lab.folder().resolve("msmtprc");
        Files.writeString(file, lab.filled(Guide.block("msmtp", "msmtprc")));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        String ann = Lab.fresh("ann");
        lab.shell(to(ann, Guide.block("msmtp", "sh"))).good();
        assertTrue(lab.raw(lab.captured(ann)).endsWith("\r\n\r\nIt works.\r\n"));
    }

    @Test
    void nodemailer(Lab lab) throws Exception {
        Nodemailer.needed();
        String ann = Lab.fresh("ann");
        Program.Said said = Nodemailer.run(lab, to(ann, Guide.block("nodemailer", "js"))).good();
        String message = lab.captured(ann);
        assertEquals("250 2.0.0 queued as " + message + " (captured, not sent)",
                said.text().strip());
        assertTrue(lab.raw(message).contains("\r\n<p>It works.</p>\r\n"));
    }

    @Test
    void python(Lab lab) throws Exception {
        Program.needs("python3", "python3");
        String ann = Lab.fresh("ann");
        lab.run("python3", "-c", lab.here(to(ann, Guide.block("Python", "python")))).good();
        assertTrue(lab.raw(lab.captured(ann)).endsWith("\r\n\r\nIt works.\r\n"));
    }

    @Test
    void postfix_as_a_satellite(Lab lab) throws Exception {
        assumeTrue(PostfixInstance.absent().isEmpty(), () -> PostfixInstance.absent().get());
        try (PostfixInstance postfix = satellite(lab)) {
            String ann = Lab.fresh("ann");
            Program.run(lab.folder(), Map.of(),
                    "From: me@example.com\nSubject: Hello\n\nIt works.\n".getBytes(),
                    List.of("/usr/sbin/sendmail", "-C", postfix.configuration().toString(),
                            "-f", "me@example.com", ann)).good();
            String raw = lab.raw(lab.captured(ann));
            assertTrue(raw.startsWith("Received: from web1.example.com (TLSv1.3 "), raw);
            assertTrue(raw.contains(" by mill.test\r\n with ESMTPSA id msg_"), raw);
            assertTrue(raw.endsWith("\r\n\r\nIt works.\r\n"), raw);
        }
    }

    @Test
    void phpmailer(Lab lab) throws Exception {
        Client.PHPMAILER.needed();
        Path file = lab.folder().resolve("guide.php");
        String ann = Lab.fresh("ann");
        Files.writeString(file, lab.here(to(ann, Guide.block("PHPMailer", "php")))
                .replace("vendor/autoload.php", Client.PHPMAILER_AUTOLOAD.toString()));
        lab.run("php", file.toString()).good();
        Letter letter = Letter.of(lab.raw(lab.captured(ann)));
        assertEquals("Hello", letter.fields().get("subject"));
        assertEquals("It works.", letter.text().strip());
    }

    @Test
    void django(Lab lab) throws Exception {
        Client.DJANGO.needed();
        Files.writeString(lab.folder().resolve("settings.py"),
                lab.here(Guide.block("Django", "settings.py")));
        String ann = Lab.fresh("ann");
        lab.shell("export PYTHONPATH=.:" + Client.PACKAGES.toAbsolutePath()
                + " DJANGO_SETTINGS_MODULE=settings\n"
                + to(ann, Guide.block("Django", "sh")).replace("manage.py", "-m django")).good();
        Letter letter = Letter.of(lab.raw(lab.captured(ann)));
        assertEquals("me@example.com", letter.address("From"));
        assertTrue(letter.fields().get("subject").startsWith("Test email from "), "Django's own");
    }

    @Test
    void spring_boot(Lab lab) throws Exception {
        Client.SPRING.needed();
        Files.writeString(lab.folder().resolve("application.properties"),
                lab.here(Guide.block("Spring Boot", "application.properties")));
        String ann = Lab.fresh("ann");
        Map<String, String> environment = new HashMap<>(lab.environment());
        environment.putAll(Map.of("FROM", "me@example.com", "TO", ann, "SUBJECT", "Hello", "BODY",
                "It works."));
        Program.run(lab.folder(), environment, new byte[0], Client.SPRING.command()).good();
        assertEquals("It works.", Letter.of(lab.raw(lab.captured(ann))).text().strip());
    }

    @Test
    void rails(Lab lab) throws Exception {
        Program.needs("ruby", "ruby-mail");
        assumeTrue(lab.run("ruby", "-e", "require 'mail'").exit() == 0,
                "Ruby's mail is not installed (Debian: apt-get install ruby-mail)");
        settings(lab, "Rails", "production.rb", "", "ruby", "ruby/rails.rb");
    }

    @Test
    void laravel(Lab lab) throws Exception {
        Program.needs("php", "php-cli");
        assumeTrue(Files.exists(Path.of("/usr/share/php/Symfony/Component/Mailer/autoload.php")),
                "Symfony's mailer is not there (Debian: apt-get install php-symfony-mailer)");
        settings(lab, "Laravel", "env", "SSL_CERT_FILE=data/tls/self-signed.crt ", "php",
                "php/laravel.php");
    }

    /** A letter by lines of ours that read the guide's settings as the framework does. */
    private static void settings(Lab lab, String heading, String kind, String before,
            String program, String lines) throws Exception {
        Files.writeString(lab.folder().resolve(kind), lab.here(Guide.block(heading, kind)));
        String ann = Lab.fresh("ann");
        lab.shell("export TO=" + ann + "\n" + before + program + " "
                + Path.of("src/test/clients").toAbsolutePath().resolve(lines) + " " + kind).good();
        Letter letter = Letter.of(lab.raw(lab.captured(ann)));
        assertEquals("me@example.com", letter.address("From"));
        assertEquals("It works.", letter.text().strip());
    }

    /** As the guide sets one up. */
    static PostfixInstance satellite(Lab lab) throws Exception {
        return PostfixInstance.start(postfixSettings(lab, lab.password()));
    }

    /** The guide's main.cf, with its files in the lab. */
    static Map<String, String> postfixSettings(Lab lab, String password) throws Exception {
        Path passwords = Files.createTempFile(lab.folder(), "sasl", "passwd");
        Files.writeString(passwords, lab.filled(Guide.block("Postfix", "sasl_passwd")
                .replace("$PASSWORD", password)));
        Map<String, String> settings = new HashMap<>();
        lab.filled(Guide.block("Postfix", "main.cf"))
                .replace("/etc/postfix/sasl_passwd", passwords.toString())
                .replace("/etc/postfix/mailmill.crt", lab.certificate().toString()).lines()
                .forEach(l -> settings.put(l.split(" = ", 2)[0], l.split(" = ", 2)[1]));
        return settings;
    }

    private static String to(String recipient, String block) {
        return block.replace("ann@example.org", recipient);
    }
}
