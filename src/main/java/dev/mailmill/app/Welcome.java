package dev.mailmill.app;

import dev.mailmill.account.Accounts.FirstStart;
import java.util.Set;

/** What {@code up} says: where it listens, and the first mail by both doors, ready to be pasted. */
final class Welcome {
    private Welcome() {
    }

    static void say(Console console, Settings settings, Mailmill mill) {
        String host = settings.address(Setting.SUBMISSION).getHostString();
        console.say("Mailmill is up.");
        console.say("");
        console.say("  pages, API   " + mill.base());
        console.say("  SMTP         " + host + ":" + mill.submissionPort()
                + " (STARTTLS), " + mill.submissionsPort() + " (TLS)");
        if (mill.receivePort() > 0) {
            console.say("  receives     " + settings.address(Setting.RECEIVE).getHostString()
                    + ":" + mill.receivePort() + " (bounces, complaints, replies)");
        }
        console.say("  data         " + settings.data().toAbsolutePath().normalize());
        console.say("  delivery     " + delivery(settings));
        console.say("");
        restored(console, mill);
        if (mill.welcome().isPresent()) {
            console.say("Open " + mill.welcome().get());
            console.say("to become its owner (once, within 24 hours).");
            console.say("");
        }
        if (mill.firstStart().isPresent()) {
            first(console, host, mill, mill.firstStart().get(), toTheWorld(settings));
        } else {
            console.say("Keys are shown once, when they are made:  ./mailmill key create");
            console.say("                                          ./mailmill smtp create");
        }
    }

    /** Said at each start until somebody has decided. */
    private static void restored(Console console, Mailmill mill) {
        long held = mill.restored().held();
        if (held > 0) {
            console.say("RESTORED from the backup of "
                    + mill.restored().note().orElseThrow().copied() + ": " + held
                    + (held == 1 ? " delivery is held," : " deliveries are held,")
                    + " since they may have been sent after");
            console.say("the backup was taken. New mail goes out as usual. To let them go:");
            console.say("");
            console.say("  ./mailmill restore --release");
            console.say("");
        }
    }

    private static boolean toTheWorld(Settings settings) {
        return !Set.of("capture", "hold").contains(settings.text(Setting.DELIVERY));
    }

    private static String delivery(Settings settings) {
        String mode = settings.text(Setting.DELIVERY);
        return switch (mode) {
            case "capture" -> "capture: mail is kept and shown, NOT SENT. "
                    + "MAILMILL_DELIVERY=direct sends.";
            case "hold" -> "hold: mail is accepted and waits";
            case "direct" -> "direct: to the recipients' mail servers";
            default -> "through " + Settings.masked(mode);
        };
    }

    private static void first(Console console, String host, Mailmill mill, FirstStart first,
            boolean toTheWorld) {
        String from = toTheWorld ? "me@YOUR-DOMAIN" : "me@example.com";
        String user = first.smtp().credential().id();
        String password = first.smtp().secret();
        String key = first.key().secret();
        console.say("Made for you, and shown only now:");
        console.say("");
        console.say("  API key      " + key);
        console.say("  SMTP login   " + user + "  password " + password);
        console.say("");
        if (toTheWorld) {
            console.say("Mail leaves this server, so From has to be at a domain of yours. First:");
            console.say("");
            console.say("  ./mailmill domain add YOUR-DOMAIN");
            console.say("");
        }
        console.say("First mail over HTTP:");
        console.say("");
        console.say("  curl " + mill.http() + "v1/messages -H 'Authorization: Bearer " + key
                + "' \\");
        console.say("    -H 'Content-Type: application/json' \\");
        console.say("    -d '{\"from\":\"" + from + "\",\"to\":[\"ann@example.org\"],"
                + "\"subject\":\"Hello\",\"text\":\"It works.\"}'");
        console.say("");
        console.say("First mail over SMTP:");
        console.say("");
        console.say("  swaks --server " + host + ":" + mill.submissionPort() + " --tls \\");
        console.say("    --auth-user " + user + " --auth-password " + password + " \\");
        console.say("    --from " + from + " --to ann@example.org");
        console.say("");
        console.say("And follow one to its end:");
        console.say("");
        console.say("  ./mailmill send --to ann@example.org" + (toTheWorld ? " --from " + from : "")
                + " --subject Hello --text 'It works.'");
        console.say("");
    }
}
