package dev.mailmill.dashboard;

import dev.mailmill.analytics.Rate;
import dev.mailmill.analytics.Refusals.Picture;
import dev.mailmill.analytics.Stats.Sums;
import dev.mailmill.mail.Dispatcher;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.Transport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToLongFunction;

/** How mail goes with each provider. Pure. */
final class ProviderStrip {
    private static final int ROWS_MAX = 8;
    private static final String OTHERS = "others";
    private static final String SIMULATOR = "simulator";

    private ProviderStrip() {
    }

    /**
     * One provider.
     *
     * @param sent      what has ended there
     * @param delivered its share that was taken, and of what
     * @param oldest    how long the first of those that are due waits; empty for none
     * @param tone      of the lane
     * @param word      beside it
     * @param why       what keeps it; empty while it flows
     * @param queue     where its waiting mail is seen
     */
    record Row(String title, String path, long sent, String delivered, String of, long waiting,
            String oldest, String tone, String word, String why, String queue) {
        String waits() {
            return waiting == 0 ? "0" : Texts.t("{0}", waiting);
        }
    }

    /**
     * @param places of the operator's; empty for who may not see everybody's lanes
     * @param later  what waits in the store for a provider
     */
    static List<Row> of(Picture picture, List<Dispatcher.Place> places,
            ToLongFunction<String> later, String span, Instant now) {
        Set<String> words = new TreeSet<>();
        picture.cells().stream().map(c -> c.provider()).filter(p -> !p.isEmpty())
                .forEach(words::add);
        places.forEach(p -> words.add(mailboxes(p.site())));
        List<Row> rows = new ArrayList<>();
        for (String word : words) {
            rows.add(row(word, picture.sums(c -> c.provider().equals(word)), places.stream()
                    .filter(p -> mailboxes(p.site()).equals(word)).toList(),
                    later.applyAsLong(word), span, now));
        }
        // everyone else is no provider, and stands last
        rows.sort(Comparator.comparing((Row r) -> r.path().endsWith(OTHERS))
                .thenComparingLong(r -> -r.sent() - r.waiting()));
        return rows.stream().filter(r -> r.sent() > 0 || r.waiting() > 0).limit(ROWS_MAX)
                .toList();
    }

    private static Row row(String word, Sums sums, List<Dispatcher.Place> places, long later,
            String span, Instant now) {
        long n = Rate.DELIVERY.numerator(sums);
        long of = Rate.DELIVERY.denominator(sums);
        Optional<Dispatcher.Place> held = places.stream().filter(p -> p.hold().isPresent())
                .max(Comparator.comparingInt(Dispatcher.Place::waiting));
        Optional<Instant> oldest = places.stream().map(p -> p.oldest().orElse(null))
                .filter(Objects::nonNull).min(Comparator.naturalOrder());
        String state = held.map(p -> word(p.hold().orElseThrow())).orElse(Texts.t("flowing"));
        return new Row(Reasons.provider(word), "/deliverability?span=" + span + "&provider="
                + word, of, of == 0 ? "–" : Shares.percent(n, of), Shares.of(n, of),
                later + places.stream().mapToLong(Dispatcher.Place::waiting).sum(),
                oldest.map(o -> Times.span(Duration.between(o, now))).orElse("–"),
                held.map(p -> tone(p.hold().orElseThrow())).orElse("good"), state,
                held.map(p -> Texts.told(p.hold().orElseThrow().reason())).orElse(""), "/queue");
    }

    private static String word(Traffic.Hold hold) {
        return switch (hold.constraint()) {
            case PAUSED -> Texts.t("paused");
            case BREAKER -> Texts.t("refused");
            case WARM_UP -> Texts.t("warming up");
            case LANE, RULE, SOURCE -> Texts.t("resting");
        };
    }

    private static String tone(Traffic.Hold hold) {
        return switch (hold.constraint()) {
            case BREAKER -> "bad";
            case PAUSED, LANE, RULE, SOURCE, WARM_UP -> "warn";
        };
    }

    /** As people call it: the provider where it is known, else the site. */
    static String title(Transport.Site site) {
        String word = mailboxes(site);
        return word.equals(OTHERS) ? site.name() : Reasons.provider(word);
    }

    /** The word that statistics have for whom the lanes' rules name. */
    static String mailboxes(Transport.Site site) {
        String lane = site.provider();
        return switch (lane) {
            case "google" -> "gmail";
            case "microsoft", "yahoo", "apple", "comcast", "orange", "gmx", "zoho" -> lane;
            case "t-online" -> "telekom";
            case "mail-ru" -> "mailru";
            case "protonmail" -> "proton";
            // its sites: `simulator`, `simulator gmail-421`
            default -> site.name().split(" ", 2)[0].equals(SIMULATOR) ? SIMULATOR : OTHERS;
        };
    }
}
