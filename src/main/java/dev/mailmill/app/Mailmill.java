package dev.mailmill.app;

import dev.mailmill.account.AccountRoutes;
import dev.mailmill.account.Accounts;
import dev.mailmill.account.Acts;
import dev.mailmill.account.Audit;
import dev.mailmill.account.AuditRoutes;
import dev.mailmill.account.ChangeWatch;
import dev.mailmill.account.MasterKey;
import dev.mailmill.account.MasterKeyException;
import dev.mailmill.account.People;
import dev.mailmill.account.PeopleRoutes;
import dev.mailmill.account.Quotas;
import dev.mailmill.account.SavedFilters;
import dev.mailmill.account.Secrets;
import dev.mailmill.account.Tenant;
import dev.mailmill.alert.AlertDesk;
import dev.mailmill.alert.AlertRoutes;
import dev.mailmill.alert.ClockDrift;
import dev.mailmill.alert.Machine;
import dev.mailmill.alert.Ways;
import dev.mailmill.analytics.Folds;
import dev.mailmill.analytics.MessageSearch;
import dev.mailmill.analytics.Refusals;
import dev.mailmill.analytics.Stats;
import dev.mailmill.analytics.StatsAudit;
import dev.mailmill.analytics.StatsRoutes;
import dev.mailmill.analytics.StatsWatch;
import dev.mailmill.analytics.Volumes;
import dev.mailmill.backup.Backup;
import dev.mailmill.backup.BackupRoutes;
import dev.mailmill.backup.Restore;
import dev.mailmill.compose.MessageComposer;
import dev.mailmill.compose.TemplatedMail;
import dev.mailmill.compose.Resending;
import dev.mailmill.containment.Containment;
import dev.mailmill.containment.ContainmentRoutes;
import dev.mailmill.dashboard.Dashboard;
import dev.mailmill.dashboard.Surroundings;
import dev.mailmill.dashboard.WhyRoutes;
import dev.mailmill.dashboard.Whys;
import dev.mailmill.dns.AddressPolicy;
import dev.mailmill.dns.Authority;
import dev.mailmill.dns.CachedDns;
import dev.mailmill.dns.Dns;
import dev.mailmill.domain.CopyToken;
import dev.mailmill.domain.CredentialGate;
import dev.mailmill.domain.CryptoProvider;
import dev.mailmill.domain.DomainRoutes;
import dev.mailmill.domain.DomainWatch;
import dev.mailmill.domain.Domains;
import dev.mailmill.domain.Network;
import dev.mailmill.domain.Origin;
import dev.mailmill.domain.OwnershipGate;
import dev.mailmill.domain.ReturnPath;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.domain.SigningKeys;
import dev.mailmill.exit.ExitDesk;
import dev.mailmill.exit.ExitRoutes;
import dev.mailmill.exit.Exits;
import dev.mailmill.exit.HookRoutes;
import dev.mailmill.exit.Probe;
import dev.mailmill.exit.RoutedTransport;
import dev.mailmill.exit.SmartHostTransport;
import dev.mailmill.feedback.FeedbackRoutes;
import dev.mailmill.feedback.Loops;
import dev.mailmill.http.Egress;
import dev.mailmill.http.Routes;
import dev.mailmill.http.WebDoor;
import dev.mailmill.http.WebLimits;
import dev.mailmill.lane.Health;
import dev.mailmill.lane.Lanes;
import dev.mailmill.lane.QueueRoutes;
import dev.mailmill.lane.ShapingRoutes;
import dev.mailmill.lane.Source;
import dev.mailmill.lane.SourceRoutes;
import dev.mailmill.lane.Sweeper;
import dev.mailmill.mail.Desk;
import dev.mailmill.mail.Dispatcher;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Gate;
import dev.mailmill.mail.Intake;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.News;
import dev.mailmill.mail.RetryPolicy;
import dev.mailmill.mail.Starts;
import dev.mailmill.mail.State;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Sweeps;
import dev.mailmill.mail.Transport;
import dev.mailmill.meter.ComplianceRoutes;
import dev.mailmill.meter.Meter;
import dev.mailmill.relay.Courier;
import dev.mailmill.relay.Egresses;
import dev.mailmill.relay.MxTransport;
import dev.mailmill.oidc.Oidc;
import dev.mailmill.receive.Forwarding;
import dev.mailmill.receive.InboundRoutes;
import dev.mailmill.receive.Receiving;
import dev.mailmill.report.Reports;
import dev.mailmill.send.DeskRoutes;
import dev.mailmill.send.ReadRoutes;
import dev.mailmill.send.SearchRoutes;
import dev.mailmill.send.SendRoutes;
import dev.mailmill.send.StoreTrouble;
import dev.mailmill.sink.CaptureTransport;
import dev.mailmill.sink.DeliverOnly;
import dev.mailmill.sink.HoldTransport;
import dev.mailmill.sink.Simulator;
import dev.mailmill.sink.TestMail;
import dev.mailmill.smtp.ClientTls;
import dev.mailmill.smtp.SmtpClient;
import dev.mailmill.smtp.SmtpClientSettings;
import dev.mailmill.smtp.SmtpHandler;
import dev.mailmill.smtp.SmtpLimits;
import dev.mailmill.smtp.SmtpServer;
import dev.mailmill.sql.Database;
import dev.mailmill.sql.Restored;
import dev.mailmill.sql.Store;
import dev.mailmill.sql.StoreSettings;
import dev.mailmill.submit.AutoconfigRoutes;
import dev.mailmill.submit.Gateways;
import dev.mailmill.submit.SubmitDoor;
import dev.mailmill.suppression.BounceListener;
import dev.mailmill.suppression.SuppressionRoutes;
import dev.mailmill.suppression.Preferences;
import dev.mailmill.suppression.Suppressions;
import dev.mailmill.template.Entry;
import dev.mailmill.template.TemplateDesk;
import dev.mailmill.template.TemplateRoutes;
import dev.mailmill.template.Templates;
import dev.mailmill.tracking.LinkHosts;
import dev.mailmill.tracking.Networks;
import dev.mailmill.tracking.Sightings;
import dev.mailmill.tracking.TrackRoutes;
import dev.mailmill.tracking.Tracking;
import dev.mailmill.tracking.UnsubscribeRoutes;
import dev.mailmill.transit.Reporting;
import dev.mailmill.transit.Transit;
import dev.mailmill.verdict.Verdicts;
import dev.mailmill.verify.Verifier;
import dev.mailmill.webhook.WebhookRoutes;
import dev.mailmill.webhook.Webhooks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole platform, wired: what {@code up} runs and what tests start in their own process. Parts
 * are built in the order in which they need each other and closed in the reverse one: first the
 * doors shut, then running attempts end, then the store closes.
 */
final class Mailmill implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Mailmill.class);
    private static final int HEALTH_DOMAINS = 200;
    /** For doors and attempts side by side; what is left of 10 s is the store's. */
    private static final Duration DRAIN = Duration.ofSeconds(6);
    private static final int HTTPS = 443;

    /** What a process is for. */
    enum Role {
        /** Doors open, mail moves. */
        SERVER,
        /** The store and its routes for one command; no doors, no delivery. */
        MAINTENANCE
    }

    /** What tests put in place of the world's own. */
    record World(InstantSource clock, Optional<Dns> dns, Optional<ClientTls> tls,
            StoreSettings.Limits limits, CryptoProvider crypto) {
        static final World REAL = new World(InstantSource.system(), Optional.empty(),
                Optional.empty(), StoreSettings.Limits.DEFAULT, CryptoProvider.best());
    }

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final List<Runnable> drains = new ArrayList<>();
    private final Settings settings;
    private final World world;
    private final Metrics metrics = new Metrics();
    private final SecureRandom random = new SecureRandom();
    private final News news = new News();
    private Store store;
    private Accounts accounts;
    private People people;
    private Audit audit;
    private Quotas quotas;
    private Domains domains;
    private CryptoProvider crypto;
    private ReturnPath returnPath;
    private CopyToken feedbackToken;
    private CopyToken unsubscribeToken;
    private LinkHosts linkHosts;
    private Tracking tracking;
    private Preferences preferences;
    private Sightings sightings;
    private Suppressions suppressions;
    private Exits exits;
    private Optional<RoutedTransport> routed = Optional.empty();
    private MessageComposer composer;
    private Templates templates;
    private Intake intake;
    private Desk desk;
    private Optional<Accounts.FirstStart> firstStart = Optional.empty();
    private Optional<URI> welcome = Optional.empty();
    private Optional<Reports> reports = Optional.empty();
    private Role role;
    private OperatorToken token;
    private WebDoor web;
    private ChangeWatch watch;
    private Lanes lanes;
    private Containment containment;
    private Health health;
    private Secrets secrets;
    private Loops loops;
    private dev.mailmill.feedback.Reports feedback;
    private Dispatcher dispatcher;
    private Meter meter;
    private int submissionPort;
    private int submissionsPort;
    private int receivePort;
    private Receiving receiving;
    private Webhooks webhooks;
    private AlertDesk alerts;

    private Mailmill(Settings settings, World world) {
        this.settings = settings;
        this.world = world;
    }

    static Mailmill start(Settings settings, Role role) {
        return start(settings, role, World.REAL);
    }

    /** @throws ConfigError when it can't start; then nothing is left open */
    static Mailmill start(Settings settings, Role role, World world) {
        Mailmill mill = new Mailmill(settings, world);
        try {
            mill.open(role);
            return mill;
        } catch (MasterKeyException e) {
            mill.close();
            throw new ConfigError(e.getMessage());
        } catch (RuntimeException e) {
            mill.close();
            throw e;
        }
    }

    private void open(Role as) {
        role = as;
        FolderLock lock = keep(FolderLock.of(settings.data()));
        if (Restore.unfinished(settings.data())) {
            throw new ConfigError("A restore into " + settings.data().toAbsolutePath().normalize()
                    + " was cut off; say it again: ./mailmill restore BACKUP.");
        }
        token = OperatorToken.make(settings.data(), random);
        Dns dns = world.dns().orElseGet(
                () -> CachedDns.of(settings.text(Setting.DNS), settings.dnssec(),
                        CachedDns.Settings.DEFAULT, world.clock()));
        openStore(lock, dns);
        dispatcher = openCore(dns);
        receiving = openReceiving(dns);
        webhooks = keep(new Webhooks(new Webhooks.Sources(store.journal(), news, accounts,
                store.database(), store.views(), secrets, watch, lanes, egress(dns)),
                settings.flag(Setting.ALLOW_PRIVATE), world.clock(), random,
                metrics.registry()));
        alerts = openAlerts(dns);
        // before anything is attempted
        store.restored().hold(world.clock().instant(), accounts);
        if (role == Role.SERVER) {
            reports = Optional.of(keep(Reports.follow(store.journal(), store.spool(), accounts,
                    intake::accept, store.database(), news, settings.hostname(),
                    world.clock())));
            keep(BounceListener.follow(suppressions, store.journal(), store.database(), news,
                    Simulator.DOMAIN::equalsIgnoreCase, world.clock()));
            keep(Verdicts.follow(store.journal(), store.spool(), news, world.clock()));
            containment.follow(news, desk);
            webhooks.follow();
            if (!(settings.mode() instanceof Settings.Mode.Hold)) {
                dispatcher.start();
            }
            openSubmission();
            openReceive(dns);
            keep(Folds.follow(store.journal(), store.views(), news,
                    Duration.ofDays(settings.kept().factDays()),
                    Simulator.DOMAIN::equalsIgnoreCase, world.clock(), metrics.registry()));
            openWeb(settings.address(Setting.HTTP), dns);
            // a port that is taken ends the start before anything was made that only it can show
            firstStart = accounts.firstStart();
            token.announce(http(), random);
            keep(DomainWatch.follow(domains, world.clock()));
            keep(meter.follow());
            keep(StatsWatch.follow(statsAudit(), world.clock(), metrics.registry()));
            keep(alerts.follow());
            welcome = people.ownerLink().map(t -> base().resolve("welcome?token=" + t));
        } else {
            openWeb(new InetSocketAddress("127.0.0.1", 0), dns);
        }
    }

    private void openStore(FolderLock lock, Dns dns) {
        String postgres = settings.text(Setting.DATABASE);
        StoreSettings where = new StoreSettings(settings.data(),
                Optional.of(postgres).filter(url -> !url.isEmpty()), world.limits(),
                settings.kept());
        store = keep(Store.open(where, world.clock(), metrics.registry()));
        store.onCommitted(metrics::count);
        store.onCommitted(_ -> news.ring());
        metrics.queue(store.spool());
        secrets = Secrets.open(store.database(), new MasterKey.Source(
                Optional.of(settings.text(Setting.MASTER_KEY)).filter(k -> !k.isEmpty()),
                settings.data()), world.clock(), random);
        watch = keep(new ChangeWatch(store.database()));
        Map<String, String> operators = new HashMap<>();
        operators.put("operator", token.secret());
        Optional.of(settings.text(Setting.ADMIN_KEY)).filter(k -> !k.isEmpty())
                .ifPresent(k -> operators.put("admin", k));
        accounts = new Accounts(store.database(), secrets, watch, world.clock(), random,
                operators);
        quotas = new Quotas(accounts, store.accepted(), world.clock(),
                settings.accountPerDay());
        audit = new Audit(store.database(), world.clock());
        people = keep(new People(store.database(), secrets, world.clock(), random));
        crypto = world.crypto();
        domains = new Domains(store.database(), secrets, watch, crypto, settings.hostname(),
                new Network(new Authority(dns, strangers()), dns, this::origins,
                        new ReceiverReports(() -> feedback,
                                !settings.text(Setting.RECEIVE).equals("off"), world.clock())),
                world.clock(), random);
        returnPath = new ReturnPath(secrets, world.clock());
        feedbackToken = CopyToken.feedback(secrets, world.clock());
        unsubscribeToken = CopyToken.unsubscribe(secrets, world.clock());
        linkHosts = new LinkHosts(domains, settings.publicUrl(), world.clock());
        suppressions = keep(Suppressions.open(store.database(), secrets, accounts,
                settings.data(), world.clock()));
        preferences = new Preferences(store.database(), suppressions, world.clock());
        exits = new Exits(store.database(), secrets, watch, world.clock(), random);
        log.debug("The folder {} is ours, signing by {}", lock, crypto.name());
    }

    private Dispatcher openCore(Dns dns) {
        SigningKeys keys = new SigningKeys(domains, crypto, captures());
        templates = new Templates(store.database(), watch, store.ids(), world.clock());
        tracking = new Tracking(secrets, linkHosts);
        sightings = keep(new Sightings(accounts, store.spool()::note, preferences::withdrawn,
                world.clock()));
        SentLinks links = new SentLinks(tracking, linkHosts, unsubscribeToken, keys);
        TemplatedMail templated = new TemplatedMail(templates, store.bodies(), links);
        store.maker(templated);
        composer = new MessageComposer(store.bodies(), accounts,
                new Signing(keys), new Bounces(returnPath, keys, settings.hostname()),
                new Identity(accounts, feedbackToken, unsubscribeToken, linkHosts, keys),
                templated, links);
        RetryPolicy policy = new RetryPolicy(random);
        lanes = keep(new Lanes(dns, policy, store.database(), watch, accounts,
                settings.flag(Setting.WARM_UP), world.clock()));
        health = openHealth(dns);
        loops = new Loops(store.database(), domains, this::egress, world.clock());
        feedback = new dev.mailmill.feedback.Reports(store.database(), domains, loops,
                a -> egress().contains(a), world.clock());
        containment = keep(openContainment());
        List<Gate> gates = List.of(new CredentialGate(accounts),
                new OwnershipGate(domains, accounts, world.clock(), captures(),
                        this::leavesElsewhere), suppressions.gate(), new TestMail(),
                containment.gate());
        Dispatcher made = keep(new Dispatcher(store.spool(), composer, transport(dns),
                lanes.traffic(), gates, accounts, policy, world.clock(), metrics.registry(),
                Dispatcher.Bounds.ofHeap(Runtime.getRuntime().maxMemory())));
        drains.add(() -> made.drain(DRAIN));
        lanes.onChange(made::lookAgain);
        exits.listen(() -> Thread.ofVirtual().name("reroute").start(() -> reroute(made)));
        intake = new Intake(store.spool(), composer, gates, containment.allowance(), made,
                store.ids(), world.clock(), metrics.registry(), settings.messageSizeMax());
        desk = new Desk(store.spool(), (submission, key) -> intake.accept(List.of(submission),
                key), made::waits, store.bodies(), accounts, Resending::head,
                world.clock());
        return made;
    }

    /** What waits for a road that rests may have another now: the store looks at it again. */
    private void reroute(Dispatcher made) {
        try {
            made.reroute();
            store.sweeps().sweep(new Sweeps.Act.Flush(), new Sweeps.Which(0, 0,
                    Optional.of(State.QUEUED), _ -> true), Sweeper.SWEEP_MAX);
        } catch (StoreException e) {
            log.warn("Routes have changed; what waits takes the new ones when it is due: {}",
                    e.getMessage());
        }
    }

    private Containment openContainment() {
        boolean out = settings.mode() instanceof Settings.Mode.Direct
                || settings.mode() instanceof Settings.Mode.Through;
        Settings.NewCredentials fresh = settings.newCredentials();
        return new Containment(new Containment.Settings(
                out && settings.flag(Setting.CONTAINMENT), out ? fresh.perHour() : 0,
                out ? fresh.perDay() : 0, Simulator.DOMAIN::equalsIgnoreCase,
                domain -> lanes.sites().known(domain).map(Transport.Site::provider)),
                accounts, quotas, new Containment.Mail(store.spool(), store.journal(),
                        store.accepted()), store.database(), watch, lanes, loops,
                world.clock());
    }

    /** Whether another service's servers send a domain's mail. */
    private boolean leavesElsewhere(String domain) {
        return settings.mode() instanceof Settings.Mode.Through || exits.sends(domain);
    }

    private boolean captures() {
        return settings.mode() instanceof Settings.Mode.Capture;
    }

    /** The simulator answers in capture mode too. */
    private boolean captured(String domain) {
        return captures() && !domain.equals(Simulator.DOMAIN);
    }

    private Transport transport(Dns dns) {
        Transport real = switch (settings.mode()) {
            case Settings.Mode.Capture() -> new CaptureTransport();
            case Settings.Mode.Hold() -> new HoldTransport();
            case Settings.Mode.Direct() -> {
                Courier courier = courier();
                Transport mx = mx(courier, dns);
                yield routed(mx, mx, courier, dns);
            }
            case Settings.Mode.Through(var host) -> {
                Courier courier = courier();
                yield routed(new SmartHostTransport(host, courier, dns), mx(courier, dns),
                        courier, dns);
            }
        };
        List<String> only = settings.list(Setting.DELIVER_ONLY);
        Transport way = only.isEmpty() ? real
                : new DeliverOnly(only, real, new CaptureTransport());
        return settings.mode() instanceof Settings.Mode.Hold ? way : new Simulator(way,
                store.spool()::heard, (token, agent) -> sightings.followed(tracking, token, agent));
    }

    private AddressPolicy strangers() {
        return new AddressPolicy(settings.flag(Setting.ALLOW_PRIVATE),
                AddressPolicy.ownAddresses());
    }

    private Transit transit(Dns dns) {
        return keep(new Transit(new Transit.Settings(settings.mxPort(), HTTPS), dns, egress(dns),
                store.database(), Transit.publicAuthorities(),
                new Reporting(settings.hostname(), settings.text(Setting.TLSRPT_FROM),
                        new ReportMail(accounts, domains, s -> intake.accept(s))),
                world.clock()));
    }

    private Transport mx(Courier courier, Dns dns) {
        return new MxTransport(new MxTransport.Settings(settings.hostname(), settings.mxPort(),
                false, settings.routes()), courier, lanes.sites(), dns, strangers(), random,
                Optional.of(transit(dns)), name -> lanes.source(name)
                        .filter(health::six).isPresent());
    }

    private Egress egress(Dns dns) {
        return keep(new Egress(dns, strangers(),
                (SSLSocketFactory) SSLSocketFactory.getDefault()));
    }

    /** What is captured or held never comes here: a route must not send it all the same. */
    private Transport routed(Transport own, Transport mx, Courier courier, Dns dns) {
        Map<Long, String> tenants = new ConcurrentHashMap<>();
        RoutedTransport made = new RoutedTransport(
                new RoutedTransport.Ways(own, mx, courier, dns), exits,
                new RoutedTransport.Parties(accounts, id -> tenants.computeIfAbsent(id,
                        i -> accounts.tenants().stream().filter(t -> t.id() == i)
                                .map(Tenant::name).findFirst().orElse("")),
                        domain -> lanes.sites().known(domain).map(Transport.Site::provider),
                        domain -> lanes.sites().find(domain).provider()),
                store.spool()::doubtful);
        routed = Optional.of(keep(made));
        return made;
    }

    private Probe probe(RoutedTransport ways) {
        List<String> only = settings.list(Setting.DELIVER_ONLY);
        return new Probe(ways, new Probe.Around(composer, lanes.traffic(),
                () -> accounts.streams(Tenant.FIRST).getFirst(), () -> store.ids().next(1),
                domain -> domains.owns(Tenant.FIRST, domain),
                () -> domains.list(Tenant.FIRST, "", HEALTH_DOMAINS).stream()
                        .map(SendingDomain::name).toList(),
                delivery -> only.isEmpty() || DeliverOnly.names(only, delivery)), world.clock());
    }

    private Courier courier() {
        SmtpClient client = keep(new SmtpClient(SmtpClientSettings.of(settings.hostname()),
                world.tls().orElseGet(ClientTls::standard)));
        return keep(new Courier(Courier.Settings.DEFAULT, client, world.clock(),
                new Egresses(lanes::source)::of));
    }

    private AlertDesk openAlerts(Dns dns) {
        SmtpClient client = keep(new SmtpClient(SmtpClientSettings.of(settings.hostname()),
                world.tls().orElseGet(ClientTls::standard)));
        Ways ways = new Ways(new Ways.Settings(settings.alertSmtp(), settings.alertFrom(),
                Optional.of(settings.text(Setting.ALERT_COMMAND)).filter(c -> !c.isEmpty()),
                settings.flag(Setting.ALLOW_PRIVATE)), egress(dns), client, dns,
                new AlertMail(accounts, domains, s -> intake.accept(s)), world.clock());
        Machine machine = new Machine(new Machine.Parts(node(), settings.data(), store.spool(),
                dispatcher::places, health, () -> Certificates.ends(settings),
                new ClockDrift(store.database(), InstantSource.system())::now));
        return new AlertDesk(new AlertDesk.Sources(new Stats(store.views()), accounts, domains,
                loops, webhooks, containment, store.spool(), metrics::folds, machine),
                store.database(), secrets, ways, this::base, world.clock(), random,
                metrics.registry());
    }

    /** Each node has a folder of its own, which stays; empty where there is one node. */
    private String node() {
        if (settings.text(Setting.DATABASE).isEmpty()) {
            return "";
        }
        String machine;
        try {
            machine = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            machine = settings.hostname();
        }
        return machine + " " + settings.data().toAbsolutePath().normalize();
    }

    private StatsAudit statsAudit() {
        return new StatsAudit(store.journal(), store.views(),
                Simulator.DOMAIN::equalsIgnoreCase);
    }

    private void openWeb(InetSocketAddress address, Dns dns) {
        MessageSearch search = new MessageSearch(store.views(),
                Simulator.DOMAIN::equalsIgnoreCase);
        meter = new Meter(new Meter.Sources(domains, loops, feedback, health, accounts, dns,
                settings.mode() instanceof Settings.Mode.Direct,
                !settings.text(Setting.RECEIVE).equals("off"), linkHosts.there()),
                new Volumes(store.views()), store.database(), world.clock());
        Whys whys = new Whys(store.spool(), dispatcher,
                settings.mode() instanceof Settings.Mode.Hold, world.clock());
        ExitDesk exitDesk = new ExitDesk(exits, routed.map(this::probe));
        Sweeper sweeper = new Sweeper(lanes, dispatcher, store.spool(), store.sweeps(),
                store.journal(), desk, world.clock());
        Stats stats = new Stats(store.views());
        TemplateDesk templateDesk = new TemplateDesk(templates);
        Dashboard dashboard = new Dashboard(surroundings(), people,
                new SavedFilters(store.database(), world.clock()), audit, oidc(dns), accounts,
                domains,
                search, store.spool(), store.journal(), desk, whys, lanes, sweeper, exitDesk,
                health, dispatcher, loops, suppressions, meter, containment, templateDesk,
                webhooks, alerts, new Dashboard.Numbers(stats, new Refusals(store.views())),
                feedback,
                submissions -> intake.accept(submissions, Optional.empty()),
                world.clock(), random);
        List<Routes> features = new ArrayList<>(List.of(
                new SendRoutes(new MailAddresses(), accounts, SendRoutes.Acceptance.of(intake),
                        egress(dns), settings.flag(Setting.ALLOW_PRIVATE),
                        new SendRoutes.Settings(settings.messageSizeMax(), this::captured)),
                new DeskRoutes(store.spool(), desk, new CredentialGate(accounts)::mayTouch,
                        new MailAddresses()),
                new ReadRoutes(store.spool(), store.journal(), news, accounts),
                new SearchRoutes(search::page, accounts, accounts,
                        (tenant, t) -> templates.find(tenant, t).map(Entry::id)),
                new StatsRoutes(stats, statsAudit(), accounts, templates,
                        world.clock()),
                new AccountRoutes(accounts, Gateways.of(Path.of("/"))),
                new ContainmentRoutes(containment, accounts, desk),
                new PeopleRoutes(people, this::base), new AuditRoutes(audit),
                new TemplateRoutes(templateDesk),
                new DomainRoutes(domains), new ComplianceRoutes(meter),
                new FeedbackRoutes(domains, feedback, loops, world.clock()),
                new ExitRoutes(exitDesk), new HookRoutes(exits, store.spool()::told, egress(dns)),
                new SuppressionRoutes(suppressions, accounts, world.clock()), dashboard,
                new TrackRoutes(linkHosts, tracking, sightings,
                        new Networks(store.database(), secrets, world.clock(), random), accounts),
                new UnsubscribeRoutes(linkHosts, unsubscribeToken, store.spool(),
                        preferences, accounts::streams, world.clock()),
                new WhyRoutes(store.spool(), store.journal(), whys),
                new SourceRoutes(lanes, health, world.clock()),
                new InboundRoutes(receiving), new WebhookRoutes(webhooks, accounts),
                new AlertRoutes(alerts),
                new QueueRoutes(lanes, dispatcher, store.spool(), store.sweeps(), sweeper,
                        accounts, world.clock()),
                new ShapingRoutes(lanes, store.journal(), accounts, world.clock()),
                new BackupRoutes(new Backup(store, settings.data(),
                        !settings.text(Setting.MASTER_KEY).isEmpty(), Main.version(),
                        world.clock()), store.restored(), world.clock()),
                new Operations(store, metrics)));
        if (submissionPort > 0) {
            features.add(new AutoconfigRoutes(new AutoconfigRoutes.Server(settings.hostname(),
                    submissionPort, submissionsPort), domains::covers));
        }
        try {
            web = WebDoor.open(address.getAddress().getHostAddress(), address.getPort(),
                    containment.guarded(accounts), quotas, settings.webPeers(),
                    features.stream().map(f -> Acts.noted(audit, f)).toList(),
                    WebLimits.ofHeap(Runtime.getRuntime().maxMemory(),
                            Math.max(SendRoutes.bodyBytesMax(settings.messageSizeMax()),
                                    SuppressionRoutes.importBytesMax)),
                    new StoreTrouble(), Optional.of(metrics.registry()), dashboard);
            drains.add(web::close);
        } catch (RuntimeException e) {
            throw new ConfigError("`http`: nothing can listen on "
                    + settings.text(Setting.HTTP) + " ("
                    + root(e).getMessage() + "); stop what does, or set another address.");
        }
    }

    /** Where people may log in elsewhere; empty where no provider is set up. */
    private Optional<Oidc> oidc(Dns dns) {
        return settings.oidc().map(s -> new Oidc(s, egress(dns), secrets, people,
                () -> base().resolve("login/oidc/callback"), world.clock(), random));
    }

    /** What the pages tell people about this server. */
    private Surroundings surroundings() {
        InetAddress listens = settings.address(Setting.SUBMISSION).getAddress();
        Surroundings.Delivery delivery = switch (settings.mode()) {
            case Settings.Mode.Capture() -> Surroundings.Delivery.CAPTURE;
            case Settings.Mode.Hold() -> Surroundings.Delivery.HOLD;
            case Settings.Mode.Direct() -> Surroundings.Delivery.DIRECT;
            case Settings.Mode.Through _ -> Surroundings.Delivery.RELAY;
        };
        StoreSettings.Kept kept = settings.kept();
        return new Surroundings(this::base, this::submissionPort, this::submissionsPort,
                listens.isAnyLocalAddress() ? settings.hostname()
                        : settings.address(Setting.SUBMISSION).getHostString(),
                Certificates.authority(settings), delivery,
                new Surroundings.Kept(kept.contentDays(), kept.factDays(), kept.rowDays()));
    }

    /** Where mail leaves from, when it goes to strangers from here. */
    private List<Origin> origins() {
        if (!(settings.mode() instanceof Settings.Mode.Direct)) {
            return List.of();
        }
        List<Source> all = lanes.sources();
        if (all.isEmpty()) {
            return publicAddresses().stream()
                    .map(a -> new Origin(a, settings.hostname())).toList();
        }
        return all.stream().flatMap(s -> Stream.concat(s.ip4().stream(), s.ip6().stream())
                .map(a -> new Origin(a,
                        s.ehlo().isEmpty() ? settings.hostname() : s.ehlo()))).toList();
    }

    /** Addresses from which mail goes out: those that are set up, else the machine's public. */
    private List<String> egress() {
        List<Source> sources = lanes.sources();
        return (sources.isEmpty() ? publicAddresses().stream() : sources.stream()
                .flatMap(s -> Stream.concat(s.ip4().stream(), s.ip6().stream())))
                .map(InetAddress::getHostAddress).toList();
    }

    private static List<InetAddress> publicAddresses() {
        AddressPolicy strict = new AddressPolicy(false, Set.of());
        return AddressPolicy.ownAddresses().stream()
                .filter(a -> strict.refusal(a).isEmpty()).toList();
    }

    /** Looks only where mail goes to strangers. */
    private Health openHealth(Dns dns) {
        List<String> link = Optional.ofNullable(settings.publicUrl().getHost()).stream()
                .filter(Dns::hostName).filter(h -> h.contains(".")).toList();
        Supplier<List<String>> hosts = () -> Stream.concat(link.stream(),
                domains.list(Tenant.FIRST, "", HEALTH_DOMAINS).stream()
                        .map(SendingDomain::name)).toList();
        return keep(new Health(lanes, dns, new Health.Surroundings(settings.hostname(),
                Mailmill::publicAddresses, hosts, settings.mxPort()), world.clock(),
                role == Role.SERVER && settings.mode() instanceof Settings.Mode.Direct));
    }

    private static Throwable root(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private void openSubmission() {
        Certificates certificates = Certificates.of(settings, world.clock());
        SmtpLimits limits = SmtpLimits.withMessageBytesMax(settings.messageSizeMax());
        SubmitDoor door = new SubmitDoor(intake::accept, accounts, accounts, domains::owns,
                store.bodies(),
                new SubmitDoor.Settings(settings.hostname(), settings.trustedNetworks(),
                        limits.sizes().headerBytesMax(), this::captured), world.clock());
        submissionPort = smtp(Setting.SUBMISSION, SmtpServer.Mode.STARTTLS, limits, certificates,
                door);
        submissionsPort = smtp(Setting.SUBMISSIONS, SmtpServer.Mode.TLS, limits, certificates,
                door);
    }

    private Receiving openReceiving(Dns dns) {
        Verifier verifier = new Verifier(dns, settings.hostname(), world.clock());
        return keep(new Receiving(new Receiving.Settings(settings.hostname(),
                settings.flag(Setting.ALLOW_PRIVATE), tenant -> accounts.usual(tenant).id()),
                new Receiving.Stores(store.database(), store.spool(), store.journal(),
                        store.bodies(), store.ids(), secrets, watch),
                new Receiving.Tokens(returnPath, feedbackToken, unsubscribeToken), domains,
                feedback, lanes::complained, verifier, egress(dns),
                new Forwarding(intake::accept, accounts::usual,
                        new Sealed(new SigningKeys(domains, crypto, captures()), verifier,
                                world.clock())), world.clock(), random));
    }

    private void openReceive(Dns dns) {
        if (settings.text(Setting.RECEIVE).equals("off")) {
            return;
        }
        receivePort = smtp(Setting.RECEIVE, SmtpServer.Mode.STARTTLS,
                SmtpLimits.withMessageBytesMax(settings.messageSizeMax()),
                Certificates.of(settings, world.clock()),
                receiving.door());
        receiving.start();
    }

    private int smtp(Setting setting, SmtpServer.Mode mode, SmtpLimits limits,
            Certificates certificates, SmtpHandler.Factory door) {
        try {
            SmtpServer server = keep(new SmtpServer(new SmtpServer.Settings(
                    settings.address(setting), mode, settings.hostname(),
                    settings.flag(Setting.INSECURE_AUTH), settings.trustedProxies()::holds),
                    limits, certificates::context, door));
            drains.add(() -> server.drain(DRAIN));
            server.start();
            return server.port();
        } catch (IOException e) {
            throw new ConfigError("`" + setting.key() + "`: " + e.getMessage()
                    + "; stop what listens there, or set another address.");
        }
    }

    private <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    URI http() {
        String host = settings.address(Setting.HTTP).getAddress().isAnyLocalAddress()
                ? "127.0.0.1" : settings.address(Setting.HTTP).getHostString();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":"
                + web.port() + "/");
    }

    /** Where people open the pages: as set, else where this server listens. */
    URI base() {
        boolean unset = settings.text(Setting.PUBLIC_URL).equals(Setting.PUBLIC_URL.usual());
        return unset && role == Role.SERVER ? http() : settings.publicUrl();
    }

    /** For a test that waits until all is tried. */
    Dispatcher dispatcher() {
        return dispatcher;
    }

    /** What the world sees of our addresses. */
    Health health() {
        return health;
    }

    /** Tells of facts that were committed from now on. */
    void onCommitted(Consumer<List<Fact>> hook) {
        store.onCommitted(hook);
    }

    /** What receivers report: where the door for other servers hands reports in. */
    dev.mailmill.feedback.Reports feedback() {
        return feedback;
    }

    /** Whether the store came from a backup, and what is held since. */
    Restored restored() {
        return store.restored();
    }

    /** Where the owner sets a password, as long as there is nobody. */
    Optional<URI> welcome() {
        return welcome;
    }

    /** How long first attempts have waited, by stream. */
    List<Starts.Wait> starts() {
        return dispatcher.starts();
    }

    /** For tests that look into it. */
    Journal journal() {
        return store.journal();
    }

    Database database() {
        return store.database();
    }

    /** All routes, for tests that walk them. */
    List<WebDoor.Way> ways() {
        return web.ways();
    }

    /** For tests with several people. */
    People people() {
        return people;
    }

    /** For tests with several tenants. */
    Accounts accounts() {
        return accounts;
    }

    int submissionPort() {
        return submissionPort;
    }

    int receivePort() {
        return receivePort;
    }

    int submissionsPort() {
        return submissionsPort;
    }

    Optional<Accounts.FirstStart> firstStart() {
        return firstStart;
    }

    String operatorToken() {
        return token.secret();
    }

    static Path addressFile(Path data) {
        return data.resolve("server.url");
    }

    static Path tokenFile(Path data) {
        return data.resolve("operator.token");
    }

    /** Doors first, the store last; within 10 s. */
    @Override
    public void close() {
        if (token != null) {
            token.withdraw();
        }
        drain();
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                log.warn("A part did not close: {}", e.getMessage());
            }
        }
    }

    /** All at once, so that the times do not add up; first who hands in mail by himself. */
    private void drain() {
        reports.ifPresent(Reports::close);
        List<Thread> running = drains.stream().map(Thread.ofVirtual()::start).toList();
        try {
            for (Thread t : running) {
                t.join(DRAIN.plusSeconds(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
