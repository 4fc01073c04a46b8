package dev.mailmill.dashboard;

import dev.mailmill.analytics.Figure;
import dev.mailmill.bounce.BounceClass;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What statistics call things by a word, in words for people. Pure. */
final class Reasons {
    private static final Map<String, String> PROVIDERS = providers();

    private Reasons() {
    }

    private static Map<String, String> providers() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("gmail", "Gmail");
        all.put("microsoft", "Microsoft");
        all.put("yahoo", "Yahoo");
        all.put("apple", "Apple");
        all.put("gmx", "GMX");
        all.put("telekom", "Telekom");
        all.put("orange", "Orange");
        all.put("free", "Free");
        all.put("comcast", "Comcast");
        all.put("mailru", "Mail.ru");
        all.put("yandex", "Yandex");
        all.put("proton", "Proton");
        all.put("qq", "QQ");
        all.put("netease", "NetEase");
        all.put("zoho", "Zoho");
        return all;
    }

    /** By word; those without a name of their own stand last. */
    static Map<String, String> named() {
        Map<String, String> all = new LinkedHashMap<>(PROVIDERS);
        all.put("others", Texts.t("Everyone else"));
        all.put("simulator", Texts.t("Simulator"));
        return all;
    }

    /** Whose mailboxes; a word that is not known stands for itself. */
    static String provider(String word) {
        return word.isEmpty() ? Texts.t("gone") : named().getOrDefault(word, word);
    }

    /** By which mail came in. */
    static String door(String word) {
        return word.equals("api") || word.equals("smtp") ? word.toUpperCase(Locale.ROOT) : word;
    }

    /** How a lane's rules call the same provider; empty where they know none. */
    static String lane(String provider) {
        return switch (provider) {
            case "gmail" -> "google";
            case "microsoft", "yahoo", "apple", "comcast", "orange", "gmx" -> provider;
            default -> "";
        };
    }

    static Optional<BounceClass> known(String word) {
        return Arrays.stream(BounceClass.values()).filter(c -> c.word().equals(word)).findFirst();
    }

    /** A few words that stand in a table. */
    static String title(String word) {
        return known(word).map(Reasons::title).orElse(word);
    }

    private static String title(BounceClass reason) {
        return switch (reason) {
            case MAILBOX_UNKNOWN -> Texts.t("No such mailbox");
            case NO_SUCH_DOMAIN -> Texts.t("No such domain");
            case BAD_ADDRESS -> Texts.t("Address can't be read");
            case MAILBOX_MOVED -> Texts.t("Mailbox has moved");
            case MAILBOX_FULL -> Texts.t("Mailbox is full");
            case MAILBOX_INACTIVE -> Texts.t("Mailbox is switched off");
            case SIZE -> Texts.t("Message too large");
            case NOT_ASCII -> Texts.t("Letters beyond ASCII");
            case REFUSED_BY_RECIPIENT -> Texts.t("Recipient lets only some write");
            case POLICY_AUTH -> Texts.t("SPF, DKIM or DMARC failed");
            case POLICY_REPUTATION -> Texts.t("Bad name, or blocklisted");
            case REVERSE_DNS -> Texts.t("Reverse DNS does not fit");
            case POLICY -> Texts.t("Rule of the receiver");
            case CONTENT_SPAM -> Texts.t("Taken for spam");
            case CONTENT_VIRUS -> Texts.t("Taken for harmful");
            case CONTENT -> Texts.t("Form of the message");
            case BAD_SENDER -> Texts.t("Sender's address refused");
            case RELAY_DENIED -> Texts.t("Does not pass mail on for us");
            case TLS -> Texts.t("Encryption failed");
            case RATE_LIMITED -> Texts.t("Asks us to slow down");
            case GREYLISTED -> Texts.t("Greylisted");
            case SERVER_FAULT -> Texts.t("Receiver's server has a fault");
            case SYSTEM_FULL -> Texts.t("Receiver's disk is full");
            case DNS -> Texts.t("DNS did not answer");
            case NETWORK -> Texts.t("Server did not answer");
            case EXPIRED -> Texts.t("Time was over");
            case ROUTING_LOOP -> Texts.t("Mail goes in circles");
            case PROTOCOL -> Texts.t("Not understood");
            case UNKNOWN -> Texts.t("No reason that we know");
        };
    }

    /** The five figures that have reasons of servers, in the order in which pages show them. */
    enum Kind {
        REFUSED(Figure.BOUNCED, "bad"), LATE(Figure.BOUNCED_LATE, "bad"),
        PUT_OFF(Figure.DEFERRED, "warn"), GIVEN_UP(Figure.EXPIRED, "bad"),
        FAILED(Figure.FAILED, "bad");

        private final Figure figure;
        private final String tone;

        Kind(Figure figure, String tone) {
            this.figure = figure;
            this.tone = tone;
        }

        Figure figure() {
            return figure;
        }

        String tone() {
            return tone;
        }

        static Optional<Kind> of(String figure) {
            return Arrays.stream(values()).filter(k -> k.figure.word().equals(figure))
                    .findFirst();
        }

        String title() {
            return switch (this) {
                case REFUSED -> Texts.t("Refused for good");
                case LATE -> Texts.t("Came back later");
                case PUT_OFF -> Texts.t("Put off");
                case GIVEN_UP -> Texts.t("Given up");
                case FAILED -> Texts.t("Could not be made");
            };
        }

        /** What so many are, and of what the shares are. */
        String means(long n) {
            return switch (this) {
                case REFUSED -> Texts.plural(n, "recipient; shares are of all attempts",
                        "recipients; shares are of all attempts");
                case LATE -> Texts.plural(n,
                        "recipient, after a yes; shares are of what was taken",
                        "recipients, after a yes; shares are of what was taken");
                case PUT_OFF -> Texts.plural(n,
                        "time, and tried again; shares are of all attempts",
                        "times, each tried again; shares are of all attempts");
                case GIVEN_UP -> Texts.plural(n,
                        "recipient whose time was over; shares are of all that ended",
                        "recipients whose time was over; shares are of all that ended");
                case FAILED -> Texts.plural(n,
                        "recipient whose mail had a fault; shares are of all that ended",
                        "recipients whose mail had a fault; shares are of all that ended");
            };
        }

        /** One share's denominator, in a sentence. */
        String under() {
            return switch (this) {
                case REFUSED, PUT_OFF -> Texts.t("attempts");
                case LATE -> Texts.t("taken");
                case GIVEN_UP, FAILED -> Texts.t("ended");
            };
        }
    }
}
