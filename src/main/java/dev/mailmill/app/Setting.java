package dev.mailmill.app;

import java.util.Locale;

/**
 * Every setting there is: a key of {@code mailmill.yaml} and, as {@code MAILMILL_} and upper case,
 * an environment variable. {@code docs/settings.md} has a row for each; a test holds the two
 * together.
 */
enum Setting {
    DATA("./data", "folder of everything that lasts"),
    DATABASE("", "postgresql://user:password@host:port/name; empty: SQLite in the data folder"),
    HTTP("127.0.0.1:8025", "address of the pages and the API"),
    PUBLIC_URL("http://127.0.0.1:8025", "base of links, as the world sees this server"),
    SUBMISSION("127.0.0.1:2587", "address of SMTP submission with STARTTLS"),
    SUBMISSIONS("127.0.0.1:2465", "address of SMTP submission with TLS from the first byte"),
    RECEIVE("127.0.0.1:2525", "address for mail from other servers (bounces, replies); off: none"),
    TLS_CERT("", "PEM file with the certificate chain; empty: self-signed, made on first start"),
    TLS_KEY("", "PEM file with the private key of tls-cert"),
    DELIVERY("capture", "capture, direct, hold, smtp://user:pass@host:port or smtps://…"),
    DELIVER_ONLY("", "patterns of recipients that are really delivered; the rest is captured"),
    ROUTES("", "domain=host:port,… in place of their MX; * for all"),
    DNS("", "host:port of a resolver; empty: the system's"),
    DNSSEC("validate", "validate, trust-resolver or off: where DNS answers are proven, for DANE"),
    TLSRPT_FROM("", "our address on TLS reports to domains that ask for them; empty: none is sent"),
    MX_PORT("25", "port of remote mail servers"),
    ALLOW_PRIVATE("false", "deliver to mail servers on loopback and private addresses"),
    ADMIN_KEY("", "an API key with all rights, never stored"),
    HOSTNAME("", "EHLO name, Received, return-path domain; empty: the machine's"),
    TRUSTED_PROXIES("", "CIDRs of proxies that name the SMTP client by the PROXY protocol"),
    WEB_PROXIES("", "CIDRs of proxies that name the web client in X-Forwarded-For"),
    MASTER_KEY("", "encrypts stored secrets; empty: a 0600 file in the data folder"),
    INSECURE_AUTH("false", "offer AUTH without TLS on loopback"),
    TRUSTED_NETWORKS("", "CIDRs whose clients submit without AUTH and TLS as the first tenant"),
    MESSAGE_SIZE_MAX("26214400", "octets of one message, at most 52428800"),
    WARM_UP("true", "new sources and domains begin with few bulk mails a day at large receivers"),
    CONTENT_DAYS("50", "days that content stays after a message is taken, 7 to fact-days"),
    FACT_DAYS("400", "days that facts stay, and with them evidence of opens and what is searched;"
            + " 62 to 1096"),
    ACCOUNT_PER_DAY("", "recipients that each account may have a day, UTC; empty: any number"),
    NEW_CREDENTIALS("500/5000", "recipients an hour/in 24 hours of a key or login younger than"
            + " 14 days, where mail goes out; off: any number"),
    CONTAINMENT("true", "slow and stop bulk streams by their bounces and complaints, hold"
            + " credentials that send 10 times their past"),
    OIDC_ISSUER("", "URL of an OpenID Connect provider that people log in by; empty: none"),
    OIDC_CLIENT_ID("", "what this server is called at the provider"),
    OIDC_CLIENT_SECRET("", "what proves it there"),
    OIDC_DOMAINS("", "mail domains whose people are let in from there; empty: all"),
    OIDC_ROLE_CLAIM("", "claim of the id_token that roles come from, such as groups; empty: none"),
    OIDC_ROLES("", "value=role,… of that claim; the first that fits counts, never owner"),
    OIDC_CREATE("", "role as which unknown people of oidc-domains are added; empty: they are"
            + " refused"),
    ALERT_SMTP("", "smtp(s)://user:password@host of another server that carries alerts' mail"),
    ALERT_FROM("", "the address that alerts' mail is from; empty: alerts@ and the hostname"),
    ALERT_COMMAND("", "a program that is run with an alert as JSON on its standard input");

    private final String usual;
    private final String meaning;

    Setting(String usual, String meaning) {
        this.usual = usual;
        this.meaning = meaning;
    }

    String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    String variable() {
        return "MAILMILL_" + name();
    }

    /** The default, as text. */
    String usual() {
        return usual;
    }

    String meaning() {
        return meaning;
    }

    /** Whether its value must not be shown. */
    boolean secret() {
        return this == ADMIN_KEY || this == MASTER_KEY || this == OIDC_CLIENT_SECRET;
    }
}
