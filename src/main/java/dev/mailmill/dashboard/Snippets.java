package dev.mailmill.dashboard;

import java.util.List;

/**
 * What to paste into a program so that it sends through this server: with its real host, ports and
 * login, and the password taken from the environment or to be filled in.
 */
final class Snippets {
    private Snippets() {
    }

    /**
     * @param url       of the API, with a slash at the end
     * @param host      of the SMTP door
     * @param authority the certificate that clients have to trust; empty for a public one
     * @param user      an SMTP login
     * @param from      an address that may send
     */
    record Place(String url, String host, int starttls, int tls, String authority, String user,
            String from) {
    }

    /**
     * @param id    for links
     * @param where what the text goes into
     * @param note  what else to know; empty for nothing
     */
    record Snippet(String id, String title, String where, String text, String note) {
    }

    static List<Snippet> of(Place p) {
        return List.of(
                new Snippet("curl", "curl", "shell", fill(CURL, p),
                        "$KEY is an API key that may send."),
                new Snippet("java", "Java", "Send.java", fill(JAVA, p),
                        "Run it with: java Send.java (Java 25; the calls are the same since 11)."),
                new Snippet("swaks", "swaks", "shell", fill(SWAKS, p), ""),
                new Snippet("curl-smtp", "curl over SMTP", "shell",
                        fill(p.authority().isEmpty() ? CURL_SMTP : CURL_SMTP_SELF, p), ""),
                new Snippet("node", "Node, nodemailer", "send.js",
                        fill(p.authority().isEmpty() ? NODE : NODE_SELF, p), ""),
                new Snippet("python", "Python, smtplib", "send.py",
                        fill(p.authority().isEmpty() ? PYTHON : PYTHON_SELF, p), ""),
                new Snippet("php", "PHP, PHPMailer", "send.php",
                        fill(p.authority().isEmpty() ? PHP : PHP_SELF, p), ""),
                new Snippet("django", "Django", "settings.py",
                        fill(DJANGO, p), p.authority().isEmpty() ? ""
                                : "Python trusts the certificate when it starts with SSL_CERT_FILE="
                                        + p.authority() + " in its environment."),
                new Snippet("spring", "Spring Boot", "application.properties",
                        fill(p.authority().isEmpty() ? SPRING : SPRING_SELF, p),
                        p.authority().isEmpty() ? "" : "Spring Boot 3.4 or newer."),
                new Snippet("rails", "Rails", "config/environments/production.rb",
                        fill(p.authority().isEmpty() ? RAILS : RAILS_SELF, p), ""),
                new Snippet("laravel", "Laravel", ".env", fill(LARAVEL, p),
                        "Where config/mail.php knows no MAIL_SCHEME, it is MAIL_ENCRYPTION=tls."
                                + (p.authority().isEmpty() ? "" : " PHP trusts the certificate "
                                        + "when it starts with SSL_CERT_FILE=" + p.authority()
                                        + " in its environment.")),
                new Snippet("wordpress", "WordPress", "WP Mail SMTP → Other SMTP",
                        fill(WORDPRESS, p), p.authority().isEmpty() ? "" : "WordPress refuses "
                                + "self-signed certificates: set tls-cert and tls-key first."),
                new Snippet("thunderbird", "Thunderbird, Outlook",
                        "Outgoing server (SMTP)", fill(MAILER, p), p.authority().isEmpty() ? ""
                                : "With a self-signed certificate the program asks once whether to "
                                        + "trust it."),
                new Snippet("odoo", "Odoo", "Settings → Technical → Outgoing Mail Servers",
                        fill(ODOO, p), trusted(p, "Odoo")),
                new Snippet("relay", "Salesforce and other CRMs", "Email relay",
                        fill(RELAY, p), "The relay's own address has to reach this server's port. "
                                + trusted(p, "It")),
                new Snippet("scanner", "Printers and scanners", "E-mail or SMTP settings",
                        fill(SCANNER, p), "One that can't log in needs an SMTP login with its own "
                                + "network: ./mailmill smtp create --network 192.0.2.17/32."));
    }

    private static String trusted(Place p, String who) {
        return p.authority().isEmpty() ? "" : who + " refuses self-signed certificates: set"
                + " tls-cert and tls-key first.";
    }

    /** The first mail, for a list that is still empty. */
    static String first(Surroundings surroundings) {
        return fill(CURL, new Place(surroundings.base().get().toString(), "", 0, 0, "", "",
                "me@example.com"));
    }

    /** Mail to receivers that are none, which answer as the address says. */
    static String simulated(Surroundings surroundings) {
        return fill(SIMULATED, new Place(surroundings.base().get().toString(), "", 0, 0, "", "",
                "me@example.com"));
    }

    /** The same by SMTP; the login is to be filled in. */
    static String firstBySmtp(Surroundings surroundings) {
        return fill(SWAKS, new Place("", surroundings.smtpHost(),
                surroundings.submission().getAsInt(), 0, "", "LOGIN", "me@example.com"));
    }

    private static String fill(String text, Place p) {
        return text.replace("{url}", p.url()).replace("{host}", p.host())
                .replace("{starttls}", Integer.toString(p.starttls()))
                .replace("{tls}", Integer.toString(p.tls()))
                .replace("{authority}", p.authority()).replace("{user}", p.user())
                .replace("{from}", p.from()).stripTrailing();
    }

    private static final String SIMULATED = """
            curl {url}v1/messages -H "Authorization: Bearer $KEY" \\
              -H 'Content-Type: application/json' \\
              -d '{"from":"{from}","subject":"Hello","text":"It works.","to":[
                   "delivered@simulator.mailmill.test",
                   "bounce@simulator.mailmill.test",
                   "gmail-421@simulator.mailmill.test"]}'
            """;

    private static final String CURL = """
            curl {url}v1/messages -H "Authorization: Bearer $KEY" \\
              -H 'Content-Type: application/json' \\
              -d '{"from":"{from}","to":["ann@example.org"],"subject":"Hello","text":"It works."}'
            """;
    private static final String JAVA = """
            import java.net.URI;
            import java.net.http.*;

            void main() throws Exception {
                var message = \"""
                        {"from":"{from}","to":["ann@example.org"],
                         "subject":"Hello","text":"It works."}\""";
                var request = HttpRequest.newBuilder(URI.create("{url}v1/messages"))
                        .header("Authorization", "Bearer " + System.getenv("KEY"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(message)).build();
                var answer = HttpClient.newHttpClient()
                        .send(request, HttpResponse.BodyHandlers.ofString());
                IO.println(answer.statusCode() + " " + answer.body());
            }
            """;
    private static final String SWAKS = """
            swaks --server {host}:{starttls} --tls \\
              --auth-user {user} --auth-password "$PASSWORD" \\
              --from {from} --to ann@example.org --header 'Subject: Hello'
            """;
    private static final String CURL_SMTP = """
            printf '%s\\r\\n' 'From: {from}' 'To: ann@example.org' 'Subject: Hello' '' 'It works.' |
              curl --ssl-reqd smtp://{host}:{starttls}/example.com \\
              --user "{user}:$PASSWORD" --mail-from {from} --mail-rcpt ann@example.org \\
              --upload-file -
            """;
    private static final String CURL_SMTP_SELF = CURL_SMTP.replace("--ssl-reqd",
            "--ssl-reqd --cacert {authority}");
    private static final String NODE_SELF = """
            const fs = require('fs');
            const nodemailer = require('nodemailer');

            const transport = nodemailer.createTransport({
              host: '{host}', port: {starttls}, requireTLS: true,
              tls: { ca: fs.readFileSync('{authority}') },
              auth: { user: '{user}', pass: process.env.PASSWORD },
            });
            transport.sendMail({
              from: '{from}', to: 'ann@example.org', subject: 'Hello', text: 'It works.',
            }).then(info => console.log(info.response));
            """;
    private static final String NODE = NODE_SELF.replace("const fs = require('fs');\n", "")
            .replace("  tls: { ca: fs.readFileSync('{authority}') },\n", "");
    private static final String PYTHON_SELF = """
            import os, smtplib, ssl
            from email.message import EmailMessage

            message = EmailMessage()
            message['From'] = '{from}'
            message['To'] = 'ann@example.org'
            message['Subject'] = 'Hello'
            message.set_content('It works.')

            tls = ssl.create_default_context(cafile='{authority}')
            with smtplib.SMTP('{host}', {starttls}) as server:
                server.starttls(context=tls)
                server.login('{user}', os.environ['PASSWORD'])
                server.send_message(message)
            """;
    private static final String PYTHON = PYTHON_SELF.replace("cafile='{authority}'", "");
    private static final String PHP_SELF = """
            $mail = new PHPMailer\\PHPMailer\\PHPMailer(true);
            $mail->isSMTP();
            $mail->Host = '{host}';
            $mail->Port = {starttls};
            $mail->SMTPSecure = 'tls';
            $mail->SMTPOptions = ['ssl' => ['cafile' => '{authority}']];
            $mail->SMTPAuth = true;
            $mail->Username = '{user}';
            $mail->Password = getenv('PASSWORD');
            $mail->setFrom('{from}');
            $mail->addAddress('ann@example.org');
            $mail->Subject = 'Hello';
            $mail->Body = 'It works.';
            $mail->send();
            """;
    private static final String PHP = PHP_SELF.replace(
            "$mail->SMTPOptions = ['ssl' => ['cafile' => '{authority}']];\n", "");
    private static final String DJANGO = """
            import os

            EMAIL_HOST = '{host}'
            EMAIL_PORT = {starttls}
            EMAIL_USE_TLS = True
            EMAIL_HOST_USER = '{user}'
            EMAIL_HOST_PASSWORD = os.environ['PASSWORD']
            DEFAULT_FROM_EMAIL = '{from}'
            """;
    private static final String SPRING = """
            spring.mail.host={host}
            spring.mail.port={starttls}
            spring.mail.username={user}
            spring.mail.password=${PASSWORD}
            spring.mail.properties.mail.smtp.auth=true
            spring.mail.properties.mail.smtp.starttls.required=true
            """;
    private static final String SPRING_SELF = SPRING + """
            spring.mail.ssl.enabled=false
            spring.mail.ssl.bundle=mailmill
            spring.ssl.bundle.pem.mailmill.truststore.certificate=file:{authority}
            """;
    private static final String RAILS_SELF = """
            config.action_mailer.delivery_method = :smtp
            config.action_mailer.default_options = { from: '{from}' }
            config.action_mailer.smtp_settings = {
              address: '{host}', port: {starttls}, enable_starttls: true,
              ca_file: '{authority}',
              authentication: :plain, user_name: '{user}', password: ENV['PASSWORD']
            }
            """;
    private static final String RAILS = RAILS_SELF.replace("  ca_file: '{authority}',\n", "");
    private static final String LARAVEL = """
            MAIL_MAILER=smtp
            MAIL_SCHEME=smtp
            MAIL_HOST={host}
            MAIL_PORT={starttls}
            MAIL_USERNAME={user}
            MAIL_PASSWORD="${PASSWORD}"
            MAIL_FROM_ADDRESS={from}
            """;
    private static final String WORDPRESS = """
            SMTP host      {host}
            Encryption     TLS
            SMTP port      {starttls}
            Authentication on
            SMTP username  {user}
            SMTP password  the login's password
            From email     {from}
            """;
    private static final String MAILER = """
            Server name            {host}
            Port                   {tls}
            Connection security    SSL/TLS
            Authentication method  Normal password
            User name              {user}
            Password               the login's password
            """;
    private static final String ODOO = """
            SMTP Server            {host}
            SMTP Port              {starttls}
            Connection Encryption  TLS (STARTTLS)
            Authenticate with      Username
            Username               {user}
            Password               the login's password
            FROM Filtering         {from}
            """;
    private static final String RELAY = """
            Host         {host}
            Port         {starttls}
            TLS setting  required, verify
            SMTP auth    on
            Username     {user}
            Password     the login's password
            """;
    private static final String SCANNER = """
            SMTP server        {host}
            Port               {starttls}
            Secure connection  STARTTLS
            Authentication     on
            User name          {user}
            Password           the login's password
            Sender             {from}
            """;
}
