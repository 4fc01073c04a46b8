package dev.mailmill.verify;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mailmill.dns.FakeDns;
import dev.mailmill.mime.Corpus;
import dev.mailmill.mime.DkimLab;
import dev.mailmill.mime.Head;
import dev.mailmill.mime.Mutations;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Records and signatures that nobody would publish: whatever they are, an answer comes of them. */
class VerifyFuzzTest {
    private static final InetAddress ADDRESS = InetAddress.ofLiteral("2001:db8::1");

    @Test
    void spfRecords() throws IOException {
        Mutations.run("spf", records(), bytes -> {
            String record = new String(bytes, ISO_8859_1);
            FakeDns dns = new FakeDns().txt("example.com", record).txt("e.f", record)
                    .aaaa("a.example.com", "2001:db8::1").ptr("2001:db8::1", "a.example.com")
                    .mx("example.com", "0 a.example.com");
            new Spf(dns, "mx.example.com", () -> Instant.EPOCH)
                    .check(ADDRESS, "a.example.com", "a-b.c@example.com");
            SpfAudit.of("example.com", dns);
            SpfRecord.among(List.of(record, record));
        });
    }

    @Test
    void dmarcRecordsAndKeys() throws IOException {
        Mutations.run("dmarc-and-keys", Mutations.seeds(List.of(),
                "v=DMARC1; p=reject; sp=none; np=none; adkim=s; rua=mailto:a@b.c!10m; psd=y; t=y",
                "v=DMARC1; p=quarantine; pct=1; fo=1:d:s; ruf=mailto:a@b.c,https://x; rf=afrf",
                DkimLab.record("r1"), DkimLab.record("e1"),
                "p=MIGJAoGBALVI635dLK4cJJAH3Lx6upo3X/Lm1tQz3mezcWTA3BUBnyIsdnRf57aD5BtNmhPrYYDlWl"
                        + "zw3UgnKisIxktkk5+iMQMlFtAS10JB8L3YadXNJY+JBcbeSi5TgJe4WFzNgW95FWDAuSTR"
                        + "XSWZfA/8xjflbTLDx0euFZOM7C4T0GwLAgMBAAE=; t=y:s; h=sha256; s=email"),
                bytes -> {
                    String record = new String(bytes, ISO_8859_1);
                    DmarcRecord.among(List.of(record, "v=spf1")).record().ifPresent(r -> {
                        r.below(false);
                        assertEquals(r.usable() ? r.own() : DmarcRecord.Policy.NONE, r.own());
                    });
                    for (boolean rsa : new boolean[] {true, false}) {
                        if (SelectorKey.read(record, rsa) instanceof SelectorKey.Good good) {
                            good.verifies(bytes, new byte[good.bits() / 8]);
                        }
                    }
                });
    }

    @Test
    void signaturesAndChains() throws IOException {
        String key = DkimLab.record("r1");
        Mutations.run("dkim-arc", Mutations.seeds(List.of(Corpus.folder("dkim-arc-dmarc"))),
                bytes -> {
                    MessageFile file = MessageFile.read(new ByteArrayInputStream(bytes));
                    FakeDns dns = new FakeDns().txt("r1._domainkey.example.com", key)
                            .txt("_dmarc.example.com", "v=DMARC1; p=reject");
                    // any selector has a key, so that checks go to their end
                    Fields.read(file.header()).list().stream()
                            .filter(f -> f.key().matches("dkim-signature|arc-(seal|message.*)"))
                            .map(f -> SignatureField.read(Fields.read(file.header()), f,
                                    SignatureField.Kind.DKIM))
                            .forEach(s -> dns.txt(s.selector() + "._domainkey." + s.domain(),
                                    key));
                    Verifier.Report report = new Verifier(dns, "mx.example.com",
                            () -> Instant.EPOCH).verify(Optional.of(new Verifier.Client(ADDRESS,
                            "a.example.com", "x@example.com")), file.header(), file.bodyStream());
                    assertEquals(1, Head.read(AuthResults.field("mx.example.com", report)
                            .getBytes(ISO_8859_1)).fields().size());
                    AuthResults.idOf(new String(bytes, ISO_8859_1));
                });
    }

    private static List<byte[]> records() throws IOException {
        List<String> records = new ArrayList<>(List.of(
                "v=spf1 a:%{d2r}.example.com/24//64 mx/0 ip6:::1/64 include:%{i}.%{p} -all exp=e.f",
                "v=spf1 redirect=%{l1r-+}._spf.%{d}", "v=spf1 ptr exists:%{S}.%{h}.e.f ?all"));
        for (Path file : Corpus.files(Corpus.folder("spf"))) {
            if (file.toString().matches(".*\\.(json|ya?ml)")) {
                Files.readString(file).lines().filter(l -> l.contains("v=spf1"))
                        .map(l -> l.substring(l.indexOf("v=spf1")).replaceAll("\"?\\s*$", ""))
                        .forEach(records::add);
            }
        }
        return Mutations.seeds(List.of(), records.toArray(String[]::new));
    }
}
