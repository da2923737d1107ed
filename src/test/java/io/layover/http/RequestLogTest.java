package io.layover.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.layover.oci.Digest;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** One line for each request, whatever becomes of it. */
@Timeout(60)
class RequestLogTest {
  private static final Logger ACCESS = (Logger) LoggerFactory.getLogger("access");
  private static final byte[] CONTENT = new byte[30_000_000];

  private final Lines lines = new Lines();
  @TempDir private Path directory;
  private RegistryFixture registry;

  /** The lines that were written, one by one. */
  private static final class Lines extends AppenderBase<ILoggingEvent> {
    private final LinkedBlockingQueue<ILoggingEvent> events = new LinkedBlockingQueue<>();

    @Override
    protected void append(ILoggingEvent event) {
      events.add(event);
    }

    Line next() throws InterruptedException {
      var event = events.poll(20, TimeUnit.SECONDS);
      assertNotNull(event, "there is no line");
      return new Line(
          event.getFormattedMessage(),
          event.getKeyValuePairs().stream()
              .collect(Collectors.toMap(pair -> pair.key, pair -> pair.value)));
    }
  }

  private record Line(String message, Map<String, Object> fields) {
    @Nullable Object field(String name) {
      return fields.get(name);
    }
  }

  @BeforeEach
  void start() throws Exception {
    registry = RegistryFixture.start(directory);
    lines.start();
    ACCESS.addAppender(lines);
    registry.pushImage("team/app", "1.0", CONTENT);
    while (!lines.next().message().equals("PUT /v2/team/app/manifests/1.0")) {}
  }

  @AfterEach
  void close() {
    ACCESS.detachAppender(lines);
    registry.close();
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "GET,    /v2/,                              base,     200, 2,  ,         ",
    "HEAD,   /v2/,                              base,     200, 0,  ,         ",
    "GET,    /v2/team/app/manifests/1.0,        manifest, 200, -1, team/app, hosted",
    "HEAD,   /v2/team/app/manifests/1.0,        manifest, 200, 0,  team/app, hosted",
    "GET,    /v2/team/app/manifests/2.0,        manifest, 404, -1, team/app, ",
    "GET,    /v2/team/app/blobs/@digest,        blob,     200, 30000000, team/app, hosted",
    "HEAD,   /v2/team/app/blobs/@digest,        blob,     200, 0,  team/app, hosted",
    "GET,    /v2/team/app/tags/list,            tags,     200, -1, team/app, ",
    "GET,    /v2/_catalog,                      catalog,  200, -1, ,         ",
    "POST,   /v2/team/app/blobs/uploads/,       uploads,  202, 0,  team/app, ",
    "PATCH,  /v2/team/app/blobs/uploads/no-id,  upload,   404, -1, team/app, ",
    "GET,    /v2/App/manifests/1.0,             manifest, 400, -1, ,         ",
    "GET,    /nothing,                          none,     404, -1, ,         ",
    "DELETE, /v2/,                              none,     405, -1, ,         ",
  })
  void saysWhatWasAskedAndAnswered(
      String method,
      String path,
      String route,
      int status,
      long bytes,
      @Nullable String repository,
      @Nullable String cache)
      throws Exception {
    var target = path.replace("@digest", Digest.sha256(CONTENT).toString());
    registry.send(method, target, null);

    var line = lines.next();
    assertEquals(method + " " + target, line.message());
    assertEquals(method, line.field("method"));
    assertEquals(route, line.field("route"));
    assertEquals(status, line.field("status"));
    var written = (Long) line.field("bytes");
    assertNotNull(written);
    assertTrue(bytes < 0 ? written > 0 : written == bytes, written + " bytes");
    assertEquals(repository, line.field("repository"));
    assertEquals(cache, line.field("cache"));
    assertEquals("127.0.0.1", line.field("client"));
    assertEquals("-", line.field("user"));
    var millis = (Double) line.field("ms");
    assertNotNull(millis);
    assertTrue(millis >= 0 && millis < 60_000, millis + " ms");
  }

  @Test
  void countsTheBytesOfARange() throws Exception {
    registry.get("/v2/team/app/blobs/" + Digest.sha256(CONTENT), "Range", "bytes=0-99");

    var line = lines.next();
    assertEquals(206, line.field("status"));
    assertEquals(100L, line.field("bytes"));
  }

  @ParameterizedTest
  @CsvSource({"X-Range: none", "'Range: bytes=0-9999999,10000000-29999999'"})
  void saysThatAClientLeft(String header) throws Exception {
    var path = "/v2/team/app/blobs/" + Digest.sha256(CONTENT);
    try (var connection = registry.connect()) {
      connection.send("GET " + path + " HTTP/1.1\r\nHost: registry\r\n" + header + "\r\n\r\n");
      connection.read(false);
      connection.abort();
    }

    var line = lines.next();
    assertEquals("GET " + path + " (the client did not get all of it)", line.message());
    assertEquals("blob", line.field("route"));
  }

  @Test
  void saysThatAClientLeftWhileItSent() throws Exception {
    var location =
        RegistryFixture.header(
            registry.send("POST", "/v2/team/app/blobs/uploads/", null), "Location");
    lines.next();
    try (var connection = registry.connect()) {
      connection.send(
          "PATCH " + location + " HTTP/1.1\r\nHost: registry\r\nContent-Length: 10\r\n\r\nhello");
    }

    var line = lines.next();
    assertEquals("PATCH " + location + " (the client did not get all of it)", line.message());
  }

  /** What no route sees is logged all the same. */
  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({
    "'GET /v2/app%zz/manifests/a HTTP/1.1\r\nHost: r\r\n', 400, GET /v2/app%zz/manifests/a",
    "'GET /v2/ HTTP/1.1\r\n',                              400, GET /v2/",
  })
  void logsWhatIsRefusedEarly(String request, int status, String message) throws Exception {
    try (var connection = registry.connect()) {
      assertEquals(status, connection.send(request + "\r\n").read().status());
    }

    var line = lines.next();
    assertEquals(message, line.message());
    assertEquals(status, line.field("status"));
    assertNull(line.field("repository"));
  }

  @Test
  void cutsALongPath() throws Exception {
    registry.get("/" + "a".repeat(3000));

    var message = lines.next().message();
    assertTrue(message.length() < 300, message);
  }
}
