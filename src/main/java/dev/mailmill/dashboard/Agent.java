package dev.mailmill.dashboard;

import java.util.LinkedHashMap;
import java.util.Map;

/** What a browser calls itself, in the few words that a person knows it by. Pure. */
final class Agent {
    /** The first that is in it: each of them also claims to be some of those below. */
    private static final Map<String, String> BROWSERS = ordered("Edg/", "Edge", "OPR/", "Opera",
            "Firefox/", "Firefox", "Chrome/", "Chrome", "Safari/", "Safari");
    private static final Map<String, String> SYSTEMS = ordered("Android", "Android", "iPhone",
            "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS X", "macOS", "Linux", "Linux");

    private Agent() {
    }

    private static Map<String, String> ordered(String... pairs) {
        Map<String, String> all = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            all.put(pairs[i], pairs[i + 1]);
        }
        return all;
    }

    /** {@code Firefox on Linux}; as it is where it is none that we know. */
    static String name(String agent) {
        String browser = first(BROWSERS, agent);
        String system = first(SYSTEMS, agent);
        return agent.isEmpty() ? Texts.t("unknown") : browser.isEmpty() ? agent
                : system.isEmpty() ? browser : Texts.t("{0} on {1}", browser, system);
    }

    private static String first(Map<String, String> of, String agent) {
        return of.entrySet().stream().filter(e -> agent.contains(e.getKey()))
                .map(Map.Entry::getValue).findFirst().orElse("");
    }
}
