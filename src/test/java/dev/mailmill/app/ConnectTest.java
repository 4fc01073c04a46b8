package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The lines of the page Connect, pasted as they stand there into the programs themselves. */
class ConnectTest {
    private static final Path NODE_MODULES =
            Path.of("src/test/clients/node/node_modules").toAbsolutePath();
    private static final Path PYTHON_PACKAGES =
            Path.of("src/test/clients/python/packages").toAbsolutePath();
    private static final Path SPRING = Path.of("src/test/clients/spring/target").toAbsolutePath();
    private static final Path PHPMAILER =
            Path.of("/usr/share/php/libphp-phpmailer/autoload.php");

    private static final Path SYMFONY_MAILER =
            Path.of("/usr/share/php/Symfony/Component/Mailer/autoload.php");
    private static final Path CLIENTS = Path.of("src/test/clients").toAbsolutePath();

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"curl, curl, sh", "curl-smtp, curl, sh", "swaks, swaks, sh",
        "python, python3, send.py", "node, node, send.js", "java, java, Send.java",
        "php, php, send.php", "django, python3, settings.py",
        "spring, java, application.properties", "rails, ruby, rails.rb", "laravel, php, .env"})
    void pastedLinesSend(String id, String program, String file) throws Exception {
        Assumptions.assumeTrue(runs("command -v " + program), "needs " + program);
        Assumptions.assumeTrue(!id.equals("node")
                || Files.exists(NODE_MODULES.resolve("nodemailer")), "needs nodemailer");
        Assumptions.assumeTrue(!id.equals("php") || Files.exists(PHPMAILER), "needs PHPMailer");
        Assumptions.assumeTrue(!id.equals("django")
                || Files.exists(PYTHON_PACKAGES.resolve("django")), "needs Django");
        Assumptions.assumeTrue(!id.equals("spring") || Files.exists(SPRING.resolve("lib")),
                "needs Spring Boot");
        Assumptions.assumeTrue(!id.equals("rails") || runs("ruby -e \"require 'mail'\""),
                "needs Ruby's mail, which Action Mailer sends with");
        Assumptions.assumeTrue(!id.equals("laravel") || Files.exists(SYMFONY_MAILER),
                "needs Symfony's mailer, which Laravel sends with");
        try (Lab lab = Lab.prepared(Lab.Engine.SQLITE.settings())
                .with(Setting.DELIVERY, "capture").start()) {
            Visitor ann = Visitor.owner(lab);
            String text = text(ann.get("/connect").text(), id);
            String java = ProcessHandle.current().info().command().orElse("java");
            String line = switch (file) {
                case "sh" -> text;
                case "send.py" -> "python3 " + written(file, text);
                case "send.js" -> "node " + written(file, text);
                case "send.php" -> "php " + written(file,
                        "<?php require '" + PHPMAILER + "';\n" + text);
                // the note beside it names the variable
                case "settings.py" -> "cd " + written(file, text).getParent()
                        + " && SSL_CERT_FILE=" + lab.data().resolve("tls/self-signed.crt")
                        + " python3 -m django sendtestemail ann@example.org --settings=settings";
                case "application.properties" -> "cd " + written(file, text).getParent() + " && "
                        + java + " -cp '" + SPRING.resolve("classes") + File.pathSeparator
                        + SPRING + "/lib/*' dev.mailmill.clients.spring.Send";
                case "rails.rb" -> "ruby " + CLIENTS.resolve("ruby/rails.rb") + " "
                        + written(file, text);
                // the note beside it names the variable
                case ".env" -> "SSL_CERT_FILE=" + lab.data().resolve("tls/self-signed.crt")
                        + " php " + CLIENTS.resolve("php/laravel.php") + " " + written(file, text);
                default -> java + " " + written(file, text);
            };
            var first = lab.mill().firstStart().orElseThrow();
            ProcessBuilder builder = new ProcessBuilder("sh", "-c", line)
                    .redirectErrorStream(true).directory(folder.toFile())
                    .redirectOutput(folder.resolve("out").toFile())
                    .redirectInput(Path.of("/dev/null").toFile());
            builder.environment().put("KEY", first.key().secret());
            builder.environment().put("PASSWORD", first.smtp().secret());
            builder.environment().put("NODE_PATH", NODE_MODULES.toString());
            builder.environment().put("PYTHONPATH", "." + File.pathSeparator + PYTHON_PACKAGES);
            builder.environment().putAll(Map.of("FROM", "me@example.com", "TO",
                    "ann@example.org", "SUBJECT", "Hello", "BODY", "It works."));
            Process process = builder.start();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), line);
            String out = Files.readString(folder.resolve("out"));
            assertEquals(0, process.exitValue(), line + "\n" + out);
            Lab.await(() -> ann.get("/messages").text().contains("ann@example.org"),
                    () -> "nothing came: " + out);
        }
    }

    private static String text(String page, String id) {
        String from = "id=\"c-" + id + "\"";
        String rest = page.substring(page.indexOf('>', page.indexOf(from)) + 1);
        return rest.substring(0, rest.indexOf("</pre>")).replace("&lt;", "<")
                .replace("&gt;", ">").replace("&#34;", "\"").replace("&#39;", "'")
                .replace("&amp;", "&");
    }

    private Path written(String file, String text) throws IOException {
        return Files.writeString(folder.resolve(file), text, StandardCharsets.UTF_8);
    }

    private static boolean runs(String command) throws IOException, InterruptedException {
        return new ProcessBuilder("sh", "-c", command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
    }
}
