package io.layover.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the server answered. */
record Answer(int status, MultiMap headers, Buffer body) {
  private static final Pattern NEXT = Pattern.compile("<([^>]*)>; rel=\"next\"");

  Answer expect(int expected) {
    assertEquals(expected, status, () -> headers + "\n" + body);
    return this;
  }

  /** Expects an error of the specification, and returns its message. */
  String expect(int expected, String code) {
    expect(expected);
    assertEquals(code, error().getString("code"), body::toString);
    return error().getString("message");
  }

  JsonObject error() {
    assertEquals("application/json", header("Content-Type"));
    return json().getJsonArray("errors").getJsonObject(0);
  }

  JsonObject json() {
    return new JsonObject(body);
  }

  @Nullable String header(String name) {
    return headers.get(name);
  }

  String location() {
    var location = header("Location");
    assertNotNull(location, headers::toString);
    assertEquals(1, headers.getAll("Location").size());
    return location;
  }

  /** A path with one more parameter, as clients make it. */
  static String with(String location, String parameter) {
    return location + (location.contains("?") ? "&" : "?") + parameter;
  }

  /** Where the next page is, or null. */
  @Nullable String next() {
    var link = header("Link");
    if (link == null) {
      return null;
    }
    var m = NEXT.matcher(link);
    assertEquals(true, m.matches(), link);
    return m.group(1);
  }

  List<String> strings(String key) {
    return json().getJsonArray(key).stream().map(String.class::cast).toList();
  }
}
