package dev.mailmill.dashboard;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;

/**
 * Style, script and icon: in memory, under names that hold a hash of their content, so that a
 * browser keeps each for ever and never an old one.
 */
final class Assets implements Routes {
    private static final int HASH_CHARS = 16;
    private static final String HTMX = "htmx.org";
    private static final String ECHARTS = "echarts";

    private final Asset style = own("app", "css", "text/css; charset=utf-8");
    private final Asset script = own("app", "js", "text/javascript; charset=utf-8");
    private final Asset icon = own("icon", "svg", "image/svg+xml");
    private final Asset htmx = new Asset("htmx", "js", "text/javascript; charset=utf-8",
            read("/META-INF/resources/webjars/" + HTMX + "/"
                    + version("org.webjars.npm", HTMX) + "/dist/htmx.min.js"));
    /** Lines, bars, axes and a pointer: the smallest build that draws limits. */
    private final Asset charts = new Asset("echarts", "js", "text/javascript; charset=utf-8",
            read("/META-INF/resources/webjars/" + ECHARTS + "/"
                    + version("org.webjars", ECHARTS) + "/echarts.common.min.js"));
    private final Asset chart = own("chart", "js", "text/javascript; charset=utf-8");

    private record Asset(String name, String ending, String type, byte[] bytes) {
        String path() {
            return "/assets/" + name + "." + hash(bytes) + "." + ending;
        }
    }

    private static Asset own(String name, String ending, String type) {
        return new Asset(name, ending, type, read("/dashboard/" + name + "." + ending));
    }

    /** WebJars put it into the path. */
    private static String version(String group, String name) {
        Properties properties = new Properties();
        try (InputStream in = Assets.class.getResourceAsStream(
                "/META-INF/maven/" + group + "/" + name + "/pom.properties")) {
            if (in == null) {
                throw new IllegalStateException("the class path lacks the WebJar of " + name);
            }
            properties.load(in);
            return properties.getProperty("version");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] read(String resource) {
        try (InputStream in = Assets.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the class path lacks " + resource);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes))
                    .substring(0, HASH_CHARS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is missing in this JDK", e);
        }
    }

    String stylePath() {
        return style.path();
    }

    String scriptPath() {
        return script.path();
    }

    String iconPath() {
        return icon.path();
    }

    String htmxPath() {
        return htmx.path();
    }

    String chartsPath() {
        return charts.path();
    }

    String chartPath() {
        return chart.path();
    }

    @Override
    public void into(Router router) {
        for (Asset asset : new Asset[] {style, script, icon, htmx, charts, chart}) {
            Answer answer = new Answer(200, asset.type(),
                    Map.of("Cache-Control", "public, max-age=31536000, immutable",
                            "Cross-Origin-Resource-Policy", "same-origin"), asset.bytes());
            router.open(asset.path(), _ -> answer);
        }
    }
}
