package dev.mailmill.submit;

import dev.mailmill.account.Login;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Submission;
import dev.mailmill.mime.Head;
import dev.mailmill.smtp.SmtpHandler.RcptTo;
import dev.mailmill.smtp.SmtpHandler.Transaction;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * What makes two submissions under one idempotency key the same: what the login makes of its mail,
 * the envelope and the message, but for Date, Message-ID and Received, which a program that makes
 * its message again makes anew.
 */
final class Sameness {
    private static final int CHUNK = 16 * 1024;

    private Sameness() {
    }

    static Submission.Idempotency of(String key, Login as, Transaction transaction, Head head,
            Content.Raw content) throws IOException {
        MessageDigest sha = sha256();
        line(sha, as.test() ? "SMTP, a test" : "SMTP");
        line(sha, Long.toString(as.stream().id()));
        line(sha, as.rewrite().map(Login.Rewrite::address).orElse(""));
        line(sha, transaction.from().sender().address());
        for (RcptTo to : transaction.recipients()) {
            line(sha, to.recipient().address());
        }
        for (Head.Field f : head.fields()) {
            if (!f.is("Date") && !f.is("Message-ID") && !f.is("Received")) {
                sha.update(head.bytes(), f.start(), f.end() - f.start());
            }
        }
        line(sha, "");
        try (InputStream in = content.body().open()) {
            byte[] chunk = new byte[CHUNK];
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                sha.update(chunk, 0, n);
            }
        }
        return new Submission.Idempotency(key, sha.digest());
    }

    private static void line(MessageDigest sha, String text) {
        sha.update((text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
