package dev.mailmill.lane;

import dev.mailmill.dns.Dns;
import dev.mailmill.mail.RetryPolicy;
import dev.mailmill.mail.Traffic;
import java.time.InstantSource;

/** The room's parts, wired: which sites there are, and what each bears. */
public final class Lanes {
    private final Sites sites;
    private final Shaper shaper;

    public Lanes(Dns dns, RetryPolicy policy, InstantSource clock) {
        Receivers rules = new NoRules();
        this.sites = new Sites(dns, () -> rules, clock);
        this.shaper = new Shaper(() -> rules, policy, clock);
    }

    public Sites sites() {
        return sites;
    }

    public Traffic traffic() {
        return shaper;
    }
}
