package dev.mailmill.tracking;

import dev.mailmill.tracking.LinkToken.Mark;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Range;
import org.jsoup.parser.Parser;

/**
 * How the links of one message are led past us. All octets that are no link's address stay as they
 * are, however odd the markup: an editor that reads and writes HTML anew breaks what Outlook needs.
 * Immutable; the same text always gives the same.
 */
public final class Marking {
    /** Of a mail's HTML, and of its text; what is over that leads where it led. */
    private static final int LINKS_MAX = 1_000;
    /** Longer mail is no letter to somebody, and its markup read fills the memory. */
    private static final int CHARS_MAX = 2 * 1024 * 1024;
    /** What is over that is read one at a time: a tree takes a hundred times its text. */
    private static final int LARGE_CHARS = 256 * 1024;
    private static final ReentrantLock LARGE = new ReentrantLock();
    private static final Pattern IN_TEXT = Pattern.compile("(?i)\\bhttps?://[^\\s<>\"]+");
    private static final String SENTENCE_ENDS = ".,;:!?'\")]}*_";
    /** A way out must work without us, and is nobody's interest. */
    private static final Pattern WAY_OUT = Pattern.compile("(?i)unsubscri|opt-?out|abmeld|abbestell"
            + "|desinscri|désinscri|desabonn|désabonn");

    private final LinkToken tokens;
    private final String prefix;
    private final Mark mark;

    Marking(LinkToken tokens, String prefix, Mark mark) {
        this.tokens = tokens;
        this.prefix = prefix;
        this.mark = mark;
    }

    private record Place(int from, int to, String target) {
    }

    /** For who writes the mail later. */
    public void write(DataOutput out) throws IOException {
        out.writeUTF(prefix);
        out.writeBoolean(mark.individual());
        out.writeLong(mark.stream());
        out.writeLong(mark.message());
    }

    static Marking read(LinkToken tokens, DataInput in) throws IOException {
        return new Marking(tokens, in.readUTF(),
                new Mark(in.readBoolean(), in.readLong(), in.readLong()));
    }

    /**
     * With a picture at its end, which tells of an opening. Before it, where there are links, is
     * one more that has nothing to be seen, clicked, read out or reached by keyboard: a program
     * that follows all links of a mail follows it too. It is not {@code display:none}, which
     * scanners pass over and filters take for a spammer's; it simply has no content.
     */
    public String html(String html) {
        if (html.isEmpty() || html.length() > CHARS_MAX) {
            return html;
        }
        List<Place> places = places(html);
        String marked = marked(html, places);
        int at = end(marked);
        String trap = places.isEmpty() ? "" : "<a href=\"" + prefix + "/t/" + tokens.trap(mark)
                + "\" aria-hidden=\"true\" tabindex=\"-1\"></a>";
        return marked.substring(0, at) + trap + "<img src=\"" + url("")
                + "\" width=\"1\" height=\"1\" alt=\"\" style=\"display:block;border:0;"
                + "width:1px;height:1px\">"
                + marked.substring(at);
    }

    /** Letters are compared and not made small: some, as the Turkish İ, become two then. */
    private static int end(String html) {
        for (int i = html.lastIndexOf("</"); i >= 0; i = html.lastIndexOf("</", i - 1)) {
            if (html.regionMatches(true, i, "</body", 0, 6)) {
                return i;
            }
        }
        return html.length();
    }

    /** Its links alone: of a message with several pages only one tells of an opening. */
    public String links(String html) {
        return marked(html, places(html));
    }

    /** An address in a text is what its reader sees, and opens. */
    public String text(String text) {
        if (text.length() > CHARS_MAX) {
            return text;
        }
        List<Place> places = new ArrayList<>();
        Matcher m = IN_TEXT.matcher(text);
        while (places.size() < LINKS_MAX && m.find()) {
            int from = m.start();
            int to = end(text, from, m.end());
            target(text.substring(from, to)).ifPresent(t -> places.add(new Place(from, to, t)));
        }
        return marked(text, places);
    }

    /** Without what ends the sentence; a bracket that the address itself has opened is its own. */
    private static int end(String text, int from, int to) {
        int open = 0;
        for (int i = from; i < to; i++) {
            open += text.charAt(i) == '(' ? 1 : text.charAt(i) == ')' ? -1 : 0;
        }
        int end = to;
        while (end > from && SENTENCE_ENDS.indexOf(text.charAt(end - 1)) >= 0) {
            if (text.charAt(end - 1) == ')' && open++ >= 0) {
                break;
            }
            end--;
        }
        return end;
    }

    /** Where in the text the addresses of links are, by the reading that browsers have. */
    private List<Place> places(String html) {
        if (html.length() > CHARS_MAX) {
            return List.of();
        }
        if (html.length() <= LARGE_CHARS) {
            return read(html);
        }
        LARGE.lock();
        try {
            return read(html);
        } finally {
            LARGE.unlock();
        }
    }

    private List<Place> read(String html) {
        Document read = Jsoup.parse(html, "", Parser.htmlParser().setTrackPosition(true));
        List<Place> places = new ArrayList<>();
        for (Element link : read.select("a[href], area[href]")) {
            if (places.size() == LINKS_MAX) {
                break;
            }
            Range range = link.attributes().sourceRange("href").valueRange();
            String value = link.attr("href");
            boolean off = link.closest("[data-track=off]") != null
                    || WAY_OUT.matcher(link.text()).find();
            if (off || !range.isTracked()) {
                continue;
            }
            int from = range.startPos();
            int to = range.endPos();
            // seen to be it: an address that stands elsewhere would damage the mail
            boolean there = from >= 0 && from < to && to <= html.length()
                    && Parser.unescapeEntities(html.substring(from, to), true).equals(value);
            if (there) {
                target(value).ifPresent(t -> places.add(new Place(from, to, t)));
            }
        }
        places.sort(Comparator.comparingInt(Place::from));
        return places;
    }

    private Optional<String> target(String href) {
        if (WAY_OUT.matcher(href).find() || href.startsWith(prefix + "/u/")
                || href.startsWith(prefix + "/t/")) {
            return Optional.empty();
        }
        return Target.of(href);
    }

    private String marked(String text, List<Place> places) {
        if (places.isEmpty()) {
            return text;
        }
        Map<String, String> urls = new HashMap<>();
        StringBuilder out = new StringBuilder(text.length() + places.size() * 128);
        int at = 0;
        for (Place p : places) {
            if (p.from() >= at) {
                out.append(text, at, p.from())
                        .append(urls.computeIfAbsent(p.target(), this::url));
                at = p.to();
            }
        }
        return out.append(text, at, text.length()).toString();
    }

    private String url(String target) {
        return prefix + "/t/" + tokens.mint(mark, target);
    }
}
