package dev.mailmill.client;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import java.util.List;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;

/** JSON in snake_case, and records. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .changeDefaultVisibility(v -> v.withCreatorVisibility(Visibility.ANY))
            // a newer server has more fields, states and types
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(EnumFeature.READ_UNKNOWN_ENUM_VALUES_USING_DEFAULT_VALUE)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .build();

    /** A page of a list. */
    record Page<T>(List<T> data, String next) {
    }

    private Json() {
    }

    static <T> T read(byte[] json, Class<T> type) {
        return MAPPER.readValue(json, type);
    }

    static <T> Page<T> page(byte[] json, Class<T> item) {
        JavaType type = MAPPER.getTypeFactory().constructParametricType(Page.class, item);
        return MAPPER.readValue(json, type);
    }

    static <T> T convert(Object tree, Class<T> type) {
        return MAPPER.convertValue(tree, type);
    }

    static byte[] write(Object value) {
        return MAPPER.writeValueAsBytes(value);
    }
}
