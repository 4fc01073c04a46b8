package dev.mailmill.exit;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Which mail takes which exits.
 *
 * @param match    the mail
 * @param shares   of it
 * @param failover who takes over when an exit itself fails, in order
 */
record Route(String name, Match match, Shares shares, List<String> failover) {
    Route {
        failover = List.copyOf(failover);
    }

    /** Most specific first: by how much is said, then by what. */
    static final Comparator<Route> ORDER =
            Comparator.comparingInt((Route r) -> -r.match.weight()).thenComparing(Route::name);

    /**
     * What a delivery is matched by.
     *
     * @param sender   unknown where only the delivery is
     * @param provider of the recipient; empty for none
     */
    record Mail(String tenant, String stream, String recipient, Optional<String> sender,
            String provider) {
    }

    /** Empty: any. Domains are A-labels in lower case. */
    record Match(String tenant, String stream, String recipient, String sender,
            String provider) {
        static final Match ALL = new Match("", "", "", "", "");
        private static final int ONE = 32;

        /** The number of conditions, then which: recipient, sender, stream, provider, tenant. */
        private int weight() {
            return said(recipient, 16) + said(sender, 8) + said(stream, 4) + said(provider, 2)
                    + said(tenant, 1);
        }

        private static int said(String condition, int rank) {
            return condition.isEmpty() ? 0 : ONE + rank;
        }

        /** Whether it holds; of an unknown sender whether it may. */
        boolean holds(Mail mail) {
            return fits(tenant, mail.tenant()) && fits(stream, mail.stream())
                    && fits(recipient, mail.recipient())
                    && (mail.sender().isEmpty() || fits(sender, mail.sender().get()))
                    && fits(provider, mail.provider());
        }

        private static boolean fits(String condition, String value) {
            return condition.isEmpty() || condition.equals(value);
        }
    }

    /** Whether an exit gets anything of it. */
    boolean names(String exit) {
        return shares.slots().contains(exit) || failover.contains(exit);
    }
}
