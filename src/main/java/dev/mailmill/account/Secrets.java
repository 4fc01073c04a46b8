package dev.mailmill.account;

import dev.mailmill.sql.Database;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is kept secret, kept sealed: private keys by their owners, HMAC keys here. Opening it opens
 * every stored HMAC key, so a wrong master key is found at the start and before anything is
 * written.
 */
public final class Secrets {
    private static final int KEY_BYTES = 32;
    private static final String CREDENTIALS = "credential";

    private final Database database;
    private final MasterKey master;
    private final InstantSource clock;
    private final SecureRandom random;
    private final Map<String, KeyRing> rings = new ConcurrentHashMap<>();

    private Secrets(Database database, MasterKey master, InstantSource clock,
            SecureRandom random) {
        this.database = database;
        this.master = master;
        this.clock = clock;
        this.random = random;
    }

    /**
     * Makes the master key's file only where neither a setting nor any sealed key exists yet.
     *
     * @throws MasterKeyException when the key is not the store's
     */
    public static Secrets open(Database database, MasterKey.Source source, InstantSource clock,
            SecureRandom random) {
        List<Sealed> stored = database.read(handle -> handle
                .createQuery("SELECT purpose, id, sealed FROM signing_key ORDER BY purpose, id")
                .map((row, _) -> new Sealed(row.getString(1), row.getInt(2), row.getBytes(3)))
                .list());
        Optional<MasterKey> known = MasterKey.read(source, random);
        if (known.isEmpty() && !stored.isEmpty()) {
            throw new MasterKeyException("the store's keys are sealed, but there is no master key:"
                    + " set MAILMILL_MASTER_KEY or put " + source.file()
                    + " back from the backup; nothing was changed");
        }
        Secrets secrets = new Secrets(database,
                known.orElseGet(() -> MasterKey.make(source, random)), clock, random);
        for (Sealed one : stored) {
            secrets.open(one);
        }
        // sealed before all else, so that from now on a wrong master key shows at the start
        secrets.ring(CREDENTIALS);
        return secrets;
    }

    /** @param context where the sealed bytes will lie; needed to open them again */
    public byte[] seal(String context, byte[] plain) {
        return master.seal(context, plain);
    }

    /** @throws MasterKeyException when they are damaged, or were sealed for another context */
    public byte[] open(String context, byte[] sealed) {
        return master.open(context, sealed);
    }

    /** The keys of a purpose; its first key is made when there is none. */
    public KeyRing ring(String purpose) {
        KeyRing known = rings.get(purpose);
        if (known != null) {
            return known;
        }
        List<Sealed> stored = stored(purpose);
        if (stored.isEmpty()) {
            makeFirst(purpose);
            stored = stored(purpose);
        }
        List<MacKey> keys = new ArrayList<>();
        for (Sealed one : stored) {
            keys.add(new MacKey(one.id(), open(one)));
        }
        KeyRing ring = new KeyRing(keys);
        KeyRing first = rings.putIfAbsent(purpose, ring);
        return first == null ? ring : first;
    }

    KeyRing credentials() {
        return ring(CREDENTIALS);
    }

    private void makeFirst(String purpose) {
        byte[] key = new byte[KEY_BYTES];
        random.nextBytes(key);
        byte[] sealed = seal(context(purpose, 1), key);
        long now = clock.millis();
        // another node may have been first: then its key is everybody's
        database.write(handle -> handle.execute("""
                INSERT INTO signing_key (purpose, id, sealed, created) VALUES (?, 1, ?, ?)
                ON CONFLICT DO NOTHING""", purpose, sealed, now));
    }

    private List<Sealed> stored(String purpose) {
        return database.read(handle -> handle
                .createQuery("SELECT id, sealed FROM signing_key WHERE purpose = ? ORDER BY id")
                .bind(0, purpose)
                .map((row, _) -> new Sealed(purpose, row.getInt(1), row.getBytes(2)))
                .list());
    }

    private byte[] open(Sealed one) {
        return open(context(one.purpose(), one.id()), one.sealed());
    }

    private static String context(String purpose, int id) {
        return "signing_key/" + purpose + "/" + id;
    }

    private record Sealed(String purpose, int id, byte[] sealed) {
    }
}
