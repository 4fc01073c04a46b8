package dev.mailmill.alert;

import dev.mailmill.account.Tenant;
import dev.mailmill.lane.Health;
import dev.mailmill.mail.Dispatcher;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.TrafficClass;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * This machine: its lanes, certificate, disk, store, addresses, clock. Where there are several,
 * what it tells of begins with the machine's name.
 */
public final class Machine implements Probe {
    private static final int NODE_MAX = 100;
    private static final long MEGABYTE = 1L << 20;

    /**
     * What is looked at.
     *
     * @param node        this machine's name, the same after a restart; empty where there is one
     * @param data        the folder whose disk must not fill up
     * @param certificate when the one of the mail doors ends, and where it is
     * @param drift       how far the clock is off, as far as can be told from here
     */
    public record Parts(String node, Path data, Spool spool,
            Supplier<List<Dispatcher.Place>> lanes,
            Health health, Supplier<Optional<Map.Entry<String, Instant>>> certificate,
            Supplier<Duration> drift) {
        public Parts {
            node = Reading.cut(node, NODE_MAX);
        }
    }

    private final Parts parts;

    public Machine(Parts parts) {
        this.parts = parts;
    }

    @Override
    public Set<Rule> rules() {
        Set<Rule> own = EnumSet.copyOf(Rule.ALL.stream().filter(Rule::machine).toList());
        own.removeAll(House.RULES);
        return own;
    }

    @Override
    public boolean everywhere() {
        return true;
    }

    String node() {
        return parts.node();
    }

    /** Whether an alert is of the machine with that name. */
    static boolean of(String node, String about) {
        return node.isEmpty() || about.equals(node) || about.startsWith(node + ": ");
    }

    private String about(String what) {
        String node = parts.node();
        return node.isEmpty() ? what : what.isEmpty() ? node : node + ": " + what;
    }

    @Override
    public List<Reading> read(Instant now) {
        List<Reading> all = new ArrayList<>();
        queue(Rule.QUEUE_AGE_TRANSACTIONAL, TrafficClass.TRANSACTIONAL, now, all);
        queue(Rule.QUEUE_AGE_BULK, TrafficClass.BULK, now, all);
        parts.certificate().get().ifPresent(c -> {
            double days = Duration.between(now, c.getValue()).toMinutes() / 1440.0;
            all.add(of(Rule.CERTIFICATE, c.getKey(), days, "The certificate " + c.getKey()
                    + " ends on " + c.getValue()));
        });
        disk(all);
        parts.spool().trouble().ifPresent(k -> all.add(of(Rule.STORE, "", 1,
                "The store takes no mail: " + k.name().toLowerCase(java.util.Locale.ROOT))));
        parts.health().findings().stream().filter(f -> f.state() == Health.State.BAD).forEach(f ->
                all.add(of(Rule.ADDRESS_HEALTH, f.about() + " " + f.check(), 1,
                        f.about() + ": " + f.words())));
        double off = parts.drift().get().abs().toMillis() / 1e3;
        all.add(of(Rule.CLOCK, "", off, "The clock is " + off + " s off"));
        return all;
    }

    private Reading of(Rule rule, String about, double value, String words) {
        return Reading.of(rule, Tenant.FIRST, about(about), value, words);
    }

    private void queue(Rule rule, TrafficClass carries, Instant now, List<Reading> to) {
        parts.lanes().get().stream().filter(p -> p.carries() == carries)
                .filter(p -> p.oldest().isPresent())
                .min((a, b) -> a.oldest().get().compareTo(b.oldest().get())).ifPresent(p ->
                to.add(of(rule, "", Duration.between(p.oldest().get(), now).toSeconds(),
                        p.waiting() + " wait for " + p.site().provider()
                        + ", the oldest since " + p.oldest().get())));
    }

    private void disk(List<Reading> to) {
        try {
            long free = Files.getFileStore(parts.data()).getUsableSpace() / MEGABYTE;
            to.add(of(Rule.DISK_FREE, "", free, free + " MB are free on the disk of "
                    + parts.data().toAbsolutePath().normalize()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
