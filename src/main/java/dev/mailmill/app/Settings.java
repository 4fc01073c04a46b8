package dev.mailmill.app;

import dev.mailmill.account.Bounds;
import dev.mailmill.account.Role;
import dev.mailmill.dns.Dnssec;
import dev.mailmill.exit.SmartHost;
import dev.mailmill.http.Spelling;
import dev.mailmill.oidc.OidcSettings;
import dev.mailmill.relay.StaticRoutes;
import dev.mailmill.sql.StoreSettings;
import dev.mailmill.submit.Gateways;
import dev.mailmill.submit.TrustedNetworks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The effective settings: defaults, then the file, then the environment. Read once, checked whole
 * before anything starts; immutable.
 */
final class Settings {
    /** Variables of ours that are no settings. */
    private static final Set<String> OTHER_VARIABLES = Set.of("MAILMILL_JAVA_HOME",
            "MAILMILL_JAVA_OPTS", "MAILMILL_CONFIG", "MAILMILL_CRASH_AT", "MAILMILL_CORPORA",
            "MAILMILL_URL", "MAILMILL_SERVER", "MAILMILL_KEY", "MAILMILL_EXIT_SECRET",
            "MAILMILL_EXIT_SMTP", "MAILMILL_EXIT_WEBHOOK_SECRET");
    static final int NEAR = 4;
    private static final int MESSAGE_SIZE_LIMIT = 50 * 1024 * 1024;

    private final Map<Setting, String> values;

    private Settings(Map<Setting, String> values) {
        this.values = values;
    }

    /**
     * @param file a file that must exist; empty for {@code mailmill.yaml} where there is one
     * @throws ConfigError for an unknown key or a value that can't be
     */
    static Settings read(Optional<Path> file, Map<String, String> environment) {
        Map<Setting, String> values = new EnumMap<>(Setting.class);
        for (Setting s : Setting.values()) {
            values.put(s, s.usual());
        }
        Path usual = Path.of("mailmill.yaml");
        Optional<Path> from = file.isPresent() ? file
                : Optional.of(usual).filter(Files::exists);
        from.ifPresent(f -> values.putAll(fromFile(f)));
        values.putAll(fromEnvironment(environment));
        Settings settings = new Settings(values);
        settings.check();
        return settings;
    }

    /** For tests and embedding: the defaults, but for these. */
    static Settings of(Map<Setting, String> changes) {
        Map<Setting, String> values = new EnumMap<>(Setting.class);
        for (Setting s : Setting.values()) {
            values.put(s, changes.getOrDefault(s, s.usual()));
        }
        Settings settings = new Settings(values);
        settings.check();
        return settings;
    }

    private static Map<Setting, String> fromFile(Path file) {
        JsonNode root;
        try {
            root = new YAMLMapper().readTree(Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new ConfigError("There is no settings file " + file + ".");
        } catch (IOException e) {
            throw new ConfigError(file + " can't be read: " + e.getMessage());
        } catch (JacksonException e) {
            throw new ConfigError(file + " is not YAML: " + e.getOriginalMessage());
        }
        Map<Setting, String> values = new EnumMap<>(Setting.class);
        if (root == null || root.isMissingNode() || root.isNull()) {
            return values;
        }
        if (!root.isObject()) {
            throw new ConfigError(file + " must be a list of `key: value` lines.");
        }
        for (Map.Entry<String, JsonNode> e : root.properties()) {
            Setting setting = byKey(e.getKey()).orElseThrow(
                    () -> unknown(file.toString(), e.getKey(), Setting::key));
            values.put(setting, text(file, e.getKey(), e.getValue()));
        }
        return values;
    }

    private static String text(Path file, String key, JsonNode value) {
        if (value.isArray()) {
            List<String> parts = new ArrayList<>();
            value.forEach(v -> parts.add(text(file, key, v)));
            return String.join(",", parts);
        }
        if (value.isObject()) {
            throw new ConfigError(file + ": `" + key + "` takes one value or a list.");
        }
        return value.isNull() ? "" : value.asString();
    }

    private static Map<Setting, String> fromEnvironment(Map<String, String> environment) {
        Map<Setting, String> values = new EnumMap<>(Setting.class);
        for (Map.Entry<String, String> e : environment.entrySet()) {
            String name = e.getKey();
            if (!name.startsWith("MAILMILL_") || OTHER_VARIABLES.contains(name)) {
                continue;
            }
            Setting setting = Arrays.stream(Setting.values())
                    .filter(s -> s.variable().equals(name)).findFirst()
                    .orElseThrow(() -> unknown("The environment", name, Setting::variable));
            values.put(setting, e.getValue().isEmpty() ? setting.usual() : e.getValue());
        }
        return values;
    }

    private static Optional<Setting> byKey(String key) {
        return Arrays.stream(Setting.values()).filter(s -> s.key().equals(key)).findFirst();
    }

    private static ConfigError unknown(String where, String name,
            java.util.function.Function<Setting, String> spelled) {
        String hint = Arrays.stream(Setting.values()).map(spelled)
                .min(java.util.Comparator.comparingInt(k -> Spelling.distance(k, name)))
                .filter(k -> Spelling.distance(k, name) <= NEAR)
                .map(k -> " Did you mean `" + k + "`?").orElse(" See docs/settings.md.");
        return new ConfigError(where + " sets `" + name + "`, which is no setting." + hint);
    }

    private void check() {
        for (Setting s : List.of(Setting.HTTP, Setting.SUBMISSION, Setting.SUBMISSIONS)) {
            address(s);
        }
        flag(Setting.ALLOW_PRIVATE);
        flag(Setting.INSECURE_AUTH);
        dnssec();
        mxPort();
        messageSizeMax();
        kept();
        accountPerDay();
        newCredentials();
        flag(Setting.CONTAINMENT);
        alertSmtp();
        alertFrom();
        routes();
        if (text(Setting.TLS_CERT).isEmpty() != text(Setting.TLS_KEY).isEmpty()) {
            throw new ConfigError("`tls-cert` and `tls-key` go together; only one is set.");
        }
        String database = text(Setting.DATABASE);
        if (!database.isEmpty() && !database.startsWith("postgresql://")) {
            throw wrong(Setting.DATABASE, "must begin with postgresql://");
        }
        publicUrl();
        mode();
        trustedNetworks();
        trustedProxies();
        webProxies();
        oidc();
        String admin = text(Setting.ADMIN_KEY);
        if (!admin.isEmpty() && admin.length() < 16) {
            throw new ConfigError("`admin-key` has all rights and fewer than 16 characters; "
                    + "make one with `openssl rand -hex 32`.");
        }
    }

    private static ConfigError wrong(Setting s, String why) {
        return new ConfigError("`" + s.key() + "` (" + s.variable() + ") " + why + ".");
    }

    String text(Setting s) {
        return values.get(s).strip();
    }

    boolean flag(Setting s) {
        return switch (text(s).toLowerCase(Locale.ROOT)) {
            case "true", "yes", "1" -> true;
            case "false", "no", "0" -> false;
            default -> throw wrong(s, "must be true or false, not \"" + text(s) + "\"");
        };
    }

    Dnssec dnssec() {
        return switch (text(Setting.DNSSEC).toLowerCase(Locale.ROOT)) {
            case "validate" -> Dnssec.VALIDATE;
            case "trust-resolver" -> Dnssec.TRUST_RESOLVER;
            case "off" -> Dnssec.OFF;
            default -> throw wrong(Setting.DNSSEC, "must be validate, trust-resolver or off, not \""
                    + text(Setting.DNSSEC) + "\"");
        };
    }

    Path data() {
        return Path.of(text(Setting.DATA));
    }

    /** An address to listen on; port 0 lets the system choose. */
    InetSocketAddress address(Setting s) {
        String value = text(s);
        int colon = value.lastIndexOf(':');
        try {
            int port = Integer.parseInt(value.substring(colon + 1));
            String host = colon < 0 ? "" : value.substring(0, colon);
            if (host.startsWith("[") && host.endsWith("]")) {
                host = host.substring(1, host.length() - 1);
            }
            InetSocketAddress address = host.isEmpty() || host.equals("*")
                    ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                throw wrong(s, "names a host that does not resolve: " + host);
            }
            return address;
        } catch (IllegalArgumentException e) {
            throw wrong(s, "must be host:port, not \"" + value + "\"");
        }
    }

    /** As the world sees this server, with a slash at the end. */
    URI publicUrl() {
        String text = text(Setting.PUBLIC_URL);
        try {
            URI url = new URI(text.endsWith("/") ? text : text + "/");
            boolean good = url.getHost() != null && url.getRawPath().equals("/")
                    && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()));
            if (good) {
                return url;
            }
        } catch (URISyntaxException e) {
            throw wrong(Setting.PUBLIC_URL, "is no URL: \"" + text + "\"");
        }
        throw wrong(Setting.PUBLIC_URL,
                "must be https://host or http://host:port without a path, not \"" + text + "\"");
    }

    int mxPort() {
        return number(Setting.MX_PORT, 65_535);
    }

    int messageSizeMax() {
        return number(Setting.MESSAGE_SIZE_MAX, MESSAGE_SIZE_LIMIT);
    }

    StoreSettings.Kept kept() {
        int facts = number(Setting.FACT_DAYS, StoreSettings.Kept.FACT_MIN, StoreSettings.Kept.MAX);
        int content = number(Setting.CONTENT_DAYS, StoreSettings.Kept.CONTENT_MIN,
                StoreSettings.Kept.MAX);
        if (content > facts) {
            throw wrong(Setting.CONTENT_DAYS, "must be at most fact-days, which is " + facts
                    + ": what was sent is not kept longer than what became of it");
        }
        return new StoreSettings.Kept(content, facts);
    }

    /** 0 for any number. */
    int accountPerDay() {
        return text(Setting.ACCOUNT_PER_DAY).isEmpty() ? 0
                : number(Setting.ACCOUNT_PER_DAY, (int) Bounds.PER_DAY_MAX);
    }

    /** The identity provider; empty where none is set up. */
    Optional<OidcSettings> oidc() {
        if (text(Setting.OIDC_ISSUER).isEmpty()) {
            return Optional.empty();
        }
        for (Setting needed : List.of(Setting.OIDC_CLIENT_ID, Setting.OIDC_CLIENT_SECRET)) {
            if (text(needed).isEmpty()) {
                throw wrong(needed, "is needed, since oidc-issuer is set");
            }
        }
        Optional<Role> create = Optional.of(text(Setting.OIDC_CREATE)).filter(r -> !r.isEmpty())
                .map(r -> role(Setting.OIDC_CREATE, r));
        Set<String> domains = list(Setting.OIDC_DOMAINS).stream()
                .map(d -> d.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
        if (create.isPresent() && domains.isEmpty()) {
            throw wrong(Setting.OIDC_CREATE, "needs oidc-domains, or everybody whom the provider"
                    + " knows would be let in");
        }
        Map<String, Role> roles = new LinkedHashMap<>();
        for (String pair : list(Setting.OIDC_ROLES)) {
            int equals = pair.lastIndexOf('=');
            if (equals < 1) {
                throw wrong(Setting.OIDC_ROLES, "must be value=role,…, not \"" + pair + "\"");
            }
            roles.putIfAbsent(pair.substring(0, equals).strip(),
                    role(Setting.OIDC_ROLES, pair.substring(equals + 1).strip()));
        }
        if (roles.isEmpty() == !text(Setting.OIDC_ROLE_CLAIM).isEmpty()) {
            throw wrong(Setting.OIDC_ROLES, "and oidc-role-claim go together");
        }
        return Optional.of(new OidcSettings(issuer(), text(Setting.OIDC_CLIENT_ID),
                text(Setting.OIDC_CLIENT_SECRET), domains, text(Setting.OIDC_ROLE_CLAIM), roles,
                create));
    }

    /** Plain HTTP only to this machine, where nobody is between. */
    private URI issuer() {
        String text = text(Setting.OIDC_ISSUER);
        try {
            URI url = new URI(text);
            boolean here = "http".equals(url.getScheme())
                    && Set.of("127.0.0.1", "localhost", "[::1]")
                            .contains(String.valueOf(url.getHost()));
            if (url.getHost() != null && url.getRawQuery() == null && url.getRawFragment() == null
                    && (here || "https".equals(url.getScheme()))) {
                return url;
            }
        } catch (URISyntaxException e) {
            throw wrong(Setting.OIDC_ISSUER, "is no URL: \"" + text + "\"");
        }
        throw wrong(Setting.OIDC_ISSUER, "must be an https URL, not \"" + text + "\"");
    }

    private static Role role(Setting s, String word) {
        return Role.of(word).filter(r -> r != Role.OWNER).orElseThrow(() -> wrong(s,
                "names no role \"" + word + "\"; there are admin, developer, marketer, viewer"));
    }

    /** Recipients an hour and in 24 hours; 0 for any number. */
    record NewCredentials(long perHour, long perDay) {
    }

    NewCredentials newCredentials() {
        String text = text(Setting.NEW_CREDENTIALS);
        if (text.equalsIgnoreCase("off")) {
            return new NewCredentials(0, 0);
        }
        if (!text.matches("[1-9][0-9]{0,8}/[1-9][0-9]{0,8}")) {
            throw wrong(Setting.NEW_CREDENTIALS, "must be two numbers such as 500/5000, an hour"
                    + " and in 24 hours, or off, not \"" + text + "\"");
        }
        String[] parts = text.split("/");
        return new NewCredentials(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
    }

    private int number(Setting s, int max) {
        return number(s, 1, max);
    }

    private int number(Setting s, int min, int max) {
        try {
            int n = Integer.parseInt(text(s));
            if (n >= min && n <= max) {
                return n;
            }
        } catch (NumberFormatException e) {
            throw wrong(s, "must be a number, not \"" + text(s) + "\"");
        }
        throw wrong(s, "must be between " + min + " and " + max);
    }

    /** Another server than this one: what is broken can't say so. */
    Optional<SmartHost> alertSmtp() {
        if (text(Setting.ALERT_SMTP).isEmpty()) {
            return Optional.empty();
        }
        SmartHost host = parsed(Setting.ALERT_SMTP,
                () -> SmartHost.parse(text(Setting.ALERT_SMTP)));
        boolean here = host.host().equals("localhost") || host.host().startsWith("127.")
                || host.host().equals("::1") || host.host().equals(hostname());
        for (Setting door : List.of(Setting.SUBMISSION, Setting.SUBMISSIONS, Setting.RECEIVE)) {
            if (here && !text(door).equals("off") && address(door).getPort() == host.port()) {
                throw wrong(Setting.ALERT_SMTP, "names this server itself (" + door.key()
                        + "), whose mail may be what is broken; name another one");
            }
        }
        return Optional.of(host);
    }

    String alertFrom() {
        String set = text(Setting.ALERT_FROM);
        if (!set.isEmpty() && !set.matches("[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")) {
            throw wrong(Setting.ALERT_FROM, "must be an address such as alerts@example.com");
        }
        return set.isEmpty() ? "alerts@" + hostname() : set;
    }

    StaticRoutes routes() {
        return parsed(Setting.ROUTES, () -> StaticRoutes.parse(text(Setting.ROUTES)));
    }

    TrustedNetworks trustedNetworks() {
        return networks(Setting.TRUSTED_NETWORKS);
    }

    TrustedNetworks trustedProxies() {
        return networks(Setting.TRUSTED_PROXIES);
    }

    TrustedNetworks webProxies() {
        return networks(Setting.WEB_PROXIES);
    }

    /** What names the client of the SMTP doors is believed about that of the pages too. */
    Predicate<InetAddress> webPeers() {
        TrustedNetworks web = webProxies();
        TrustedNetworks all = trustedProxies();
        return peer -> web.holds(peer) || all.holds(peer);
    }

    private TrustedNetworks networks(Setting s) {
        return parsed(s, () -> text(s).isEmpty() ? TrustedNetworks.NONE
                : TrustedNetworks.parse(text(s), Gateways.of(Path.of("/"))));
    }

    Mode mode() {
        String text = text(Setting.DELIVERY);
        return switch (text) {
            case "capture" -> new Mode.Capture();
            case "direct" -> new Mode.Direct();
            case "hold" -> new Mode.Hold();
            default -> {
                if (!text.startsWith("smtp://") && !text.startsWith("smtps://")) {
                    throw wrong(Setting.DELIVERY,
                            "must be capture, direct or hold, or begin with smtp:// or smtps://");
                }
                yield parsed(Setting.DELIVERY, () -> new Mode.Through(SmartHost.parse(text)));
            }
        };
    }

    /** Where accepted mail goes. */
    sealed interface Mode {
        record Capture() implements Mode {
        }

        record Direct() implements Mode {
        }

        record Hold() implements Mode {
        }

        record Through(SmartHost host) implements Mode {
        }
    }

    private static <T> T parsed(Setting s, java.util.function.Supplier<T> reader) {
        try {
            return reader.get();
        } catch (IllegalArgumentException e) {
            throw new ConfigError("`" + s.key() + "` (" + s.variable() + "): " + e.getMessage());
        }
    }

    List<String> list(Setting s) {
        return Arrays.stream(text(s).split(",")).map(String::strip).filter(p -> !p.isEmpty())
                .toList();
    }

    /** EHLO name and the like; never empty. */
    String hostname() {
        String set = text(Setting.HOSTNAME);
        if (!set.isEmpty()) {
            return set;
        }
        try {
            String name = InetAddress.getLocalHost().getCanonicalHostName();
            return name.matches("[A-Za-z0-9.-]+") ? name : "localhost";
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /** Without the password. It and the user's name may hold an @: the last one ends them. */
    static String masked(String url) {
        return url.replaceAll("://([^:/]*):.*@", "://$1:***@");
    }

    /** What differs from the defaults, secrets starred, in the order of the documentation. */
    Map<String, String> changed() {
        Map<String, String> changed = new LinkedHashMap<>();
        for (Setting s : Setting.values()) {
            if (!values.get(s).equals(s.usual())) {
                changed.put(s.key(), s.secret() ? "***"
                        : masked(text(s)));
            }
        }
        return changed;
    }
}
