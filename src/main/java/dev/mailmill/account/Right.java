package dev.mailmill.account;

import java.util.function.Predicate;

/**
 * One kind of act at the pages. Which role has it says {@link Role#may}; {@code docs/people.md} has
 * the same table for people, and a test walks every page with every role.
 */
public enum Right implements Predicate<Person> {
    /** All pages that name no other right; nothing is changed. */
    LOOK,
    /** The own password, second factor and sessions. */
    SELF,
    TEMPLATES,
    SUPPRESSIONS,
    /** Mail that was handed in is taken back, let go, sent again. */
    MAIL,
    /** Domains, their rows and keys; feedback loops. */
    DOMAINS,
    /** API keys and SMTP logins. */
    CREDENTIALS,
    WEBHOOKS,
    ALERTS,
    /** Pauses, and acts on all that waits. */
    QUEUE,
    /** Where mail leaves: smart hosts, services, routes. */
    EXITS,
    /** Who may come in, as what. */
    PEOPLE,
    /** What was changed by whom. */
    AUDIT,
    /** How people have to prove who they are. */
    SIGN_IN,
    /** What lies in mail of sensitive streams. */
    SENSITIVE,
    /** Making owners, and whatever is done to one. */
    OWNERS;

    @Override
    public boolean test(Person person) {
        return person.role().may(this);
    }
}
