package dev.mailmill.dashboard;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Base32;
import dev.mailmill.account.Bounds;
import dev.mailmill.account.Credential.Kind;
import dev.mailmill.account.Credential;
import dev.mailmill.account.Minting;
import dev.mailmill.account.Right;
import dev.mailmill.containment.Containment.Done;
import dev.mailmill.containment.Containment.Kept;
import dev.mailmill.containment.Containment;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Desk;
import dev.mailmill.mail.Stream;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** API keys and SMTP logins: made, shown once, held and let go on, revoked. */
final class CredentialPages implements Routes {
    private static final Set<String> SCOPES = Set.of("send", "read", "admin");
    private static final int NAME_MAX = 100;
    private static final int SHOWN_MAX = 500;
    private static final int ASKED_BYTES = 16;

    private final Gatekeeper gate;
    private final Accounts accounts;
    private final Containment containment;
    private final Desk desk;
    private final SecureRandom random;

    /** @param desk what a contained one's queue is cancelled by */
    CredentialPages(Gatekeeper gate, Accounts accounts, Containment containment, Desk desk,
            SecureRandom random) {
        this.gate = gate;
        this.accounts = accounts;
        this.containment = containment;
        this.desk = desk;
        this.random = random;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/credentials", v -> shown(200, v, Said.NOTHING));
        gate.post(router, "/credentials", Right.CREDENTIALS, this::make);
        gate.get(router, "/credentials/{id}/revoke", this::confirm);
        gate.post(router, "/credentials/{id}/revoke", Right.CREDENTIALS, this::revoke);
        gate.get(router, "/credentials/{id}/contain", this::confirmContain);
        gate.post(router, "/credentials/{id}/contain", Right.CREDENTIALS, this::contain);
        gate.post(router, "/credentials/{id}/release", Right.CREDENTIALS, this::release);
    }

    /**
     * One line of a list.
     *
     * @param mark what has become of it by containment
     */
    record Row(Credential credential, String stream, Optional<Kept> mark) {
        boolean inUse() {
            return credential.revoked().isEmpty();
        }

        boolean held() {
            return mark.filter(Kept::held).isPresent();
        }

        /** {@code unnamed} where nobody has given it one. */
        String name() {
            return credential.name().isEmpty() ? Texts.t("unnamed") : credential.name();
        }

        /** Why a person has ended it with all that it had queued; empty for not so. */
        String contained() {
            return mark.filter(Kept::contained).map(Kept::evidence).orElse("");
        }

        String scopes() {
            return String.join(", ", credential.scopes().stream().sorted().toList());
        }

        /** What an SMTP login does beside; empty for nothing. */
        String beside() {
            List<String> words = new ArrayList<>();
            if (!credential.smtp().rewriteFrom().isEmpty()) {
                words.add(Texts.t("a foreign From becomes {0}", credential.smtp().rewriteFrom()));
            }
            if (!credential.smtp().networks().isEmpty()) {
                words.add(Texts.t("without a login from {0}", credential.smtp().networkList()));
            }
            return String.join("; ", words);
        }

        String hint() {
            return credential.secretPrefix() + "…" + credential.hint();
        }

        /** What it is kept to, beside being a test; empty for nothing. */
        String kept() {
            Bounds bounds = credential.bounds();
            List<String> kept = new ArrayList<>();
            if (!bounds.domain().isEmpty()) {
                kept.add(Texts.t("only from {0}", bounds.domain()));
            }
            if (bounds.perSecond() > 0) {
                kept.add(Texts.t("{0} a second", bounds.perSecond()));
            }
            if (bounds.perDay() > 0) {
                kept.add(Texts.t("{0} recipients a day", bounds.perDay()));
            }
            return String.join(", ", kept);
        }
    }

    /**
     * What the last form led to.
     *
     * @param secret shown here and never again; empty for none
     */
    record Said(String done, String user, String secret, String wrong) {
        static final Said NOTHING = new Said("", "", "", "");
    }

    /** @param asked makes sure that a form that is sent twice makes one credential */
    record Model(List<Row> keys, List<Row> logins, List<Stream> streams, String asked, Said said) {
        /** Those whose mail waits for a word. */
        List<Row> held() {
            List<Row> held = new ArrayList<>(keys);
            held.addAll(logins);
            held.removeIf(r -> !r.held());
            return held;
        }
    }

    private Answer shown(int status, Visit visit, Said said) {
        byte[] asked = new byte[ASKED_BYTES];
        random.nextBytes(asked);
        return gate.page(status, visit, "credentials", Texts.t("Credentials"), "credentials",
                new Model(rows(visit.tenant(), Kind.API), rows(visit.tenant(), Kind.SMTP),
                        accounts.streams(visit.tenant()), "page-" + Base32.text(asked), said));
    }

    /** Those in use first, the newest on top. */
    private List<Row> rows(long tenant, Kind kind) {
        List<Row> used = new ArrayList<>();
        List<Row> revoked = new ArrayList<>();
        List<Kept> kept = containment.kept(tenant);
        for (Credential c : accounts.list(tenant, kind, "", SHOWN_MAX).reversed()) {
            (c.revoked().isEmpty() ? used : revoked).add(row(c, kept));
        }
        used.addAll(revoked);
        return used;
    }

    private Row row(Credential c, List<Kept> kept) {
        return new Row(c, accounts.of(c.stream()).name(), kept.stream()
                .filter(k -> k.credential().equals(c.id())).findFirst());
    }

    private Answer make(Visit visit) {
        Kind kind = visit.field("kind").equals("smtp") ? Kind.SMTP : Kind.API;
        String name = visit.field("name");
        Set<String> scopes = new HashSet<>(visit.exchange().form().all("scope"));
        scopes.retainAll(SCOPES);
        if (name.length() > NAME_MAX || name.codePoints().anyMatch(Character::isISOControl)) {
            return shown(422, visit, wrong(Texts.t("A name has at most {0} characters and no"
                    + " control"
                    + " character.", NAME_MAX)));
        }
        if (kind == Kind.API && scopes.isEmpty()) {
            return shown(422, visit, wrong(
                    Texts.t("Choose at least one thing that the key may do.")));
        }
        // or it would be a way around the role: such a key reads the audit log
        if (scopes.contains("admin") && !Right.PEOPLE.test(visit.person())) {
            throw ProblemType.MISSING_ROLE.problem(
                    Texts.t("Keys with the scope admin are made by owners and admins."));
        }
        boolean test = visit.field("test").equals("yes");
        if (test && scopes.contains("admin")) {
            return shown(422, visit, wrong(Texts.t("A test key can't have admin: it could"
                    + " make one that sends.")));
        }
        return switch (accounts.mint(new Accounts.Wish(visit.tenant(), kind, name,
                visit.field("stream"), scopes, visit.field("asked"),
                new Bounds(test, "", 0, 0)))) {
            case Minting.Minted(Credential made, String secret) -> shown(201, visit, new Said(
                    kind == Kind.API ? Texts.t("The key is made.") : Texts.t("The login is made."),
                    kind == Kind.SMTP ? made.id() : "", secret, ""));
            case Minting.Again(Credential earlier) ->
                    shown(200, visit, wrong(Texts.t("{0} was made by this"
                    + " form already, and its secret shown then. If it is lost, revoke it and make"
                    + " another.", earlier.id())));
            case Minting.Conflict() -> shown(409, visit, wrong(Texts.t("This form has made another"
                    + " credential already. Fill it in again.")));
            case Minting.NoSuchStream(String stream) -> shown(422, visit,
                    wrong(Texts.t("There is no stream named {0}.", stream)));
            case Minting.NetworkTaken(String network) ->
                    shown(409, visit, wrong(Texts.t("The network {0}"
                    + " submits as another login already.", network)));
            case Minting.TooMany(int max) -> shown(409, visit, wrong(Texts.t("This account has {0}"
                    + " credentials of this kind, the most it may. Revoke some first.", max)));
        };
    }

    private static Said wrong(String words) {
        return new Said("", "", "", words);
    }

    /** @param login whether it is an SMTP login */
    record Revoking(Row row, boolean login) {
    }

    private Answer confirm(Visit visit) {
        Credential found = find(visit);
        return gate.page(visit, "revoke", Texts.t("Revoke {0}", found.id()), "credentials",
                revoking(visit, found));
    }

    private Revoking revoking(Visit visit, Credential found) {
        return new Revoking(row(found, containment.kept(visit.tenant())),
                found.kind() == Kind.SMTP);
    }

    private Answer confirmContain(Visit visit) {
        Credential found = find(visit);
        return gate.page(visit, "contain", Texts.t("Contain {0}", found.id()), "credentials",
                revoking(visit, found));
    }

    private Answer contain(Visit visit) {
        Credential found = find(visit);
        Done done = containment.contain(visit.tenant(), found.kind(), found.id(),
                visit.person().email(), desk).orElseThrow(CredentialPages::unknown);
        return shown(200, visit, new Said(Texts.plural(done.deliveries(),
                "{1} is contained: it is revoked, and {0} delivery is cancelled.",
                "{1} is contained: it is revoked, and {0} deliveries are cancelled.",
                found.id()), "", "", ""));
    }

    private Answer release(Visit visit) {
        String id = visit.exchange().path("id");
        Done done = containment.release(visit.tenant(), id, visit.person().email(), desk)
                .orElseThrow(() ->
                        ProblemType.NOT_FOUND.problem(Texts.t("That credential is not held"
                        + " any more. The page Credentials lists those that are.")));
        return shown(200, visit, new Said(Texts.plural(done.deliveries(),
                "{1} goes on, and {0} delivery is let go. For a day its pace is not judged.",
                "{1} goes on, and {0} deliveries are let go. For a day its pace is not judged.",
                id), "", "", ""));
    }

    

    private Answer revoke(Visit visit) {
        Credential found = find(visit);
        accounts.revoke(visit.tenant(), found.kind(), found.id());
        return shown(200, visit, new Said(Texts.t("{0} is revoked. What still uses it is refused"
                + " from now on.", found.id()), "", "", ""));
    }

    private Credential find(Visit visit) {
        String id = visit.exchange().path("id");
        Kind kind = id.startsWith(Kind.SMTP.idPrefix()) ? Kind.SMTP : Kind.API;
        return accounts.list(visit.tenant(), kind, "", SHOWN_MAX).stream()
                .filter(c -> c.id().equals(id)).findFirst().orElseThrow(CredentialPages::unknown);
    }

    private static Problem unknown() {
        return ProblemType.NOT_FOUND.problem(Texts.t("This account has no such credential. The page"
                + " Credentials lists those that it has."));
    }
}
