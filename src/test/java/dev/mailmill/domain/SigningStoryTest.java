package dev.mailmill.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.domain.Domains.Adding;
import dev.mailmill.mime.BodyHash;
import dev.mailmill.mime.DkimKey;
import dev.mailmill.mime.DkimSigner;
import dev.mailmill.mime.Head;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.apache.james.jdkim.DKIMVerifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A receiver who reads the rows that we showed accepts what our keys have signed. */
class SigningStoryTest {
    private static final List<String> HEAD_LINES = List.of("From: News <news@mail.example.org>",
            "To: a@b.test", "Subject: hello", "Date: Mon, 23 Nov 2026 10:00:00 +0000",
            "Message-ID: <1@example.org>");
    private static final byte[] HEAD =
            (String.join("\r\n", HEAD_LINES) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BODY = "Hello.\r\n".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path folder;

    @Test
    void bothKeysVerifyByThePublishedRows() throws Exception {
        for (CryptoProvider crypto : List.of(CryptoProvider.best(), CryptoProvider.jdk())) {
            try (Ground ground = Ground.on(folder.resolve(crypto.name()))) {
                var domain = ((Adding.Added) ground.domains.add(1, "example.org", true, true))
                        .domain();
                List<DkimKey> keys = new SigningKeys(ground.domains, crypto, false)
                        .keys(1, "mail.example.org");
                assertEquals(2, keys.size());
                List<DnsRow> rows = ground.domains.rows(domain);

                assertEquals(List.of("mm1"), verified(signed(keys, ground), rows), crypto.name());
                assertTrue(ed25519(signature(keys.subList(1, 2), ground), rows.get(1)),
                        crypto.name());
            }
        }
    }

    /** RFC 8463 by hand, for jDKIM knows RSA only: the fields of h=, then the signature's. */
    private static boolean ed25519(String field, DnsRow row) throws Exception {
        String unfolded = field.replaceAll("\\s+", " ").strip();
        String names = unfolded.replaceAll(".*; h=([^;]*);.*", "$1").replace(" ", "");
        StringBuilder text = new StringBuilder();
        List<String> left = new ArrayList<>(HEAD_LINES);
        for (String name : names.split(":")) {
            left.stream().filter(l -> l.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                    .findFirst().ifPresent(l -> {
                        left.remove(l);
                        text.append(name).append(l.substring(name.length()).replace(": ", ":"))
                                .append("\r\n");
                    });
        }
        int value = unfolded.indexOf("b=", unfolded.indexOf("bh=") + 3) + 2;
        text.append(unfolded.substring(0, value).replace("DKIM-Signature: ", "dkim-signature:"));
        byte[] bare = Base64.getDecoder().decode(row.value().replaceAll(".*p=", ""));
        byte[] spki = HexFormat.of().parseHex("302a300506032b6570032100"
                + HexFormat.of().formatHex(bare));
        Signature check = Signature.getInstance("Ed25519");
        check.initVerify(KeyFactory.getInstance("Ed25519")
                .generatePublic(new X509EncodedKeySpec(spki)));
        check.update(MessageDigest.getInstance("SHA-256")
                .digest(text.toString().getBytes(StandardCharsets.US_ASCII)));
        return check.verify(Base64.getMimeDecoder().decode(unfolded.substring(value)));
    }

    private static String signature(List<DkimKey> keys, Ground ground) throws Exception {
        String bodyHash = new BodyHash().update(BODY, 0, BODY.length).finish();
        return new String(DkimSigner.sign(Head.read(HEAD), bodyHash, keys, ground.now),
                StandardCharsets.US_ASCII);
    }

    private static byte[] signed(List<DkimKey> keys, Ground ground) throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(signature(keys, ground).getBytes(StandardCharsets.US_ASCII));
        all.write(HEAD);
        all.write('\r');
        all.write('\n');
        all.write(BODY);
        return all.toByteArray();
    }

    /** The selectors whose signatures jDKIM accepts. */
    private static List<String> verified(byte[] message, List<DnsRow> rows) throws Exception {
        DKIMVerifier verifier = new DKIMVerifier((_, selector, domain) -> rows.stream()
                .filter(r -> r.name().contentEquals(selector + "._domainkey." + domain))
                .map(DnsRow::value).toList());
        return verifier.verify(new ByteArrayInputStream(message)).stream()
                .map(r -> r.getSelector().toString()).sorted().toList();
    }
}
