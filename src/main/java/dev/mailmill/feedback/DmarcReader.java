package dev.mailmill.feedback;

import dev.mailmill.feedback.DmarcReport.Policy;
import dev.mailmill.feedback.DmarcReport.Result;
import dev.mailmill.feedback.DmarcReport.Row;
import dev.mailmill.mime.Malformed;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads aggregate reports as they go by, those of RFC 9990 and of the drafts before. Namespaces,
 * the order of elements and elements that nobody knows do not matter, since reporters differ in
 * all of them; what counts mail has to be there and be right.
 */
final class DmarcReader {
    /** Of one report; 25 MB hold about as many. */
    static final int RECORDS_MAX = 100_000;
    private static final int DEPTH_MAX = 32;
    private static final int TEXT_MAX = 2_000;
    private static final int RESULTS_MAX = 200;
    private static final int OUTER_MAX = 8;
    private static final long COUNT_MAX = 1_000_000_000L;
    /** The year 2200: milliseconds in place of seconds are far behind it. */
    private static final long SECONDS_MAX = 7_258_118_400L;

    private static final XMLInputFactory FACTORY = factory();

    private final XMLStreamReader xml;
    private int depth;
    private int records;
    private String version = "";
    private String organization = "";
    private String email = "";
    private String id = "";
    private OptionalLong begin = OptionalLong.empty();
    private OptionalLong end = OptionalLong.empty();
    private Policy policy;
    private final List<Row> rows = new ArrayList<>();
    /** Reports say the same few words over and over. */
    private final Map<String, String> known = new HashMap<>();

    private DmarcReader(XMLStreamReader xml) {
        this.xml = xml;
    }

    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        // A DOCTYPE is refused when it is met; these hold should one slip by.
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, true);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, true);
        factory.setXMLResolver((_, _, _, _) -> {
            throw new XMLStreamException("it names something outside of itself");
        });
        return factory;
    }

    /** @return None when it is XML of another kind */
    static Feedback read(byte[] bytes) throws Malformed {
        Written text = Written.of(bytes);
        try {
            XMLStreamReader xml = FACTORY.createXMLStreamReader(text.open());
            DmarcReader reader = new DmarcReader(xml);
            try {
                return reader.document();
            } finally {
                xml.close();
            }
        } catch (XMLStreamException e) {
            if (e.getNestedException() instanceof CharacterCodingException) {
                throw new Malformed("The DMARC report holds octets that are no "
                        + text.charset() + ", after line " + line(e) + ".");
            }
            throw broken(e);
        } catch (RuntimeException e) {
            // the JDK's reader runs into its own defects on some broken input
            throw new Malformed("The DMARC report is no XML that can be read.");
        }
    }

    private static int line(XMLStreamException e) {
        return e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNumber());
    }

    private static Malformed broken(XMLStreamException e) {
        String words = String.valueOf(e.getMessage());
        int message = words.indexOf("Message: ");
        String where = e.getLocation() == null ? "" : " in line "
                + e.getLocation().getLineNumber() + ", column "
                + e.getLocation().getColumnNumber();
        return new Malformed("The DMARC report is not well-formed XML" + where + ": "
                + Words.clean(message < 0 ? words : words.substring(message + 9)));
    }

    private Malformed wrong(String what) {
        return new Malformed("The DMARC report is refused in line "
                + xml.getLocation().getLineNumber() + ": " + what);
    }

    private Feedback document() throws XMLStreamException, Malformed {
        for (int outer = 0; outer < OUTER_MAX; outer++) {
            if (!toStart()) {
                return new Feedback.None();
            }
            if (name().equals("feedback")) {
                children(this::part);
                tail();
                return whole();
            }
        }
        return new Feedback.None();
    }

    /** What comes after the report is another one, or of no interest. */
    private void tail() throws Malformed {
        try {
            while (toStart()) {
                if (name().equals("feedback")) {
                    throw wrong("a second report follows the first.");
                }
            }
        } catch (XMLStreamException e) {
            // some reporters open a schema around the report that they never close
            return;
        }
    }

    private boolean toStart() throws XMLStreamException, Malformed {
        while (xml.hasNext()) {
            int event = next();
            if (event == XMLStreamConstants.START_ELEMENT) {
                return true;
            }
        }
        return false;
    }

    private int next() throws XMLStreamException, Malformed {
        int event = xml.next();
        if (event == XMLStreamConstants.DTD) {
            throw wrong("a DOCTYPE is in it, and no report needs one.");
        }
        if (event == XMLStreamConstants.ENTITY_REFERENCE) {
            throw wrong("it refers to the entity " + Words.keyword(xml.getLocalName()) + ".");
        }
        return event;
    }

    private String name() {
        return xml.getLocalName().toLowerCase(Locale.ROOT);
    }

    private interface Child {
        /** Reads an element to its end. */
        void read(String name) throws XMLStreamException, Malformed;
    }

    private void children(Child child) throws XMLStreamException, Malformed {
        if (++depth > DEPTH_MAX) {
            throw wrong("its elements are nested deeper than " + DEPTH_MAX + ".");
        }
        while (true) {
            int event = next();
            if (event == XMLStreamConstants.START_ELEMENT) {
                child.read(name());
            } else if (event == XMLStreamConstants.END_ELEMENT) {
                depth--;
                return;
            }
        }
    }

    private void skip(String unused) throws XMLStreamException, Malformed {
        children(this::skip);
    }

    private String text() throws XMLStreamException, Malformed {
        String element = name();
        StringBuilder out = new StringBuilder();
        while (true) {
            int event = next();
            if (event == XMLStreamConstants.END_ELEMENT) {
                String text = out.toString().strip();
                return known.size() > RECORDS_MAX ? text
                        : known.computeIfAbsent(text, t -> t);
            }
            if (event == XMLStreamConstants.START_ELEMENT) {
                throw wrong("<" + element + "> holds an element where a text is expected.");
            }
            if (event == XMLStreamConstants.CHARACTERS || event == XMLStreamConstants.CDATA
                    || event == XMLStreamConstants.SPACE) {
                if (out.length() + xml.getTextLength() > TEXT_MAX) {
                    throw wrong("<" + element + "> is longer than " + TEXT_MAX
                            + " characters.");
                }
                out.append(xml.getText());
            }
        }
    }

    private String keyword() throws XMLStreamException, Malformed {
        return Words.keyword(text());
    }

    /** A domain as far as it is one; trailing dots are for zone files. */
    private String domain() throws XMLStreamException, Malformed {
        String text = Words.clean(text()).toLowerCase(Locale.ROOT);
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }

    private OptionalLong whole(String element, long max) throws XMLStreamException, Malformed {
        String text = text();
        if (text.isEmpty()) {
            return OptionalLong.empty();
        }
        if (!text.matches("\\d{1,18}(\\.0*)?")) {
            throw wrong("<" + element + "> is no whole number.");
        }
        int dot = text.indexOf('.');
        long number = Long.parseLong(dot < 0 ? text : text.substring(0, dot));
        if (number > max) {
            throw wrong("<" + element + "> is larger than " + max + ".");
        }
        return OptionalLong.of(number);
    }

    private void part(String name) throws XMLStreamException, Malformed {
        switch (name) {
            case "version" -> version = keyword();
            case "report_metadata" -> children(this::metadata);
            case "policy_published" -> policy();
            case "record" -> record();
            default -> skip(name);
        }
    }

    private void metadata(String name) throws XMLStreamException, Malformed {
        switch (name) {
            case "org_name" -> organization = Words.clean(text());
            case "email" -> email = Words.clean(text());
            case "report_id" -> id = Words.clean(text());
            case "date_range" -> children(n -> {
                switch (n) {
                    case "begin" -> begin = whole(n, SECONDS_MAX);
                    case "end" -> end = whole(n, SECONDS_MAX);
                    default -> skip(n);
                }
            });
            default -> skip(name);
        }
    }

    private void policy() throws XMLStreamException, Malformed {
        Map<String, String> said = new HashMap<>();
        children(n -> {
            switch (n) {
                case "domain" -> said.put(n, domain());
                case "adkim", "aspf", "p", "sp", "np", "testing" -> said.put(n, keyword());
                default -> skip(n);
            }
        });
        if (policy != null && !policy.domain().equals(said.getOrDefault("domain", ""))) {
            throw wrong("it is about more than one domain.");
        }
        policy = new Policy(said.getOrDefault("domain", ""), said.getOrDefault("adkim", ""),
                said.getOrDefault("aspf", ""), said.getOrDefault("p", ""),
                said.getOrDefault("sp", ""), said.getOrDefault("np", ""),
                said.getOrDefault("testing", ""));
    }

    /** One record while it is read. */
    private static final class Open {
        private String source = "";
        private OptionalLong count = OptionalLong.empty();
        private String disposition = "";
        private String dkim = "";
        private String spf = "";
        private String headerFrom = "";
        private String envelopeFrom = "";
        private String envelopeTo = "";
        private final List<String> reasons = new ArrayList<>();
        private final List<Result> dkims = new ArrayList<>();
        private final List<Result> spfs = new ArrayList<>();
    }

    private void record() throws XMLStreamException, Malformed {
        if (++records > RECORDS_MAX) {
            throw wrong("it has more than " + RECORDS_MAX + " records.");
        }
        Open open = new Open();
        children(part -> {
            switch (part) {
                case "row" -> children(n -> row(n, open));
                case "identifiers", "identities" -> children(n -> {
                    switch (n) {
                        case "header_from" -> open.headerFrom = domain();
                        case "envelope_from" -> open.envelopeFrom = domain();
                        case "envelope_to" -> open.envelopeTo = domain();
                        default -> skip(n);
                    }
                });
                case "auth_results" -> children(n -> {
                    switch (n) {
                        case "dkim" -> open.dkims.add(result("selector", open.dkims));
                        case "spf" -> open.spfs.add(result("scope", open.spfs));
                        default -> skip(n);
                    }
                });
                default -> skip(part);
            }
        });
        rows.add(closed(open));
    }

    private void row(String name, Open open) throws XMLStreamException, Malformed {
        switch (name) {
            case "source_ip" -> {
                String text = text();
                open.source = Networks.canonical(text);
                if (open.source.isEmpty()) {
                    throw wrong("record " + records + " has no IP address in <source_ip>"
                            + (text.isEmpty() ? "." : ", but \"" + Words.keyword(text) + "\"."));
                }
            }
            case "count" -> open.count = whole(name, COUNT_MAX);
            case "policy_evaluated" -> children(n -> {
                switch (n) {
                    case "disposition" -> open.disposition = keyword();
                    case "dkim" -> open.dkim = keyword();
                    case "spf" -> open.spf = keyword();
                    case "reason" -> children(r -> {
                        if (r.equals("type") && open.reasons.size() < RESULTS_MAX) {
                            String type = keyword();
                            if (!type.isEmpty()) {
                                open.reasons.add(type);
                            }
                        } else {
                            skip(r);
                        }
                    });
                    default -> skip(n);
                }
            });
            default -> skip(name);
        }
    }

    private Result result(String second, List<Result> before)
            throws XMLStreamException, Malformed {
        if (before.size() >= RESULTS_MAX) {
            throw wrong("record " + records + " has more than " + RESULTS_MAX
                    + " results of one kind.");
        }
        String[] said = {"", "", ""};
        children(n -> {
            if (n.equals("domain")) {
                said[0] = domain();
            } else if (n.equals(second)) {
                said[1] = keyword();
            } else if (n.equals("result")) {
                // an old word of SPF drafts
                String result = keyword();
                said[2] = result.equals("hardfail") ? "fail" : result;
            } else {
                skip(n);
            }
        });
        return new Result(said[0], said[1], said[2]);
    }

    private Row closed(Open open) throws Malformed {
        if (open.source.isEmpty()) {
            throw wrong("record " + records + " has no <source_ip>.");
        }
        if (open.count.isEmpty()) {
            throw wrong("record " + records + " has no <count>.");
        }
        return new Row(open.source, open.count.getAsLong(), open.disposition,
                aligned(open.dkim, open.dkims, open.headerFrom),
                aligned(open.spf, open.spfs, open.headerFrom), open.reasons, open.headerFrom,
                open.envelopeFrom, open.envelopeTo, open.dkims, open.spfs);
    }

    /** Who leaves out what it evaluated has still said what it was evaluated from. */
    private static boolean aligned(String evaluated, List<Result> results, String from) {
        return evaluated.isEmpty() ? results.stream().anyMatch(r -> r.result().equals("pass")
                && related(r.domain(), from)) : evaluated.equals("pass");
    }

    private static boolean related(String a, String b) {
        return !a.isEmpty() && !b.isEmpty() && (a.equals(b) || a.endsWith("." + b)
                || b.endsWith("." + a));
    }

    private DmarcReport whole() throws Malformed {
        if (begin.isEmpty() || end.isEmpty()) {
            throw wrong("it does not say from when to when it is (<date_range>).");
        }
        if (end.getAsLong() < begin.getAsLong()) {
            throw wrong("it ends before it begins.");
        }
        if (policy == null || policy.domain().isEmpty()) {
            throw wrong("it does not say which domain it is about (<policy_published>).");
        }
        if (organization.isEmpty() && email.isEmpty()) {
            throw wrong("it does not say who reports.");
        }
        List<Row> named = rows.stream().map(this::named).toList();
        return new DmarcReport(version, organization, email, id,
                Instant.ofEpochSecond(begin.getAsLong()), Instant.ofEpochSecond(end.getAsLong()),
                policy, named);
    }

    /** Mail is reported to the domain in its From: who leaves it out means the policy's. */
    private Row named(Row row) {
        return !row.headerFrom().isEmpty() ? row : new Row(row.source(), row.count(),
                row.disposition(), row.dkim(), row.spf(), row.reasons(), policy.domain(),
                row.envelopeFrom(), row.envelopeTo(), row.dkimResults(), row.spfResults());
    }
}
