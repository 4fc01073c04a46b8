package dev.mailmill.account;

import dev.mailmill.account.PeopleStore.Factor;
import dev.mailmill.account.PeopleStore.Known;
import dev.mailmill.account.PeopleStore.Link;
import dev.mailmill.sql.Database;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * People, how they prove who they are, and their sessions. A session's token and a link's token are
 * 256 random bits that the store knows only as an HMAC; passwords are Argon2id.
 */
public final class People implements AutoCloseable {
    /** A pass phrase of some words, or 12 random characters. */
    public static final int PASSWORD_MIN = 12;
    /** More is work for us and no strength. */
    public static final int PASSWORD_MAX = 256;
    static final Duration LINK_VALID = Duration.ofHours(24);
    static final Duration IDLE = Duration.ofHours(12);
    /** However busy. */
    public static final Duration SESSION_MAX = Duration.ofDays(14);
    /** A page is read often; that it was is written this seldom. */
    private static final Duration SEEN_EVERY = Duration.ofMinutes(1);
    private static final int TOKEN_BYTES = 32;
    private static final int ID_BYTES = 8;
    /** Longer ones are nobody's and cost nothing. */
    private static final int TOKEN_MAX = 128;
    private static final int EMAIL_MAX = 254;
    private static final int NAME_MAX = 100;
    private static final int AGENT_MAX = 200;
    static final Duration TICKET_VALID = Duration.ofMinutes(5);
    /** For installing an authenticator first. */
    static final Duration SET_UP_VALID = Duration.ofMinutes(15);
    /** Recovery codes, and how long each is: 50 bits, which nobody guesses in five tries. */
    static final int CODES = 10;
    private static final int CODE_CHARS = 10;
    private static final int CODE_BYTES = 7;

    private final PeopleStore store;
    private final Secrets secrets;
    private final KeyRing keys;
    private final Passwords passwords;
    private final LoginBackoff backoff;
    private final CodeTries tries;
    private final InstantSource clock;
    private final SecureRandom random;

    public People(Database database, Secrets secrets, InstantSource clock, SecureRandom random) {
        this.store = new PeopleStore(database, clock);
        this.secrets = secrets;
        this.keys = secrets.ring("session");
        this.passwords = new Passwords(random);
        this.backoff = new LoginBackoff(clock);
        this.tries = new CodeTries(clock);
        this.clock = clock;
        this.random = random;
    }

    /**
     * Where a request comes from.
     *
     * @param agent what the browser says it is: anybody's words
     */
    public record From(InetAddress address, String agent) {
        public From {
            String line = agent.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", " ").strip();
            agent = line.length() > AGENT_MAX ? line.substring(0, AGENT_MAX) : line;
        }
    }

    /**
     * An open session.
     *
     * @param csrf     what each form of the session has to bring along; of no use without its
     *                 cookie
     * @param confined whether it opens nothing until a second factor is set up
     */
    public record Session(Person person, String token, String csrf, boolean confined) {
        /** Without what opens it. */
        @Override
        public String toString() {
            return "Session[" + person.id() + "]";
        }
    }

    /** What became of a login. */
    public sealed interface LoggedIn {
        record Welcome(Session session) implements LoggedIn {
        }

        /**
         * The password was right, and a code is to follow within 5 minutes.
         *
         * @param ticket to be given back with the code; opens nothing alone
         */
        record Code(String ticket) implements LoggedIn {
        }

        /** The same answer for an unknown person, a wrong password and a disabled account. */
        record Refused() implements LoggedIn {
        }

        record Wait(Duration left) implements LoggedIn {
        }
    }

    /** @throws dev.mailmill.mail.StoreException also when too many passwords are checked at once */
    public LoggedIn login(From from, String email, String password) {
        String key = key(email);
        Duration wait = backoff.wait(from.address(), key);
        if (!wait.isZero()) {
            return new LoggedIn.Wait(wait);
        }
        Optional<Known> known = key.length() > EMAIL_MAX ? Optional.empty() : store.byEmail(key);
        String given = password.length() > PASSWORD_MAX ? "" : password;
        boolean fits = passwords.fits(given, known.flatMap(Known::password));
        if (!fits || known.get().person().disabled().isPresent()) {
            backoff.failed(from.address(), key);
            return new LoggedIn.Refused();
        }
        Person person = known.get().person();
        if (person.totp()) {
            // the network has not proven itself yet: only half of the proof is there
            return new LoggedIn.Code(ticket(known.get()));
        }
        backoff.granted(from.address(), key);
        return welcome(open(person, from, known.get().password()));
    }

    private static LoggedIn welcome(Optional<Session> session) {
        return session.isPresent() ? new LoggedIn.Welcome(session.get())
                : new LoggedIn.Refused();
    }

    /** The code behind the password: six digits, or a recovery code, which is used up. */
    public LoggedIn code(From from, String ticket, String typed) {
        Optional<Known> known = ticketed(ticket);
        if (known.isEmpty()) {
            return new LoggedIn.Refused();
        }
        Person person = known.get().person();
        String key = key(person.email());
        Duration network = backoff.wait(from.address(), key);
        Duration wait = network.isZero() ? tries.begin(person.id()) : network;
        if (!wait.isZero()) {
            return new LoggedIn.Wait(wait);
        }
        if (!proven(person, typed)) {
            backoff.failed(from.address(), key);
            return new LoggedIn.Code(ticket);
        }
        tries.passed(person.id());
        backoff.granted(from.address(), key);
        return welcome(open(person, from, known.get().password()));
    }

    /** Ends with the password that it was given for. */
    private String ticket(Known known) {
        long until = clock.instant().plus(TICKET_VALID).getEpochSecond();
        return known.person().id() + "." + until + "." + ticketMac(known, until);
    }

    private String ticketMac(Known known, long until) {
        return Base32.text(mac("ticket " + known.person().id() + " " + until + " "
                + known.password().orElse("")));
    }

    private Optional<Known> ticketed(String ticket) {
        String[] parts = ticket.split("\\.", -1);
        if (ticket.length() > 2 * TOKEN_MAX || parts.length != 3
                || !parts[1].matches("\\d{1,12}")) {
            return Optional.empty();
        }
        long until = Long.parseLong(parts[1]);
        return store.byId(parts[0]).filter(k -> MessageDigest.isEqual(
                ticketMac(k, until).getBytes(StandardCharsets.UTF_8),
                parts[2].getBytes(StandardCharsets.UTF_8)))
                .filter(k -> clock.instant().getEpochSecond() < until
                        && k.person().disabled().isEmpty() && k.person().totp());
    }

    private boolean proven(Person person, String typed) {
        String code = typed.replaceAll("[\\s-]", "").toLowerCase(Locale.ROOT);
        if (!code.matches("\\d{6}")) {
            return code.length() == CODE_CHARS
                    && store.useCode(person.id(), recoveryMac(person, code));
        }
        Optional<Factor> factor = store.factor(person.id()).filter(Factor::confirmed);
        OptionalLong step = factor.isEmpty() ? OptionalLong.empty()
                : Totp.fits(opened(person, factor.get()), code, clock.instant(),
                        factor.get().step());
        return step.isPresent() && store.useStep(person.id(), step.getAsLong());
    }

    /**
     * Empty when the person may not come in any more.
     *
     * @param password the stored one that fitted; empty for who comes from a provider
     */
    private Optional<Session> open(Person person, From from, Optional<String> password) {
        String token = random(TOKEN_BYTES);
        Instant now = clock.instant();
        String way = password.isPresent() ? PeopleStore.PASSWORD : "oidc";
        if (!store.open(mac(token), person.id(), password, new PeopleStore.Beginning(
                "ses_" + random(ID_BYTES), from.address().getHostAddress(), from.agent(), way),
                now, now.plus(SESSION_MAX))) {
            return Optional.empty();
        }
        boolean confined = password.isPresent() && !person.totp()
                && store.totpRequired(person.tenant());
        return Optional.of(new Session(person, token, csrf(token), confined));
    }

    /**
     * The same for what nobody does: a page that asks by itself must not keep its session from
     * ending.
     */
    public Optional<Session> watching(String token) {
        return opened(token).map(o -> session(token, o));
    }

    /** The open session of a cookie; empty when it is none, idle for 12 h, or 14 days old. */
    public Optional<Session> session(String token) {
        Optional<PeopleStore.Opened> opened = opened(token);
        Instant now = clock.instant();
        if (opened.isPresent() && now.isAfter(opened.get().seen().plus(SEEN_EVERY))) {
            store.seen(mac(token), now);
        }
        return opened.map(o -> session(token, o));
    }

    private Optional<PeopleStore.Opened> opened(String token) {
        if (token.isEmpty() || token.length() > TOKEN_MAX) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        return store.session(mac(token))
                .filter(o -> now.isBefore(o.expires()) && now.isBefore(o.seen().plus(IDLE)));
    }

    private Session session(String token, PeopleStore.Opened opened) {
        return new Session(opened.person(), token, csrf(token), opened.confined());
    }

    public void logout(String token) {
        if (token.length() <= TOKEN_MAX) {
            store.close(mac(token));
        }
    }

    /**
     * A session as its owner sees it.
     *
     * @param id    empty for one that is older than ids
     * @param agent what the browser said it was
     * @param way   {@code password} or {@code oidc}
     */
    public record Opened(String id, Instant created, Instant seen, String address, String agent,
            String way, boolean current) {
    }

    /** The person's own, the latest used first. */
    public List<Opened> sessions(Session session) {
        return store.sessions(session.person().id(), mac(session.token()), clock.instant());
    }

    /** False when the person has no such session. */
    public boolean end(Session session, String id) {
        Person self = session.person();
        return store.end(self.id(), id, line(self, "person.session.end", "one session"));
    }

    /** All but this one; how many. */
    public int endOthers(Session session) {
        Person self = session.person();
        return store.endAll(self.id(), Optional.of(mac(session.token())),
                line(self, "person.session.end", "all but one"));
    }

    /** All of somebody's. */
    public void endAll(Person person) {
        store.endAll(person.id(), Optional.empty(), line(person, "person.session.end", "all"));
    }

    private static Audit.Line line(Person on, String act, String change) {
        return Audit.line(on.tenant(), act, on.email(), change);
    }

    private static Audit.Line by(Person self, From from, String act, String change) {
        return new Audit.Line(Audit.Actor.person(self, from.address()), act, self.email(), change);
    }

    // ---- the second factor

    /**
     * A secret to be put into an authenticator.
     *
     * @param uri   for a QR code
     * @param words for who types it
     */
    public record Proposal(String uri, String words) {
        /** Without the secret. */
        @Override
        public String toString() {
            return "Proposal";
        }
    }

    /** Makes a secret that counts once a code of it was shown; empty when there is one. */
    public Optional<Proposal> propose(Person person) {
        if (person.totp()) {
            return Optional.empty();
        }
        byte[] secret = new byte[Totp.SECRET_BYTES];
        random.nextBytes(secret);
        store.propose(person.id(), secrets.seal(factorContext(person), secret));
        return proposal(person);
    }

    /** The one that waits for its first code. */
    public Optional<Proposal> proposal(Person person) {
        return store.factor(person.id()).filter(f -> !f.confirmed()).map(f -> {
            byte[] secret = opened(person, f);
            return new Proposal(Totp.uri(secret, "Mailmill", person.email()),
                    Totp.words(secret));
        });
    }

    /**
     * That the person has just given the password in this session: a secret that waits is shown and
     * confirmed with it only.
     */
    public String setUp(Session session) {
        long until = clock.instant().plus(SET_UP_VALID).getEpochSecond();
        return until + "." + setUpMac(session, until);
    }

    private String setUpMac(Session session, long until) {
        return Base32.text(mac("set up " + session.token() + " " + until));
    }

    /** Whether it is ours, of this session, and not over. */
    public boolean settingUp(Session session, String setUp) {
        String[] parts = setUp.split("\\.", -1);
        if (setUp.length() > TOKEN_MAX || parts.length != 2 || !parts[0].matches("\\d{1,12}")) {
            return false;
        }
        long until = Long.parseLong(parts[0]);
        return clock.instant().getEpochSecond() < until && MessageDigest.isEqual(
                setUpMac(session, until).getBytes(StandardCharsets.UTF_8),
                parts[1].getBytes(StandardCharsets.UTF_8));
    }

    /** Turns it on; the recovery codes, to be shown once. Empty when the code is wrong. */
    public Optional<List<String>> confirm(Session session, String typed) {
        Person person = session.person();
        if (!tries.begin(person.id()).isZero()) {
            return Optional.empty();
        }
        Optional<Factor> factor = store.factor(person.id()).filter(f -> !f.confirmed());
        OptionalLong step = factor.isEmpty() ? OptionalLong.empty()
                : Totp.fits(opened(person, factor.get()), typed.replaceAll("\\s", ""),
                        clock.instant(), 0);
        if (step.isEmpty()) {
            return Optional.empty();
        }
        tries.passed(person.id());
        List<String> codes = codes();
        boolean on = store.confirm(person.id(), step.getAsLong(), macs(person, codes),
                mac(session.token()), line(person, "person.totp.on", ""));
        return on ? Optional.of(codes) : Optional.empty();
    }

    /** New recovery codes in place of all earlier ones; to be shown once. */
    public List<String> newCodes(Person person) {
        List<String> codes = codes();
        store.codes(person.id(), macs(person, codes), line(person, "person.totp.codes", "new"));
        return codes;
    }

    public int codesLeft(Person person) {
        return store.codesLeft(person.id());
    }

    /** False where there was none. */
    public boolean dropFactor(Person person) {
        return store.dropFactor(person.id(), line(person, "person.totp.off", ""));
    }

    public boolean totpRequired(long tenant) {
        return store.totpRequired(tenant);
    }

    /** Whoever has none is kept to setting one up, from the next request on. */
    public void requireTotp(long tenant, boolean required) {
        store.requireTotp(tenant, required, Audit.line(tenant, "sign-in.totp", "everybody",
                required ? "may → must" : "must → may"));
    }

    private List<String> codes() {
        List<String> codes = new ArrayList<>();
        for (int i = 0; i < CODES; i++) {
            String code = random(CODE_BYTES).substring(0, CODE_CHARS);
            codes.add(code.substring(0, CODE_CHARS / 2) + "-" + code.substring(CODE_CHARS / 2));
        }
        return codes;
    }

    private List<byte[]> macs(Person person, List<String> codes) {
        return codes.stream().map(c -> recoveryMac(person, c.replace("-", ""))).toList();
    }

    private byte[] recoveryMac(Person person, String code) {
        return mac("recovery " + person.id() + " " + code);
    }

    private byte[] opened(Person person, Factor factor) {
        return secrets.open(factorContext(person), factor.sealed());
    }

    private static String factorContext(Person person) {
        return "person_totp/" + person.id();
    }

    // ---- people of an identity provider

    /**
     * Who an identity provider says it is, proven.
     *
     * @param verified whether it vouches for the address
     * @param role     what it makes of the person here; empty for nothing said
     */
    public record Identity(String issuer, String subject, String email, boolean verified,
            String name, Optional<Role> role) {
    }

    /** What became of somebody whom an identity provider sent. */
    public sealed interface Entered {
        record Welcome(Session session) implements Entered {
        }

        /** @param why for people */
        record Refused(String why) implements Entered {
        }
    }

    /**
     * Lets in whom a provider vouches for: the person that is tied to it, else the one with the
     * verified address, else, where {@code create} says so, a new one of that role.
     */
    public Entered enter(From from, Identity who, long tenant, Optional<Role> create) {
        Optional<Known> tied = store.bySubject(who.issuer(), who.subject());
        if (tied.isEmpty() && !who.verified()) {
            return new Entered.Refused("The provider does not say that the address is verified.");
        }
        Optional<Known> known = tied.or(() -> store.byEmail(key(who.email())));
        if (known.isPresent() && known.get().person().tenant() != tenant) {
            return new Entered.Refused("This address belongs to another account here.");
        }
        if (known.isEmpty() && create.isPresent()) {
            Adding added = add(tenant, who.email(), cut(who.name()),
                    who.role().filter(r -> r != Role.OWNER).orElse(create.get()), false);
            known = added instanceof Adding.Added(Person person, String _)
                    ? store.byId(person.id()) : Optional.empty();
        }
        if (known.isEmpty()) {
            return new Entered.Refused("Nobody here has this address. Ask an owner or admin to"
                    + " add you.");
        }
        Person person = known.get().person();
        if (person.disabled().isPresent()) {
            return new Entered.Refused("This account is disabled.");
        }
        if (tied.isEmpty() && !store.tie(person.id(), who.issuer(), who.subject(),
                by(person, from, "person.tie", "to " + who.issuer()))) {
            return new Entered.Refused("This address is somebody else's at the provider now. Ask"
                    + " an owner or admin.");
        }
        Optional<Role> told = who.role().filter(r -> r != Role.OWNER && r != person.role()
                && person.role() != Role.OWNER);
        told.ifPresent(r -> store.role(tenant, person.id(), r, Audit.line(tenant, "person.role",
                person.email(), person.role().word() + " → " + r.word()
                        + ", as the provider says")));
        Optional<Session> session = open(told.isEmpty() ? person
                : store.byId(person.id()).orElseThrow().person(), from, Optional.empty());
        return session.isPresent() ? new Entered.Welcome(session.get())
                : new Entered.Refused("This account is disabled.");
    }

    private static String cut(String name) {
        String line = name.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", " ").strip();
        return line.length() > NAME_MAX ? line.substring(0, NAME_MAX) : line;
    }

    /** Whether something that is to open only once did not before. */
    public boolean firstUse(String token, Instant expires) {
        return store.useOnce(mac("once " + token), expires);
    }

    // ---- links

    /** Whom a link is for: nobody yet (it makes the owner), or a person who sets a password. */
    public sealed interface Invitation {
        record Owner() implements Invitation {
        }

        record Of(Person person) implements Invitation {
        }
    }

    /** A token that makes the owner, where there is nobody yet; the earlier one ends. */
    public Optional<String> ownerLink() {
        return store.nobody()
                ? Optional.of(link(new Link(Tenant.FIRST, Optional.empty()), Optional.empty()))
                : Optional.empty();
    }

    /** A token with which the person sets a password, once, within 24 h; earlier ones end. */
    public String passwordLink(Person person) {
        return link(new Link(person.tenant(), Optional.of(person.id())),
                Optional.of(line(person, "person.link", "")));
    }

    private String link(Link link, Optional<Audit.Line> line) {
        String token = random(TOKEN_BYTES);
        Instant now = clock.instant();
        store.keepLink(mac(token), link, now, now.plus(LINK_VALID), line);
        return token;
    }

    /** What a link is for; looking uses nothing up. Empty when it was used, ended, or never was. */
    public Optional<Invitation> invitation(String token) {
        if (token.length() > TOKEN_MAX) {
            return Optional.empty();
        }
        return store.link(mac(token), clock.instant()).flatMap(link -> link.person().isEmpty()
                ? Optional.<Invitation>of(new Invitation.Owner()).filter(_ -> store.ownerless())
                : store.byId(link.person().get()).map(Known::person)
                        .filter(p -> p.disabled().isEmpty()).map(Invitation.Of::new));
    }

    /** What became of a wish that a person typed. */
    public sealed interface Done {
        record Ok(Session session) implements Done {
        }

        /** @param words what is wrong and what would be right, to be shown at the field */
        record Wrong(String field, String words) implements Done {
        }

        /** The password is set, and a code is asked for as at each login. */
        record Code(String ticket) implements Done {
        }

        /** The link was used, ended, or never was. */
        record NoLink() implements Done {
        }
    }

    /** Uses a link: sets the password and opens a session; the owner gives an address too. */
    public Done accept(From from, String token, String email, String password) {
        Optional<Invitation> invitation = invitation(token);
        if (invitation.isEmpty()) {
            return new Done.NoLink();
        }
        Optional<Done> wrong = weak(password);
        return switch (invitation.get()) {
            case Invitation.Owner() -> {
                Optional<String> bad = badEmail(email);
                if (bad.isPresent()) {
                    yield new Done.Wrong("email", bad.get());
                }
                if (wrong.isPresent()) {
                    yield wrong.get();
                }
                Person owner = person(Tenant.FIRST, email, "", Role.OWNER);
                String hash = passwords.hash(password);
                boolean made = store.makeByLink(mac(token), owner, key(email), hash,
                        by(owner, from, "person.add", "owner"));
                yield made ? welcomed(owner, from, hash) : new Done.NoLink();
            }
            case Invitation.Of(Person person) -> {
                if (wrong.isPresent()) {
                    yield wrong.get();
                }
                String hash = passwords.hash(password);
                boolean set = store.passwordByLink(mac(token), person.id(), hash,
                        clock.instant(), by(person, from, "person.password", "by a link"));
                if (!set) {
                    yield new Done.NoLink();
                }
                yield person.totp()
                        ? new Done.Code(ticket(store.byId(person.id()).orElseThrow()))
                        : welcomed(person, from, hash);
            }
        };
    }

    private Done welcomed(Person person, From from, String hash) {
        Optional<Session> session = open(person, from, Optional.of(hash));
        return session.isPresent() ? new Done.Ok(session.get()) : new Done.NoLink();
    }

    /** Ends all sessions of the person and opens a new one. */
    public Done changePassword(From from, Session session, String old, String password) {
        Person person = session.person();
        Optional<Done> no = unproven(from, person, "old", old).or(() -> weak(password));
        if (no.isPresent()) {
            return no.get();
        }
        String hash = passwords.hash(password);
        store.password(person.id(), hash, line(person, "person.password", "by the old one"));
        return welcomed(person, from, hash) instanceof Done.Ok ok ? ok
                // somebody has set another one, or disabled the person, in this moment
                : new Done.Wrong("old", "is wrong");
    }

    /**
     * Asks for the password once more, before what would let a stranger at an open screen stay.
     * Empty when it is right.
     */
    public Optional<Done> unproven(From from, Person person, String field, String password) {
        Optional<String> stored = store.byId(person.id()).flatMap(Known::password);
        if (stored.isEmpty()) {
            return Optional.of(new Done.Wrong(field, "is not set: who lets people in here has a"
                    + " link for it"));
        }
        String key = key(person.email());
        Duration network = backoff.wait(from.address(), key);
        // the network of an open session is known and need not wait, so these are counted apart
        String tried = person.id() + " password";
        Duration wait = network.isZero() ? tries.begin(tried) : network;
        if (!wait.isZero()) {
            return Optional.of(new Done.Wrong(field,
                    "too many tries; wait " + (wait.toSeconds() + 1) + " s"));
        }
        if (!passwords.fits(password.length() > PASSWORD_MAX ? "" : password, stored)) {
            backoff.failed(from.address(), key);
            return Optional.of(new Done.Wrong(field, "is wrong"));
        }
        tries.passed(tried);
        return Optional.empty();
    }

    private static Optional<Done> weak(String password) {
        int length = password.codePointCount(0, password.length());
        if (length < PASSWORD_MIN) {
            return Optional.of(new Done.Wrong("password",
                    "needs " + PASSWORD_MIN + " characters or more; some words in a row do well"));
        }
        return password.length() > PASSWORD_MAX ? Optional.of(new Done.Wrong("password",
                "has at most " + PASSWORD_MAX + " characters")) : Optional.empty();
    }

    // ---- administration

    /** What became of the wish for a person. */
    public sealed interface Adding {
        /** @param link for the person to set a password with */
        record Added(Person person, String link) implements Adding {
        }

        record Wrong(String field, String words) implements Adding {
        }
    }

    public Adding add(long tenant, String email, String name, Role role) {
        return add(tenant, email, name, role, true);
    }

    private Adding add(long tenant, String email, String name, Role role, boolean invited) {
        Optional<String> bad = badEmail(email);
        if (bad.isPresent()) {
            return new Adding.Wrong("email", bad.get());
        }
        if (name.length() > NAME_MAX || name.codePoints().anyMatch(Character::isISOControl)) {
            return new Adding.Wrong("name", "has at most " + NAME_MAX
                    + " characters and no control character");
        }
        Person person = person(tenant, email, name.strip(), role);
        if (!store.make(person, key(email), line(person, "person.add", role.word()))) {
            return new Adding.Wrong("email", "belongs to somebody here already");
        }
        return new Adding.Added(person, invited
                ? link(new Link(tenant, Optional.of(person.id())), Optional.empty()) : "");
    }

    /** Oldest first. */
    public List<Person> list(long tenant) {
        return store.list(tenant);
    }

    public Optional<Person> find(long tenant, String id) {
        return store.byId(id).map(Known::person).filter(p -> p.tenant() == tenant);
    }

    public Optional<Person> findByEmail(long tenant, String email) {
        return store.byEmail(key(email)).map(Known::person).filter(p -> p.tenant() == tenant);
    }

    /** What became of a change to somebody who may be an owner. */
    public enum Change {
        DONE, NOBODY,
        /** The account would have no owner who can log in. */
        LAST_OWNER
    }

    /** A disabled person's sessions end at once. */
    public Change disable(Person person, boolean disabled) {
        return store.disable(person.tenant(), person.id(),
                disabled ? Optional.of(clock.instant()) : Optional.empty(),
                line(person, disabled ? "person.disable" : "person.enable", ""));
    }

    /** What was open under the old role ends. */
    public Change role(Person person, Role role) {
        return store.role(person.tenant(), person.id(), role, line(person, "person.role",
                person.role().word() + " → " + role.word()));
    }

    private Person person(long tenant, String email, String name, Role role) {
        return new Person(Person.PREFIX + random(ID_BYTES), tenant, email.strip(), name, role,
                role == Role.OWNER, clock.instant(), Optional.empty(), false);
    }

    /** Enough to tell a slip of the keyboard; whether mail arrives there, no pattern knows. */
    private static Optional<String> badEmail(String email) {
        String text = email.strip();
        int at = text.lastIndexOf('@');
        boolean good = at > 0 && at < text.length() - 1 && text.length() <= EMAIL_MAX
                && text.codePoints().noneMatch(c -> c <= ' ' || c == 127 || c == '<' || c == '>'
                        || c == ',' || Character.isISOControl(c));
        return good ? Optional.empty() : Optional.of("is no e-mail address");
    }

    private static String key(String email) {
        return Normalizer.normalize(email.strip(), Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
    }

    /** Ties forms to their session: nothing to store, and dead with the session. */
    private String csrf(String token) {
        return Base32.text(keys.newest().mac(("csrf " + token).getBytes(StandardCharsets.UTF_8)));
    }

    private byte[] mac(String token) {
        return keys.newest().mac(token.getBytes(StandardCharsets.UTF_8));
    }

    private String random(int bytes) {
        byte[] made = new byte[bytes];
        random.nextBytes(made);
        return Base32.text(made);
    }

    long passwordRuns() {
        return passwords.runs();
    }

    @Override
    public void close() {
        passwords.close();
    }
}
