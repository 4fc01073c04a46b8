package dev.mailmill.dashboard;

import dev.mailmill.account.People;
import dev.mailmill.account.Person;
import dev.mailmill.http.Exchange;

/** One request of somebody who is logged in. */
record Visit(Exchange exchange, People.Session session) {
    Person person() {
        return session.person();
    }

    long tenant() {
        return session.person().tenant();
    }

    /** A field of the form, without blanks around it. */
    String field(String name) {
        return exchange.form().text(name).strip();
    }

    String query(String name) {
        return exchange.query(name).orElse("").strip();
    }
}
