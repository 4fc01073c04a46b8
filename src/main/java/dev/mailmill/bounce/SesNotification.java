package dev.mailmill.bounce;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Amazon SES tells by mail through SNS: a line of JSON instead of a delivery status. Its flat
 * objects are taken apart by their quotes; what a webhook brings is read by {@code exit}.
 *
 * @param type {@code Bounce}, {@code Complaint} or {@code Delivery}
 */
record SesNotification(String type, StatusGroups status) {
    private static final Pattern TYPE = Pattern.compile(
            "\"(?:notification|event)Type\"\\s?:\\s?\"(Bounce|Complaint|Delivery)\"");
    private static final Pattern BOUNCED = Pattern.compile(
            "\"bouncedRecipients\"\\s?:\\s?\\[([^\\]]{0,20000})\\]");
    private static final Pattern ARRIVED = Pattern.compile(
            "\"recipients\"\\s?:\\s?\\[([^\\]]{0,20000})\\]");
    private static final Pattern MEMBER = Pattern.compile(
            "\"([A-Za-z]{1,30})\"\\s?:\\s?\"((?:[^\"\\\\]|\\\\.){0,2000})\"");
    private static final Pattern TEXT = Pattern.compile("\"([^\"\\\\]{1,320})\"");
    private static final Map<String, String> FIELDS = Map.of("emailAddress", "final-recipient",
            "action", "action", "status", "status", "diagnosticCode", "diagnostic-code");

    static Optional<SesNotification> of(String text) {
        Matcher type = TYPE.matcher(text);
        if (!text.stripLeading().startsWith("{") || !type.find()) {
            return Optional.empty();
        }
        List<Fields> recipients = new ArrayList<>();
        Matcher bounced = BOUNCED.matcher(text);
        if (type.group(1).equals("Bounce") && bounced.find()) {
            for (String object : bounced.group(1).split("\\}")) {
                Map<String, List<String>> one = new LinkedHashMap<>();
                for (Matcher m = MEMBER.matcher(object); m.find();) {
                    if (FIELDS.containsKey(m.group(1))) {
                        one.put(FIELDS.get(m.group(1)), List.of(plain(m.group(2))));
                    }
                }
                if (one.containsKey("final-recipient")) {
                    recipients.add(new Fields(one));
                }
            }
        }
        Matcher arrived = ARRIVED.matcher(text);
        if (type.group(1).equals("Delivery") && arrived.find()) {
            Matcher said = Pattern.compile("\"smtpResponse\"\\s?:\\s?\"([^\"]{0,500})\"")
                    .matcher(text);
            String reply = said.find() ? said.group(1) : "";
            String status = Said.of(reply).enhanced().isEmpty()
                    ? Codes.of(0, "", reply).enhanced() : Said.of(reply).enhanced();
            for (Matcher m = TEXT.matcher(arrived.group(1)); m.find();) {
                recipients.add(new Fields(Map.of("final-recipient", List.of(m.group(1)), "action",
                        List.of("delivered"), "status", List.of(status), "diagnostic-code",
                        List.of("smtp; " + reply))));
            }
        }
        return Optional.of(new SesNotification(type.group(1),
                new StatusGroups(new Fields(Map.of()), recipients.subList(0, Math.min(
                        recipients.size(), StatusGroups.RECIPIENTS_MAX)))));
    }

    private static String plain(String json) {
        return json.replace("\\u003c", "<").replace("\\u003e", ">").replace("\\n", " ")
                .replaceAll("\\\\(.)", "$1");
    }
}
