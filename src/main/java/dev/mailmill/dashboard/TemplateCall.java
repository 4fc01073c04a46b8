package dev.mailmill.dashboard;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One send of a template, as a program makes it: with what comes with the language, and the key
 * taken from the environment.
 *
 * @param url    of {@code POST /v1/messages}
 * @param key    the variable of the environment that holds the API key
 * @param stream in which it goes; empty for the key's own
 * @param data   what fills the template
 */
record TemplateCall(String url, String key, String from, String to, String template, String stream,
        ObjectNode data) {
    private static final int SHELL_STEP = 2;
    private static final int STEP = 4;
    /** Where the text stands in Java's block. */
    private static final int BLOCK = 12;
    /** What a shell takes as it is. */
    private static final String PLAIN = "[A-Za-z0-9:/._-]+";

    /** @see #in */
    enum Language {
        CURL("curl", "curl", "shell"), JAVA("java", "Java", "Send.java"),
        JAVASCRIPT("javascript", "JavaScript", "send.mjs"), PYTHON("python", "Python", "send.py"),
        PHP("php", "PHP", "send.php");

        private final String id;
        private final String title;
        private final String file;

        Language(String id, String title, String file) {
            this.id = id;
            this.title = title;
            this.file = file;
        }

        static List<Language> all() {
            return List.of(values());
        }

        static Optional<Language> of(String id) {
            return Arrays.stream(values()).filter(l -> l.id.equals(id)).findFirst();
        }

        String id() {
            return id;
        }

        String title() {
            return title;
        }

        /** What the text goes into. */
        String file() {
            return file;
        }

        /** What it takes to run it. */
        String runs() {
            return switch (this) {
                case CURL -> "any POSIX shell";
                case JAVA -> "java Send.java (Java 25; the calls are the same since 11)";
                case JAVASCRIPT -> "node send.mjs (Node 18 or newer; never in a browser, where "
                        + "everybody could read the key)";
                case PYTHON -> "python3 send.py (3.9 or newer)";
                case PHP -> "php send.php (with its curl extension; Debian: php-curl)";
            };
        }
    }

    String in(Language language) {
        return switch (language) {
            case CURL -> curl();
            case JAVA -> java();
            case JAVASCRIPT -> javascript();
            case PYTHON -> python();
            case PHP -> php();
        };
    }

    private ObjectNode message() {
        ObjectNode message = JsonNodeFactory.instance.objectNode().put("from", from).put("to", to)
                .put("template", template);
        if (!stream.isEmpty()) {
            message.put("stream", stream);
        }
        return message.set("data", data);
    }

    private String literal(Literal how, int step, int indent, int column) {
        return how.of(message(), step, indent, column);
    }

    private String curl() {
        // between single quotes a shell reads nothing but the quote that ends them
        return "curl -sS " + (url.matches(PLAIN) ? url : shell(url)) + " \\\n"
                + "  -H \"Authorization: Bearer $" + key + "\" \\\n"
                + "  -H 'Content-Type: application/json' \\\n"
                + "  -d " + shell(literal(Literal.JSON, SHELL_STEP, SHELL_STEP, "  -d '".length()));
    }

    private static String shell(String text) {
        return '\'' + text.replace("'", "'\\''") + '\'';
    }

    private String java() {
        // in a block only these two mean something; what a doubled backslash precedes is no
        // Unicode escape either (JLS 3.3)
        String block = literal(Literal.JSON, SHELL_STEP, BLOCK, BLOCK).replace("\\", "\\\\")
                .replace("\"\"\"", "\\\"\"\"");
        return """
                import java.net.URI;
                import java.net.http.*;

                void main() throws Exception {
                    var message = \"""
                            {message}\""";
                    var request = HttpRequest.newBuilder(URI.create({url}))
                            .header("Authorization", "Bearer " + System.getenv("{key}"))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(message)).build();
                    var answer = HttpClient.newHttpClient()
                            .send(request, HttpResponse.BodyHandlers.ofString());
                    IO.println(answer.statusCode() + " " + answer.body());
                }""".replace("{key}", key).replace("{url}", Literal.JSON.string(url))
                .replace("{message}", block);
    }

    private String javascript() {
        return """
                const answer = await fetch({url}, {
                  method: 'POST',
                  headers: {
                    Authorization: `Bearer ${process.env.{key}}`,
                    'Content-Type': 'application/json',
                  },
                  body: JSON.stringify({message}),
                });
                console.log(answer.status, await answer.text());"""
                .replace("{key}", key).replace("{url}", Literal.JAVASCRIPT.string(url))
                .replace("{message}", literal(Literal.JAVASCRIPT, SHELL_STEP, SHELL_STEP,
                        "  body: JSON.stringify(".length() + SHELL_STEP));
    }

    private String python() {
        return """
                import json
                import os
                import urllib.error
                import urllib.request

                message = {message}
                request = urllib.request.Request(
                    {url},
                    json.dumps(message).encode(),
                    {
                        'Authorization': 'Bearer ' + os.environ['{key}'],
                        'Content-Type': 'application/json',
                    },
                )
                try:
                    answer = urllib.request.urlopen(request)
                except urllib.error.HTTPError as refused:
                    answer = refused  # it says what is wrong
                print(answer.status, answer.read().decode())"""
                .replace("{key}", key).replace("{url}", Literal.PYTHON.string(url))
                .replace("{message}", literal(Literal.PYTHON, STEP, 0, "message = ".length()));
    }

    private String php() {
        return """
                <?php
                $message = {message};
                $request = curl_init({url});
                curl_setopt_array($request, [
                    CURLOPT_HTTPHEADER => [
                        'Authorization: Bearer ' . getenv('{key}'),
                        'Content-Type: application/json',
                    ],
                    CURLOPT_POSTFIELDS => json_encode($message, JSON_THROW_ON_ERROR),
                    CURLOPT_RETURNTRANSFER => true,
                ]);
                $answer = curl_exec($request);
                echo curl_getinfo($request, CURLINFO_RESPONSE_CODE), ' ',
                    $answer === false ? curl_error($request) : $answer, "\\n";"""
                .replace("{key}", key).replace("{url}", Literal.PHP.string(url))
                .replace("{message}", literal(Literal.PHP, STEP, 0, "$message = ".length()));
    }
}
