package dev.mailmill.relay;

import dev.mailmill.dns.AddressPolicy;
import dev.mailmill.dns.Answer;
import dev.mailmill.dns.Dns;
import dev.mailmill.dns.Mx;
import dev.mailmill.dns.Secured;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Reply;
import dev.mailmill.mime.AddressLiteral;
import dev.mailmill.smtp.SmtpClientException;
import dev.mailmill.smtp.SmtpClientTarget;
import dev.mailmill.transit.Way;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * A domain's servers (RFC 5321 §5.1): its MX hosts by preference, equal ones in random order, or
 * the domain itself when it has no MX; never the domain itself when it has. "Unknown" is never
 * "none".
 */
final class MxHops implements Hops {
    /** Hosts whose addresses are asked for in one attempt. */
    private static final int HOSTS_MAX = 10;
    /** Addresses of one host. */
    private static final int ADDRESSES_MAX = 3;

    private final String domain;
    private final MxTransport.Settings settings;
    private final Dns dns;
    private final AddressPolicy policy;
    private final RandomGenerator random;
    private final Optional<Way> way;
    private List<SmtpClientTarget> ready = List.of();
    private Deque<String> hosts;
    private Optional<Outcome> obstacle = Optional.empty();
    private int asked;

    /** @param way what TLS the domain's servers must have; empty where nobody looks */
    MxHops(String domain, MxTransport.Settings settings, Dns dns, AddressPolicy policy,
            RandomGenerator random, Optional<Way> way) {
        this.way = way;
        this.domain = domain;
        this.settings = settings;
        this.dns = dns;
        this.policy = policy;
        this.random = random;
    }

    @Override
    public List<SmtpClientTarget> next() {
        ready = List.of();
        if (hosts == null) {
            hosts = new ArrayDeque<>();
            begin();
        }
        while (ready.isEmpty() && !hosts.isEmpty() && asked++ < HOSTS_MAX) {
            resolve(hosts.poll());
        }
        return ready;
    }

    @Override
    public Optional<Outcome> obstacle() {
        return obstacle;
    }

    @Override
    public String bond() {
        return way.map(Way::bond).orElse("");
    }

    @Override
    public void told(SmtpClientTarget target, boolean encrypted,
            Optional<SmtpClientException> trouble) {
        way.ifPresent(w -> w.told(target, encrypted, trouble));
    }

    private void begin() {
        if (domain.startsWith("[")) {
            Optional<AddressLiteral> literal = AddressLiteral.ofDomain(domain);
            if (literal.isEmpty()) {
                bounce("5.1.2", domain + " is no address literal");
            } else {
                admit(domain, List.of(InetAddress.ofLiteral(literal.get().text())),
                        Optional.empty());
            }
            return;
        }
        switch (way.map(w -> w.mx().answer()).orElseGet(() -> dns.mx(domain))) {
            case Answer.Found<Mx>(List<Mx> all) -> byPreference(all);
            case Answer.NoData<Mx> none -> hosts.add(domain);
            case Answer.NoDomain<Mx> none -> bounce("5.1.2", "the domain " + domain
                    + " does not exist");
            case Answer.Unknown<Mx>(String why) -> defer("who takes mail for " + domain
                    + " can't be found out now: " + why);
        }
    }

    private void byPreference(List<Mx> all) {
        if (all.size() == 1 && all.getFirst().host().isEmpty()) {
            obstacle = Optional.of(new Outcome.Bounced(new Reply(556, "5.1.10",
                    "the domain " + domain + " takes no mail (null MX)", "")));
            return;
        }
        List<Mx> sorted = new ArrayList<>(all);
        // the sort is stable: what was shuffled stays shuffled among equals
        Collections.shuffle(sorted, java.util.Random.from(random));
        sorted.sort(Comparator.comparingInt(Mx::preference));
        String self = settings.hostname().toLowerCase(Locale.ROOT);
        // RFC 5321 §5.1: where we are a server of it, our equals and those after us would send it
        // back, so only those before us are left
        int ours = sorted.stream().filter(mx -> mx.host().equals(self))
                .mapToInt(Mx::preference).min().orElse(Integer.MAX_VALUE);
        for (Mx mx : sorted) {
            if (mx.usable() && mx.preference() < ours) {
                hosts.add(mx.host());
            }
        }
        if (hosts.isEmpty() && ours < Integer.MAX_VALUE) {
            bounce("5.4.6", "mail for " + domain + " loops back to " + self);
        } else if (hosts.isEmpty()) {
            bounce("5.4.4", "no MX of " + domain + " is a host name");
        }
    }

    private void resolve(String host) {
        Secured<InetAddress> fours = dns.aSecured(host);
        Answer<InetAddress> four = fours.answer();
        Secured<InetAddress> sixes = settings.ip6() ? dns.aaaaSecured(host) : fours;
        Answer<InetAddress> six = settings.ip6() ? sixes.answer() : new Answer.NoData<>();
        List<InetAddress> found = byTurns(shuffled(six), shuffled(four));
        if (!found.isEmpty()) {
            // what can't be found out of one kind must not cost the other its proof: whoever can
            // hold an answer back would rid us of DANE (RFC 7672 §2.2.2)
            boolean byFour = !four.records().isEmpty();
            boolean bySix = !six.records().isEmpty();
            admitOn(host, found, (!byFour || fours.secure()) && (!bySix || sixes.secure()),
                    byFour ? fours.canonical() : sixes.canonical());
            return;
        }
        if (four instanceof Answer.Unknown<InetAddress>(String why)) {
            defer("the address of " + host + " can't be found out now: " + why);
        } else if (six instanceof Answer.Unknown<InetAddress>(String why)) {
            defer("the address of " + host + " can't be found out now: " + why);
        } else {
            bounce("5.4.4", host + ", which takes mail for " + domain + ", has no address"
                    + (settings.ip6() ? "" : " (IPv4)"));
        }
    }

    private List<InetAddress> shuffled(Answer<InetAddress> answer) {
        List<InetAddress> all = new ArrayList<>(answer.records());
        Collections.shuffle(all, java.util.Random.from(random));
        return all;
    }

    /** RFC 8305 §4: the kinds take turns, so that one that leads nowhere costs one wait. */
    private static List<InetAddress> byTurns(List<InetAddress> six, List<InetAddress> four) {
        List<InetAddress> all = new ArrayList<>();
        for (int i = 0; i < Math.max(six.size(), four.size()); i++) {
            all.addAll(six.subList(Math.min(i, six.size()), Math.min(i + 1, six.size())));
            all.addAll(four.subList(Math.min(i, four.size()), Math.min(i + 1, four.size())));
        }
        return all;
    }

    /** On the terms that hold for the host; they are asked for only when it may be connected to. */
    private void admitOn(String host, List<InetAddress> addresses, boolean secure, String end) {
        List<InetAddress> good = new ArrayList<>(addresses);
        good.removeIf(a -> policy.refusal(a).isPresent());
        if (way.isEmpty() || good.isEmpty()) {
            admit(host, addresses, Optional.empty());
            return;
        }
        switch (way.get().to(host, secure, end)) {
            case Way.Go go -> admit(host, addresses, Optional.of(go));
            case Way.Skip(String code, String why, boolean lasting) -> {
                if (lasting) {
                    bounce(code, why);
                } else {
                    // by the domain's own policy: other mail of the lane is not concerned
                    obstacle = Optional.of(new Outcome.Deferred(new Reply(0, code, why, host),
                            Outcome.Fault.RECIPIENT));
                }
            }
        }
    }

    private void admit(String host, List<InetAddress> addresses, Optional<Way.Go> terms) {
        ready = new ArrayList<>(ADDRESSES_MAX);
        for (InetAddress address : addresses) {
            Optional<String> refusal = policy.refusal(address);
            if (refusal.isPresent()) {
                bounce("5.4.4", host + " has an address that no mail is sent to: "
                        + refusal.get());
            } else if (ready.size() < ADDRESSES_MAX) {
                SmtpClientTarget target = SmtpClientTarget.of(address, settings.port(), host);
                ready.add(terms.map(t -> target.with(t.tls(), t.check())).orElse(target));
            }
        }
    }

    private void bounce(String code, String text) {
        if (obstacle.isEmpty()) {
            obstacle = Optional.of(new Outcome.Bounced(Reply.local(code, text)));
        }
    }

    /** One host that may yet be found outweighs all that are not there. */
    private void defer(String text) {
        obstacle = Optional.of(new Outcome.Deferred(Reply.local("4.4.3", text),
                Outcome.Fault.LANE));
    }
}
