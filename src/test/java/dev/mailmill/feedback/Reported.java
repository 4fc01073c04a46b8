package dev.mailmill.feedback;

/** Reports as receivers write them. */
final class Reported {
    private Reported() {
    }

    /** For 2 November 2026. */
    static String xml(String domain, String id, String... records) {
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <feedback>
                <report_metadata><org_name>Reporter Inc</org_name><email>d@reporter.test</email>
                <report_id>%s</report_id>
                <date_range><begin>1793577600</begin><end>1793663999</end></date_range>
                </report_metadata>
                <policy_published><domain>%s</domain>
                <p>none</p></policy_published>
                %s
                </feedback>
                """.formatted(id, domain, String.join("\n", records));
    }

    static String row(String source, int count, String dkim, String spf, String from) {
        return """
                <record><row><source_ip>%s</source_ip><count>%d</count>
                <policy_evaluated><disposition>none</disposition><dkim>%s</dkim><spf>%s</spf>
                </policy_evaluated></row>
                <identifiers><header_from>%s</header_from></identifiers>
                <auth_results><dkim><domain>%5$s</domain><selector>mm1</selector>
                <result>%3$s</result></dkim><spf><domain>%5$s</domain><result>%4$s</result></spf>
                </auth_results></record>""".formatted(source, count, dkim, spf, from);
    }
}
