package dev.mailmill.account;

import dev.mailmill.account.PeopleStore.Known;
import dev.mailmill.account.PeopleStore.Link;
import dev.mailmill.sql.Database;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

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

    private final PeopleStore store;
    private final KeyRing keys;
    private final Passwords passwords;
    private final LoginBackoff backoff;
    private final InstantSource clock;
    private final SecureRandom random;

    public People(Database database, Secrets secrets, InstantSource clock, SecureRandom random) {
        this.store = new PeopleStore(database);
        this.keys = secrets.ring("session");
        this.passwords = new Passwords(random);
        this.backoff = new LoginBackoff(clock);
        this.clock = clock;
        this.random = random;
    }

    /**
     * An open session.
     *
     * @param csrf what each form of the session has to bring along; of no use without its cookie
     */
    public record Session(Person person, String token, String csrf) {
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

        /** The same answer for an unknown person, a wrong password and a disabled account. */
        record Refused() implements LoggedIn {
        }

        record Wait(Duration left) implements LoggedIn {
        }
    }

    /** @throws dev.mailmill.mail.StoreException also when too many passwords are checked at once */
    public LoggedIn login(InetAddress client, String email, String password) {
        String key = key(email);
        Duration wait = backoff.wait(client, key);
        if (!wait.isZero()) {
            return new LoggedIn.Wait(wait);
        }
        Optional<Known> known = key.length() > EMAIL_MAX ? Optional.empty() : store.byEmail(key);
        String given = password.length() > PASSWORD_MAX ? "" : password;
        boolean fits = passwords.fits(given, known.flatMap(Known::password));
        if (!fits || known.get().person().disabled().isPresent()) {
            backoff.failed(client, key);
            return new LoggedIn.Refused();
        }
        backoff.granted(client, key);
        return new LoggedIn.Welcome(open(known.get().person()));
    }

    private Session open(Person person) {
        String token = random(TOKEN_BYTES);
        Instant now = clock.instant();
        store.open(mac(token), person.id(), now, now.plus(SESSION_MAX));
        return new Session(person, token, csrf(token));
    }

    /** The open session of a cookie; empty when it is none, idle for 12 h, or 14 days old. */
    public Optional<Session> session(String token) {
        if (token.isEmpty() || token.length() > TOKEN_MAX) {
            return Optional.empty();
        }
        byte[] hmac = mac(token);
        Instant now = clock.instant();
        Optional<PeopleStore.Opened> opened = store.session(hmac)
                .filter(o -> now.isBefore(o.expires()) && now.isBefore(o.seen().plus(IDLE)));
        if (opened.isEmpty()) {
            return Optional.empty();
        }
        if (now.isAfter(opened.get().seen().plus(SEEN_EVERY))) {
            store.seen(hmac, now);
        }
        return Optional.of(new Session(opened.get().person(), token, csrf(token)));
    }

    public void logout(String token) {
        if (token.length() <= TOKEN_MAX) {
            store.close(mac(token));
        }
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
        return store.nobody() ? Optional.of(link(new Link(Tenant.FIRST, Optional.empty())))
                : Optional.empty();
    }

    /** A token with which the person sets a password, once, within 24 h; earlier ones end. */
    public String passwordLink(Person person) {
        return link(new Link(person.tenant(), Optional.of(person.id())));
    }

    private String link(Link link) {
        String token = random(TOKEN_BYTES);
        Instant now = clock.instant();
        store.keepLink(mac(token), link, now, now.plus(LINK_VALID));
        return token;
    }

    /** What a link is for; looking uses nothing up. Empty when it was used, ended, or never was. */
    public Optional<Invitation> invitation(String token) {
        if (token.length() > TOKEN_MAX) {
            return Optional.empty();
        }
        return store.link(mac(token), clock.instant()).flatMap(link -> link.person().isEmpty()
                ? Optional.of(new Invitation.Owner())
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

        /** The link was used, ended, or never was. */
        record NoLink() implements Done {
        }
    }

    /** Uses a link: sets the password and opens a session; the owner gives an address too. */
    public Done accept(String token, String email, String password) {
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
                boolean made = store.makeByLink(mac(token), owner, key(email),
                        passwords.hash(password));
                yield made ? new Done.Ok(open(owner)) : new Done.NoLink();
            }
            case Invitation.Of(Person person) -> {
                if (wrong.isPresent()) {
                    yield wrong.get();
                }
                boolean set = store.passwordByLink(mac(token), person.id(),
                        passwords.hash(password), clock.instant());
                yield set ? new Done.Ok(open(person)) : new Done.NoLink();
            }
        };
    }

    /** Ends all sessions of the person and opens a new one. */
    public Done changePassword(InetAddress client, Session session, String old, String password) {
        Person person = session.person();
        String key = key(person.email());
        Duration wait = backoff.wait(client, key);
        if (!wait.isZero()) {
            return new Done.Wrong("old", "too many tries; wait " + (wait.toSeconds() + 1) + " s");
        }
        Optional<String> stored = store.byId(person.id()).flatMap(Known::password);
        if (!passwords.fits(old.length() > PASSWORD_MAX ? "" : old, stored)) {
            backoff.failed(client, key);
            return new Done.Wrong("old", "is not your password");
        }
        Optional<Done> wrong = weak(password);
        if (wrong.isPresent()) {
            return wrong.get();
        }
        store.password(person.id(), passwords.hash(password));
        return new Done.Ok(open(person));
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
        Optional<String> bad = badEmail(email);
        if (bad.isPresent()) {
            return new Adding.Wrong("email", bad.get());
        }
        if (name.length() > NAME_MAX || name.codePoints().anyMatch(Character::isISOControl)) {
            return new Adding.Wrong("name", "has at most " + NAME_MAX
                    + " characters and no control character");
        }
        Person person = person(tenant, email, name.strip(), role);
        if (!store.make(person, key(email))) {
            return new Adding.Wrong("email", "belongs to somebody here already");
        }
        return new Adding.Added(person, passwordLink(person));
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

    /** A disabled person's sessions end at once; false when the tenant has no such person. */
    public boolean disable(long tenant, String id, boolean disabled) {
        return store.disable(tenant, id,
                disabled ? Optional.of(clock.instant()) : Optional.empty());
    }

    private Person person(long tenant, String email, String name, Role role) {
        return new Person(Person.PREFIX + random(ID_BYTES), tenant, email.strip(), name, role,
                role == Role.OWNER, clock.instant(), Optional.empty());
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
