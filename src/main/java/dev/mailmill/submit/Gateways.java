package dev.mailmill.submit;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The default gateways of a container. What the world sends to a published port may seem to come
 * from there, so trust in a gateway is trust in everybody.
 */
public final class Gateways {
    private static final List<String> MARKS = List.of(".dockerenv", "run/.containerenv");
    private static final int LINES_MAX = 1_000;
    private static final String DEFAULT = "00000000";

    private Gateways() {
    }

    /**
     * @param root of the file system: {@code /}, but for tests
     * @return empty outside of a container, and where the kernel tells no routes
     */
    public static List<InetAddress> of(Path root) {
        List<InetAddress> found = new ArrayList<>();
        Path routes = root.resolve("proc/net/route");
        boolean contained = MARKS.stream().anyMatch(m -> Files.exists(root.resolve(m)));
        if (!contained || !Files.isReadable(routes)) {
            return found;
        }
        try (var lines = Files.lines(routes)) {
            for (String line : lines.limit(LINES_MAX).toList()) {
                String[] columns = line.strip().split("\\s+");
                boolean gateway = columns.length > 7 && columns[1].equals(DEFAULT)
                        && columns[7].equals(DEFAULT) && !columns[2].equals(DEFAULT);
                if (gateway) {
                    found.add(address(columns[2]));
                }
            }
        } catch (IOException | NumberFormatException e) {
            throw new IllegalArgumentException("the container's gateway can't be read from "
                    + routes + ", so no network can be trusted: " + e.getMessage(), e);
        }
        return found;
    }

    /** The kernel prints the address's four octets as one number of its own byte order. */
    private static InetAddress address(String hex) throws IOException {
        return InetAddress.getByAddress(ByteBuffer.allocate(4).order(ByteOrder.nativeOrder())
                .putInt(Integer.parseUnsignedInt(hex, 16)).array());
    }
}
