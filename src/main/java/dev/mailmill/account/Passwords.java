package dev.mailmill.account;

import dev.mailmill.mail.StoreException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * People's passwords as Argon2id (RFC 9106), the only slow thing at a login: it runs on a few
 * platform threads with a short queue, so that guessing can't take the cores from the mail.
 */
final class Passwords implements AutoCloseable {
    /** OWASP's second choice: 19 MiB, 2 passes, 1 lane. */
    private static final int MEMORY_KB = 19 * 1024;
    private static final int PASSES = 2;
    private static final int LANES = 1;
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final int THREADS = 2;
    private static final int WAITING_MAX = 32;
    /** The first of a JVM that has just started takes seconds where others want the cores too. */
    private static final Duration WITHIN = Duration.ofSeconds(15);
    private static final String HEAD =
            "$argon2id$v=19$m=" + MEMORY_KB + ",t=" + PASSES + ",p=" + LANES + "$";
    private static final Base64.Encoder BASE64 = Base64.getEncoder().withoutPadding();

    private final SecureRandom random;
    private final ThreadPoolExecutor threads;
    /** What is compared for who does not exist: costs the same. */
    private final String nobodys;
    private final LongAdder runs = new LongAdder();

    Passwords(SecureRandom random) {
        this.random = random;
        this.threads = new ThreadPoolExecutor(THREADS, THREADS, 30, TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(WAITING_MAX),
                Thread.ofPlatform().daemon().name("argon2-", 0).factory());
        threads.allowCoreThreadTimeOut(true);
        byte[] salt = salt();
        this.nobodys = HEAD + BASE64.encodeToString(salt) + "$"
                + BASE64.encodeToString(new byte[HASH_BYTES]);
    }

    /** In PHC's string format. */
    String hash(String password) {
        byte[] salt = salt();
        byte[] hash = run(() -> argon2(password, salt));
        return HEAD + BASE64.encodeToString(salt) + "$" + BASE64.encodeToString(hash);
    }

    /** Whether it is the password; for nobody's ({@code stored} empty) no, in the same time. */
    boolean fits(String password, Optional<String> stored) {
        String phc = stored.orElse(nobodys);
        if (!phc.startsWith(HEAD)) {
            throw new IllegalStateException("a stored password has other parameters than ours");
        }
        String[] parts = phc.substring(HEAD.length()).split("\\$");
        byte[] salt = Base64.getDecoder().decode(parts[0]);
        byte[] right = Base64.getDecoder().decode(parts[1]);
        byte[] given = run(() -> argon2(password, salt));
        return MessageDigest.isEqual(right, given) & stored.isPresent();
    }

    private byte[] salt() {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        return salt;
    }

    private byte[] argon2(String password, byte[] salt) {
        runs.increment();
        Argon2BytesGenerator argon2 = new Argon2BytesGenerator();
        argon2.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13).withMemoryAsKB(MEMORY_KB)
                .withIterations(PASSES).withParallelism(LANES).withSalt(salt).build());
        byte[] hash = new byte[HASH_BYTES];
        // the same letters typed on another machine may come as other code points
        argon2.generateBytes(Normalizer.normalize(password, Normalizer.Form.NFC)
                .getBytes(StandardCharsets.UTF_8), hash);
        return hash;
    }

    private byte[] run(Callable<byte[]> work) {
        Future<byte[]> running;
        try {
            running = threads.submit(work);
        } catch (RejectedExecutionException e) {
            throw busy(e);
        }
        try {
            return running.get(WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            running.cancel(true);
            throw busy(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("Argon2id failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw busy(e);
        }
    }

    private static StoreException busy(Exception e) {
        return new StoreException(StoreException.Kind.BUSY,
                "too many passwords are checked at once", e);
    }

    /** How often Argon2id was run: a test reads here that an unknown user costs the same. */
    long runs() {
        return runs.sum();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
