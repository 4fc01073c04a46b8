package dev.mailmill.smtp;

import dev.mailmill.smtp.SmtpClientException.Kind;
import dev.mailmill.smtp.SmtpClientTarget.Tls;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The order of work before the first transaction: greeting, EHLO, STARTTLS, EHLO again, AUTH. */
final class SmtpClientOpening {
    private final SmtpClientSettings settings;
    private final SmtpClientTarget target;
    private final SmtpClientWire wire;
    private final ClientTls tls;
    private final SmtpClientTranscript transcript;
    private boolean secure;
    private String protocol = "clear";
    private String trust = "";

    SmtpClientOpening(SmtpClientSettings settings, SmtpClientTarget target, SmtpClientWire wire,
            ClientTls tls, SmtpClientTranscript transcript) {
        this.settings = settings;
        this.target = target;
        this.wire = wire;
        this.tls = tls;
        this.transcript = transcript;
    }

    SmtpClientOffer run() throws SmtpClientException {
        if (target.implicit()) {
            handshake();
        }
        accepted(hear(SmtpClientStage.BANNER), SmtpClientStage.BANNER);
        SmtpClientOffer offer = hello();
        if (!secure && target.tls() != Tls.NONE && startTls(offer)) {
            // what was offered in clear may be a forgery (RFC 3207 §4.2)
            offer = hello();
        }
        if (target.login().isPresent()) {
            login(offer);
        }
        return offer;
    }

    boolean secure() {
        return secure;
    }

    String protocol() {
        return protocol;
    }

    String trust() {
        return trust;
    }

    private SmtpClientOffer hello() throws SmtpClientException {
        SmtpClientReply ehlo = ask("EHLO " + settings.hostname(), SmtpClientStage.EHLO);
        if (!ehlo.permanent()) {
            accepted(ehlo, SmtpClientStage.EHLO);
            return SmtpClientOffer.of(ehlo);
        }
        accepted(ask("HELO " + settings.hostname(), SmtpClientStage.EHLO), SmtpClientStage.EHLO);
        return SmtpClientOffer.NOTHING;
    }

    /** False when it stays in clear, which is only so where that is allowed. */
    private boolean startTls(SmtpClientOffer offer) throws SmtpClientException {
        boolean must = target.tlsOnly();
        if (!offer.startTls()) {
            if (must) {
                throw new SmtpClientException(Kind.TLS, SmtpClientStage.STARTTLS,
                        target.host() + " does not offer STARTTLS, which "
                                + (target.login().isPresent() ? "a login needs"
                                : "this mail must have"), null);
            }
            return false;
        }
        SmtpClientReply reply = ask("STARTTLS", SmtpClientStage.STARTTLS);
        if (!reply.positive()) {
            if (must || reply.closing()) {
                throw refused(reply, SmtpClientStage.STARTTLS);
            }
            return false;
        }
        if (wire.buffered()) {
            // said in clear to be taken for said under TLS (CVE-2011-0411, the client's side)
            throw new SmtpClientException(Kind.TLS, SmtpClientStage.STARTTLS,
                    "octets after the reply to STARTTLS: somebody injects replies", null);
        }
        handshake();
        return true;
    }

    private void handshake() throws SmtpClientException {
        SmtpClientWire.Agreed agreed = wire.startTls(tls, target, settings.tls());
        transcript.note(agreed.text() + (agreed.trust().isEmpty() ? "" : ", " + agreed.trust()));
        secure = true;
        protocol = agreed.protocol();
        trust = agreed.trust();
    }

    private void login(SmtpClientOffer offer) throws SmtpClientException {
        SmtpClientLogin login = target.login().orElseThrow();
        SmtpClientReply reply;
        if (offer.auth().contains("PLAIN")) {
            reply = secret("AUTH PLAIN " + base64("\0" + login.user() + "\0" + login.password()),
                    "AUTH PLAIN ***");
        } else if (offer.auth().contains("LOGIN")) {
            reply = askFor(ask("AUTH LOGIN", SmtpClientStage.AUTH), base64(login.user()));
            reply = askFor(reply, base64(login.password()));
        } else {
            throw new SmtpClientException(Kind.PROTOCOL, SmtpClientStage.AUTH,
                    target.host() + " offers neither AUTH PLAIN nor AUTH LOGIN", null);
        }
        if (!reply.positive()) {
            throw refused(reply, SmtpClientStage.AUTH);
        }
    }

    private SmtpClientReply askFor(SmtpClientReply prompt, String answer)
            throws SmtpClientException {
        return prompt.code() == 334 ? secret(answer, "***") : prompt;
    }

    private SmtpClientReply secret(String line, String shown) throws SmtpClientException {
        transcript.said(shown);
        wire.line(line, SmtpClientStage.AUTH, settings.block());
        wire.flush(SmtpClientStage.AUTH, settings.block());
        return hear(SmtpClientStage.AUTH);
    }

    private SmtpClientReply ask(String line, SmtpClientStage stage) throws SmtpClientException {
        if (wire.buffered()) {
            throw wire.garbage(stage, "a reply before it was asked");
        }
        transcript.said(line);
        wire.line(line, stage, settings.block());
        wire.flush(stage, settings.block());
        return hear(stage);
    }

    private SmtpClientReply hear(SmtpClientStage stage) throws SmtpClientException {
        SmtpClientReply reply = wire.reply(stage,
                stage == SmtpClientStage.BANNER ? settings.greeting() : settings.ehlo());
        transcript.heard(reply);
        return reply;
    }

    private static void accepted(SmtpClientReply reply, SmtpClientStage stage)
            throws SmtpClientException {
        if (!reply.positive()) {
            throw refused(reply, stage);
        }
    }

    private static SmtpClientException refused(SmtpClientReply reply, SmtpClientStage stage) {
        return new SmtpClientException(Kind.REFUSED, stage, reply);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
