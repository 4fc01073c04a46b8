package dev.mailmill.clients;

import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One server that captures, for all tests that ask for a {@link Lab}; it ends with the run. */
final class CaptureServer implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Lab.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot().getStore(Namespace.create(CaptureServer.class))
                .computeIfAbsent(Lab.class, _ -> start(), Lab.class);
    }

    private static Lab start() {
        try {
            return new Lab(Map.of());
        } catch (Exception e) {
            throw new IllegalStateException("the server did not start", e);
        }
    }
}
