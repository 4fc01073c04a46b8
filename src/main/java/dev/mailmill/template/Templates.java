package dev.mailmill.template;

import dev.mailmill.account.ChangeWatch;
import dev.mailmill.mail.Ids;
import dev.mailmill.sql.Database;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An account's templates: drafts that are edited, versions that are published and never change, and
 * what mail is made with. Thread-safe.
 */
public final class Templates {
    /** What bulk mail is given by itself: where one click ends it. */
    public static final String WAY_OUT = "unsubscribe_url";
    /** Beside it: where a recipient of bulk mail chooses what to get. */
    public static final String PREFERENCES = "preferences_url";
    /** Of an account. */
    public static final int MOST = 2_000;
    private static final int COMPILED_MAX = 256;
    private static final int REFERRED_MAX = 10_000;
    /** In place of a language: the template's own, whichever that is. */
    private static final String OWN = "";

    private final TemplateStore store;
    private final Ids ids;
    private final InstantSource clock;
    private final Map<Asked, Pinned> compiled = Collections.synchronizedMap(
            new LinkedHashMap<>(64, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Asked, Pinned> eldest) {
                    return size() > COMPILED_MAX;
                }
            });
    /** What aliases lead to; empty again after each change. */
    private final Map<Reference, TemplateStore.Published> published = new ConcurrentHashMap<>();
    private final AtomicLong changes = new AtomicLong();
    private final Turns turns = new Turns();

    public Templates(Database database, ChangeWatch watch, Ids ids, InstantSource clock) {
        this.store = new TemplateStore(database);
        this.ids = ids;
        this.clock = clock;
        watch.listen(this::changed);
    }

    private record Asked(long template, int number, String locale) {
    }

    private record Reference(long tenant, String name) {
    }

    TemplateStore store() {
        return store;
    }

    Turns turns() {
        return turns;
    }

    InstantSource clock() {
        return clock;
    }

    long newId() {
        return ids.next(1);
    }

    /** Unless it changed meanwhile: what was read before that may be out of date. */
    private void keep(Reference reference, TemplateStore.Published found, long seen) {
        if (published.size() > REFERRED_MAX) {
            published.clear();
        }
        published.put(reference, found);
        if (changes.get() != seen) {
            published.remove(reference);
        }
    }

    /** After a change of our own, which others notice within a second. */
    void changed() {
        changes.incrementAndGet();
        published.clear();
    }

    /** By alias or id. */
    public Optional<Entry> find(long tenant, String name) {
        long id = Ids.parse(Entry.ID, name);
        return id > 0 ? store.find(tenant, id) : store.named(tenant, name);
    }

    /** By alias. @param after not up to there */
    public List<Entry> list(long tenant, String after, int limit) {
        return store.list(tenant, after, limit);
    }

    /**
     * What a send with this name takes now.
     *
     * @param name   an alias or an id
     * @param locale in which it is wanted; empty for the template's own
     * @throws TemplateException when there is none, in words
     */
    public Pinned published(long tenant, String name, String locale) throws TemplateException {
        int mark = name.indexOf('@');
        if (mark > 0) {
            return chosen(tenant, name.substring(0, mark), name.substring(mark + 1), locale);
        }
        Reference reference = new Reference(tenant, name);
        TemplateStore.Published found = published.get(reference);
        if (found == null) {
            long seen = changes.get();
            found = store.published(tenant, name, Math.max(0, Ids.parse(Entry.ID, name)))
                    .orElseThrow(() -> none(name));
            keep(reference, found, seen);
        }
        if (found.kind() != Kind.EMAIL) {
            throw new TemplateException("The template " + shown(name) + " is a "
                    + found.kind().word() + ", which is a part of mails and no mail.");
        }
        if (found.number() == 0) {
            throw new TemplateException("The template " + shown(name) + " was never published;"
                    + " POST /v1/templates/" + shown(name) + "/publish makes its draft the one"
                    + " that is sent.");
        }
        return version(found.id(), found.number(), locale);
    }

    private static TemplateException none(String name) {
        return new TemplateException("There is no template " + shown(name)
                + (Starters.named(name).isPresent() ? " yet; POST /v1/templates {\"starter\": \""
                        + name + "\"} takes the starter of this name, and its publish makes it"
                        + " one that is sent." : "; GET /v1/templates lists yours."));
    }

    /** {@code alias@draft} and {@code alias@3}: one that is not sent otherwise, to try it. */
    private Pinned chosen(long tenant, String name, String which, String locale)
            throws TemplateException {
        Entry entry = find(tenant, name).orElseThrow(() -> none(name));
        if (which.equals("draft")) {
            Built built = new TemplateDesk(this).build(entry);
            return new Pinned(entry.id(), 0, built, Compiled.of(built, built.nearest(locale)));
        }
        boolean number = which.matches("\\d{1,8}")
                && store.version(tenant, entry.id(), Integer.parseInt(which)).isPresent();
        if (!number) {
            throw new TemplateException("The template " + shown(name) + " has no version "
                    + shown(which) + "; after the @ stands a version's number, or draft.");
        }
        return version(entry.id(), Integer.parseInt(which), locale);
    }

    static String shown(String name) {
        return name.length() > 80 ? name.substring(0, 80) + "…" : name;
    }

    /** Also of a template that was removed since. */
    public Pinned version(long template, int number, String locale) throws TemplateException {
        // what has no words in it must not fill the cache, or have them compiled once more
        Pinned own = compiled.get(new Asked(template, number, OWN));
        if (own == null) {
            Built built = Built.of(store.built(template, number).orElseThrow(() ->
                    new TemplateException("its version " + number + " is gone")));
            own = compiled(template, number, built, built.locale(), OWN);
        }
        String nearest = own.built().nearest(locale);
        if (nearest.equals(own.locale())) {
            return own;
        }
        Pinned pinned = compiled.get(new Asked(template, number, nearest));
        return pinned == null ? compiled(template, number, own.built(), nearest, nearest) : pinned;
    }

    private Pinned compiled(long template, int number, Built built, String locale, String kept)
            throws TemplateException {
        Pinned pinned = new Pinned(template, number, built, Compiled.of(built, locale));
        compiled.put(new Asked(template, number, kept), pinned);
        return pinned;
    }
}
