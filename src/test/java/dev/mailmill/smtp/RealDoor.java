package dev.mailmill.smtp;

import dev.mailmill.account.Login;
import dev.mailmill.account.Logins;
import dev.mailmill.account.StreamNames;
import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.submit.SubmitDoor;
import dev.mailmill.submit.TrustedNetworks;
import java.io.ByteArrayOutputStream;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** The submission door as it is, before a core that takes everything. */
final class RealDoor {
    private static final Stream URGENT = stream(1, "transactional", TrafficClass.TRANSACTIONAL);
    private static final Stream BULK = stream(2, "bulk", TrafficClass.BULK);

    private RealDoor() {
    }

    private static Stream stream(long id, String name, TrafficClass carries) {
        return new Stream(id, 1, name, carries, Stream.Schedule.PEOPLE, Stream.ReturnPath.SIGNED,
                Stream.OnAmbiguous.RESEND);
    }

    static SubmitDoor open() {
        return new SubmitDoor((_, _) -> new Admission.Accepted(
                List.of(new Admission.Receipt(32, List.of())), false), new People(),
                new Streams(), (_, domain) -> domain.equals("ours.test"),
                Memory::new, new SubmitDoor.Settings("mx.ours.test",
                        TrustedNetworks.NONE, SmtpLimits.DEFAULTS.sizes().headerBytesMax(),
                        _ -> false), InstantSource.system());
    }

    /** Alice, and one whose mail is bulk. */
    private static final class People implements Logins {
        @Override
        public Optional<Login> login(String user, String secret) {
            return Optional.of(new Login(1, user, user.equals("bulk") ? BULK : URGENT))
                    .filter(_ -> secret.equals("secret"));
        }

        @Override
        public Login trustedNetwork() {
            return new Login(1, "network", URGENT);
        }
    }

    private static final class Streams implements StreamNames {
        @Override
        public Optional<Stream> named(long tenant, String name) {
            return List.of(URGENT, BULK).stream().filter(s -> s.name().equals(name)).findFirst();
        }

        @Override
        public Stream usual(long tenant) {
            return URGENT;
        }
    }

    private static final class Memory extends Bodies.Draft {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public void write(int b) {
            bytes.write(b);
        }

        @Override
        public Body keep() {
            return Body.of(bytes.toByteArray());
        }

        @Override
        public long size() {
            return bytes.size();
        }

        @Override
        public void close() {
            // nothing but memory
        }
    }
}
