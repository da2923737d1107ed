package io.layover.oci;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON from outside as maps, lists, strings, numbers and booleans. Unlike a lenient parser it
 * refuses duplicate keys, deep nesting, encodings other than UTF-8 and anything behind the
 * document, so that two readers never see two documents in the same bytes.
 */
public final class Json {
  private static final int DEEPEST = 64;
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.CHARSET_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST)
                  .maxStringLength(8 << 20)
                  .maxNameLength(64 << 10)
                  .build())
          .build();

  private Json() {}

  /**
   * Reads one JSON object.
   *
   * @throws IOException if the bytes are anything else; the message says where and why
   */
  public static Map<String, Object> object(byte[] bytes) throws IOException {
    try (var parser = FACTORY.createParser(bytes)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("the document is not a JSON object");
      }
      var object = readObject(parser);
      if (parser.nextToken() != null) {
        throw new IOException("something follows the JSON object");
      }
      return object;
    }
  }

  private static Map<String, Object> readObject(JsonParser parser) throws IOException {
    var object = new LinkedHashMap<String, Object>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      var key = parser.currentName();
      parser.nextToken();
      var value = readValue(parser);
      if (value != null) {
        object.put(key, value);
      }
    }
    return object;
  }

  private static List<Object> readArray(JsonParser parser) throws IOException {
    var array = new ArrayList<Object>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      var value = readValue(parser);
      if (value == null) {
        throw new IOException("a list contains null");
      }
      array.add(value);
    }
    return array;
  }

  /** A value; {@code null} for JSON's null, which reads like an absent key. */
  private static @Nullable Object readValue(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> readObject(parser);
      case START_ARRAY -> readArray(parser);
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> throw new IOException("unexpected " + parser.currentToken());
    };
  }
}
