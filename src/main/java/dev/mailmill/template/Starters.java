package dev.mailmill.template;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/** The templates that come with the program, each a draft in the API's shape. */
final class Starters {
    private static final String FOLDER = "/starters/";
    private static final List<Starter> ALL = index();

    private Starters() {
    }

    /** In the order in which a list shows them. */
    static List<Starter> all() {
        return ALL;
    }

    static Optional<Starter> named(String alias) {
        return ALL.stream().filter(s -> s.alias().equals(alias)).findFirst();
    }

    static Draft draft(Starter starter) {
        return DraftJson.read(file(starter.alias()));
    }

    /** A jar has no directory to list: the index says what is there. */
    private static List<Starter> index() {
        List<Starter> all = new ArrayList<>();
        JsonMapper.shared().readTree(file("index")).forEach(s -> all.add(new Starter(
                s.path("alias").asString(), s.path("name").asString(),
                s.path("description").asString(), s.path("category").asString())));
        return List.copyOf(all);
    }

    private static byte[] file(String name) {
        try (InputStream in = Starters.class.getResourceAsStream(FOLDER + name + ".json")) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
