package dev.mailmill.tracking;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Streams;
import dev.mailmill.tracking.LinkToken.Link;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * {@code /t/TOKEN}: where a link led, or a picture that nobody sees. Answered from the token alone;
 * what was seen is written down afterwards.
 */
public final class TrackRoutes implements Routes {
    private static final byte[] PICTURE = Base64.getDecoder().decode(
            "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");
    private static final Map<String, String> HEADERS = Map.of("Cache-Control", "no-store",
            "Referrer-Policy", "no-referrer", "X-Robots-Tag", "noindex, nofollow");

    /** Nobody sees it; of one connection it leaves 50 clicks a second. */
    private static final long LATER_NANOS = 20_000_000;
    private static final byte[] NO_BODY = new byte[0];
    private static final byte[] NOTHING = "There is nothing here to see.\n".getBytes(
            java.nio.charset.StandardCharsets.US_ASCII);

    private final LinkHosts hosts;
    private final LinkToken tokens;
    private final Sightings sightings;
    private final Networks networks;
    private final Streams streams;

    public TrackRoutes(LinkHosts hosts, Tracking tracking, Sightings sightings,
            Networks networks, Streams streams) {
        this.hosts = hosts;
        this.streams = streams;
        this.tokens = tracking.tokens();
        this.sightings = sightings;
        this.networks = networks;
    }

    @Override
    public void into(Router router) {
        router.only("/t/", hosts::only).open("/t/{token}", this::answer);
    }

    /** Who has an account here can have any link signed, and must not have it under any name. */
    private boolean leads(Link link, Exchange e) {
        try {
            return hosts.lead(streams.of(link.mark().stream()).tenant(),
                    e.header("Host").orElse(""));
        } catch (IllegalArgumentException gone) {
            return !hosts.only(e.header("Host").orElse(""));
        }
    }

    private Answer answer(Exchange e) {
        Optional<Link> link = tokens.read(e.path("token")).filter(l -> leads(l, e));
        if (link.isEmpty()) {
            return UnsubscribeRoutes.unknown();
        }
        if (sightings.saw(link.get(), e.header("User-Agent").orElse(""),
                networks.of(e.client()), e.head())) {
            LockSupport.parkNanos(LATER_NANOS);
        }
        if (link.get().trap()) {
            return new Answer(200, "text/plain; charset=utf-8", HEADERS, NOTHING);
        }
        if (link.get().target().isEmpty()) {
            return new Answer(200, "image/gif", HEADERS, PICTURE);
        }
        return new Answer(302, "", HEADERS, NO_BODY).with("Location", link.get().target());
    }
}
