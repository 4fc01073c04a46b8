package dev.mailmill.dashboard;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Right;
import dev.mailmill.account.Credential;
import dev.mailmill.account.Credential.Kind;
import dev.mailmill.domain.Domains;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.template.Draft;
import dev.mailmill.template.Entry;
import dev.mailmill.template.Starter;
import dev.mailmill.template.TemplateDesk;
import dev.mailmill.template.Variable;
import dev.mailmill.template.Version;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** How programs send through this server, ready to be pasted. */
final class ConnectPages implements Routes {
    private static final int LOOKED_THROUGH_MAX = 500;
    private static final String EXAMPLE = "me@example.com";
    private static final String RECIPIENT = "ann@example.org";
    private static final String KEY = "KEY";
    private static final String BULK = "bulk";

    private final Gatekeeper gate;
    private final Accounts accounts;
    private final Domains domains;
    private final TemplateDesk desk;
    private final Surroundings surroundings;

    ConnectPages(Gatekeeper gate, Accounts accounts, Domains domains, TemplateDesk desk,
            Surroundings surroundings) {
        this.gate = gate;
        this.accounts = accounts;
        this.domains = domains;
        this.desk = desk;
        this.surroundings = surroundings;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/connect", this::show);
    }

    /**
     * @param login  whether there is an SMTP login to fill in
     * @param domain whether {@code from} may send for real
     */
    record Model(Snippets.Place place, List<Snippets.Snippet> snippets, boolean login,
            boolean domain, Mail mail) {
    }

    /** How far a template is from being sent by its alias. */
    enum Standing {
        NOT_TAKEN, NEVER_PUBLISHED, SENT
    }

    /**
     * The call of one template, in one language.
     *
     * @param own       aliases that there are already
     * @param starters  those that there are not
     * @param variables what it takes
     */
    record Mail(List<String> own, List<Starter> starters, String alias, String words,
            Standing standing, TemplateCall.Language language, String text, boolean mayChange,
            List<Row> variables) {
        List<TemplateCall.Language> languages() {
            return TemplateCall.Language.all();
        }

        String with(TemplateCall.Language other) {
            return "/connect?template=" + alias + "&language=" + other.id() + "#template";
        }
    }

    /** One that a template takes. @param otherwise as JSON; empty for none */
    record Row(String name, String type, boolean needed, String words, String otherwise) {
    }

    private Answer show(Visit visit) {
        List<String> logins = accounts.list(visit.tenant(), Kind.SMTP, "", LOOKED_THROUGH_MAX)
                .reversed().stream().filter(c -> c.revoked().isEmpty())
                .map(Credential::id).toList();
        List<String> owned = domains.list(visit.tenant(), "", LOOKED_THROUGH_MAX).stream()
                .filter(SendingDomain::owned).map(SendingDomain::name).toList();
        Snippets.Place place = new Snippets.Place(surroundings.base().get().toString(),
                surroundings.smtpHost(), surroundings.submission().getAsInt(),
                surroundings.submissions().getAsInt(), surroundings.authority(),
                logins.isEmpty() ? "api" : logins.getFirst(),
                owned.isEmpty() ? EXAMPLE : "me@" + owned.getFirst());
        return gate.page(visit, "connect", Texts.t("Connect"), "connect", new Model(place,
                Snippets.of(place), !logins.isEmpty(), !owned.isEmpty(), mail(visit, place)));
    }

    private Mail mail(Visit visit, Snippets.Place place) {
        List<String> own = desk.list(visit.tenant(), "", LOOKED_THROUGH_MAX).stream()
                .filter(e -> e.kind() == dev.mailmill.template.Kind.EMAIL).map(Entry::alias)
                .toList();
        List<Starter> starters = desk.starters().stream()
                .filter(s -> !own.contains(s.alias())).toList();
        String asked = visit.query("template");
        // where nothing or nothing that there is was asked for, one's own come first
        Optional<Entry> entry = desk.find(visit.tenant(), asked)
                .filter(e -> e.kind() == dev.mailmill.template.Kind.EMAIL);
        Optional<Starter> starter = starters.stream().filter(s -> s.alias().equals(asked))
                .findFirst();
        if (entry.isEmpty() && starter.isEmpty()) {
            entry = own.stream().findFirst().flatMap(a -> desk.find(visit.tenant(), a));
        }
        return entry.map(e -> mail(visit, place, own, starters, e.alias(), e.name(),
                        e.published() == 0 ? Standing.NEVER_PUBLISHED : Standing.SENT, sent(e)))
                .orElseGet(() -> {
                    Starter s = starter.orElseGet(starters::getFirst);
                    return mail(visit, place, own, starters, s.alias(), s.description(),
                            Standing.NOT_TAKEN, desk.draft(s));
                });
    }

    /** What goes out now; before the first version what would. */
    private Draft sent(Entry e) {
        return e.published() == 0 ? e.draft() : desk.version(e, e.published())
                .map(Version::draft).orElse(e.draft());
    }

    private Mail mail(Visit visit, Snippets.Place place, List<String> own, List<Starter> starters,
            String alias, String words, Standing standing, Draft draft) {
        TemplateCall.Language language = TemplateCall.Language.of(visit.query("language"))
                .orElse(TemplateCall.Language.CURL);
        TemplateCall call = new TemplateCall(place.url() + "v1/messages", KEY, place.from(),
                RECIPIENT, alias, draft.bulk() ? BULK : "", draft.sample());
        return new Mail(own, starters, alias, words, standing, language, call.in(language),
                Right.TEMPLATES.test(visit.person()), rows(visit.tenant(), draft));
    }

    /** What has to be given first. */
    private List<Row> rows(long tenant, Draft draft) {
        List<String> required = desk.required(tenant, draft);
        // what each element of a list needs (items[].name) makes the list no need
        List<Row> rows = draft.variables().entrySet().stream().map(e -> {
            Variable v = e.getValue();
            return new Row(e.getKey(), v.type().word(), v.otherwise().isEmpty()
                    && required.stream().anyMatch(r -> r.equals(e.getKey())
                            || r.startsWith(e.getKey() + ".")),
                    v.description(), v.otherwise().map(Object::toString).orElse(""));
        }).toList();
        return Stream.concat(rows.stream().filter(Row::needed),
                rows.stream().filter(r -> !r.needed())).toList();
    }
}
