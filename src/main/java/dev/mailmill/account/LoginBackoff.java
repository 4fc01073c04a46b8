package dev.mailmill.account;

import dev.mailmill.smtp.ClientNetwork;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Slows down whoever guesses passwords, without letting a stranger lock anybody out.
 *
 * <p>A network with many failures must wait, longer each time. An account with many failures from
 * everywhere makes strangers wait too, but not a network that has logged in to it before, nor one
 * that has not failed yet. What a known network fails at its account is counted apart, from a wider
 * line on, since guessers may sit in it too. Memory is bounded: the least recently seen is
 * forgotten. Thread-safe.
 */
public final class LoginBackoff {
    /** A person mistypes, a device with an old password repeats. */
    public static final int NETWORK_FREE_FAILURES = 10;
    /** More than that on one account, from wherever, is guessing. */
    public static final int ACCOUNT_FREE_FAILURES = 50;
    /** Where the account has logged in before: an old device may sit beside its person. */
    public static final int KNOWN_FREE_FAILURES = 100;
    public static final Duration WAIT_MAX = Duration.ofMinutes(5);
    static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(15);
    private static final int ENTRIES_MAX = 20_000;

    private record Failures(int count, Instant last) {
    }

    private record Pair(long network, String user) {
    }

    /** Longer ones share what their beginning earns. */
    private static final int USER_CHARS_MAX = 64;

    private final InstantSource clock;
    private final Map<Long, Failures> networks = bounded();
    private final Map<String, Failures> accounts = bounded();
    private final Map<Pair, Failures> known = bounded();

    public LoginBackoff(InstantSource clock) {
        this.clock = clock;
    }

    private static String cut(String user) {
        return user.length() > USER_CHARS_MAX ? user.substring(0, USER_CHARS_MAX) : user;
    }

    private static <K, V> Map<K, V> bounded() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > ENTRIES_MAX;
            }
        };
    }

    /** How long this client must not even try; zero when it may. */
    public synchronized Duration wait(InetAddress client, String user) {
        long network = ClientNetwork.of(client);
        Failures here = known.get(new Pair(network, cut(user)));
        if (here != null) {
            return left(here, KNOWN_FREE_FAILURES);
        }
        Failures own = networks.get(network);
        Duration wait = left(own, NETWORK_FREE_FAILURES);
        if (wait.isZero() && own != null) {
            wait = left(accounts.get(cut(user)), ACCOUNT_FREE_FAILURES);
        }
        return wait;
    }

    private Duration left(Failures failures, int free) {
        if (failures == null || failures.count <= free) {
            return Duration.ZERO;
        }
        int doublings = Math.min(failures.count - free - 1, 20);
        Duration doubled = Duration.ofSeconds(1L << doublings);
        Duration wait = doubled.compareTo(WAIT_MAX) > 0 ? WAIT_MAX : doubled;
        Instant end = failures.last.plus(wait);
        Duration left = Duration.between(clock.instant(), end);
        // a clock that was set back is no reason to wait longer than ever
        return left.isNegative() ? Duration.ZERO : left.compareTo(wait) > 0 ? wait : left;
    }

    /** The secret was wrong, or there is no such account: the two count alike. */
    public synchronized void failed(InetAddress client, String user) {
        Instant now = clock.instant();
        networks.merge(ClientNetwork.of(client), new Failures(1, now), LoginBackoff::add);
        accounts.merge(cut(user), new Failures(1, now), LoginBackoff::add);
        known.computeIfPresent(new Pair(ClientNetwork.of(client), cut(user)),
                (_, before) -> add(before, new Failures(1, now)));
    }

    private static Failures add(Failures before, Failures one) {
        boolean forgotten = before.last.plus(FORGOTTEN_AFTER).isBefore(one.last);
        return forgotten ? one : new Failures(before.count + 1, one.last);
    }

    /** The network has proven itself for this account. */
    public synchronized void granted(InetAddress client, String user) {
        long network = ClientNetwork.of(client);
        known.put(new Pair(network, cut(user)), new Failures(0, clock.instant()));
    }
}
