package dev.mailmill.submit;

import dev.mailmill.account.LoginBackoff;
import dev.mailmill.account.Logins;
import dev.mailmill.account.StreamNames;
import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Submission;
import dev.mailmill.smtp.SmtpHandler;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Opens a handler for each client of the submission ports; both ports share one door. */
public final class SubmitDoor implements SmtpHandler.Factory {
    /** {@code Intake.accept}, as the door needs it. */
    @FunctionalInterface
    public interface Inlet {
        Admission accept(List<Submission> submissions,
                Optional<Submission.Idempotency> idempotency);
    }

    /** {@code Domains.owns}, as the door needs it. */
    @FunctionalInterface
    public interface Ownership {
        boolean owns(long tenant, String domain);
    }

    /**
     * @param hostname       who we say we are in Received
     * @param trusted        clients that submit without AUTH and TLS
     * @param headerBytesMax {@code SmtpLimits.Sizes.headerBytesMax}
     * @param captures       of recipient domains: whose mail ends here, which is told
     */
    public record Settings(String hostname, TrustedNetworks trusted, int headerBytesMax,
            Predicate<String> captures) {
    }

    private final Inlet inlet;
    private final Logins logins;
    private final StreamNames streams;
    private final Ownership ownership;
    private final Bodies bodies;
    private final Settings settings;
    private final LoginBackoff backoff;

    public SubmitDoor(Inlet inlet, Logins logins, StreamNames streams, Ownership ownership,
            Bodies bodies, Settings settings, InstantSource clock) {
        this.inlet = inlet;
        this.logins = logins;
        this.streams = streams;
        this.ownership = ownership;
        this.bodies = bodies;
        this.settings = settings;
        backoff = new LoginBackoff(clock);
    }

    @Override
    public SmtpHandler open(InetAddress client) {
        return new SubmitHandler(this, client);
    }

    Inlet inlet() {
        return inlet;
    }

    Logins logins() {
        return logins;
    }

    StreamNames streams() {
        return streams;
    }

    Ownership ownership() {
        return ownership;
    }

    Bodies bodies() {
        return bodies;
    }

    Settings settings() {
        return settings;
    }

    LoginBackoff backoff() {
        return backoff;
    }
}
