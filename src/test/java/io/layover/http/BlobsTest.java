package io.layover.http;

import static io.layover.http.RegistryFixture.code;
import static io.layover.http.RegistryFixture.header;
import static io.layover.http.RegistryFixture.headerIfAny;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class BlobsTest {
  private static final byte[] CONTENT = content(1_000_000);
  private static final Digest DIGEST = Digest.sha256(CONTENT);
  private static final String BLOB = "/v2/team/app/blobs/" + DIGEST;

  @TempDir private Path directory;
  private RegistryFixture registry;

  @BeforeEach
  void start() throws Exception {
    registry = RegistryFixture.start(directory);
    registry.pushBlob("team/app", CONTENT);
  }

  @AfterEach
  void close() {
    registry.close();
  }

  private static byte[] content(int size) {
    var bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  @Test
  void servesABlob() throws Exception {
    var got = registry.get(BLOB);

    assertEquals(200, got.statusCode());
    assertArrayEquals(CONTENT, got.body());
    assertDescribed(got);
    assertEquals("1000000", header(got, "Content-Length"));
    assertNull(headerIfAny(got, "Content-Encoding"));
    assertNull(headerIfAny(got, "Content-Range"));

    var head = registry.head(BLOB);
    assertEquals(200, head.statusCode());
    assertEquals(0, head.body().length);
    assertDescribed(head);
    assertEquals("1000000", header(head, "Content-Length"));
  }

  private static void assertDescribed(HttpResponse<?> answer) {
    assertEquals(DIGEST.toString(), header(answer, "Docker-Content-Digest"));
    assertEquals("\"" + DIGEST + "\"", header(answer, "ETag"));
    assertEquals("application/octet-stream", header(answer, "Content-Type"));
    assertEquals("bytes", header(answer, "Accept-Ranges"));
    assertEquals("max-age=31536000", header(answer, "Cache-Control"));
    assertEquals("Layover; hit; detail=hosted", header(answer, "Cache-Status"));
  }

  /** The headers of a whole blob are kept for the next one who asks. */
  @Test
  void saysTheSameEachTime() throws Exception {
    var first = registry.get(BLOB).headers().map();
    for (var i = 0; i < 4; i++) {
      assertEquals(206, registry.get(BLOB, "Range", "bytes=0-0").statusCode());
      assertEquals(304, registry.get(BLOB, "If-None-Match", DIGEST.toString()).statusCode());
      assertEquals(first, registry.get(BLOB).headers().map());
    }
    assertNull(headerIfAny(registry.get("/v2/"), "ETag"));
  }

  @Test
  void compressesNothing() throws Exception {
    var got = registry.get(BLOB, "Accept-Encoding", "zstd, gzip, deflate");
    assertArrayEquals(CONTENT, got.body());
    assertNull(headerIfAny(got, "Content-Encoding"));
  }

  @Test
  void servesABlobToThoseOfItsRepositoryOnly() throws Exception {
    var other = registry.get("/v2/team/other/blobs/" + DIGEST);
    assertEquals(404, other.statusCode());
    assertEquals("BLOB_UNKNOWN", code(other));
    assertNull(headerIfAny(other, "ETag"));
    assertEquals(404, registry.head("/v2/team/other/blobs/" + DIGEST).statusCode());
  }

  @ParameterizedTest(name = "{0} -> {1} + {2}")
  @CsvSource({
    "bytes=0-0,          0,      1",
    "bytes=500-1499,     500,    1000",
    "bytes=500-,         500,    999500",
    "bytes=-500,         999500, 500",
    "bytes=999999-,      999999, 1",
    "bytes=999900-5000000, 999900, 100",
    "bytes=-5000000,     0,      1000000",
    "bytes=0-999999,     0,      1000000",
    "BYTES=10-19,        10,     10",
  })
  void servesARange(String range, int start, int length) throws Exception {
    var got = registry.get(BLOB, "Range", range);

    assertEquals(206, got.statusCode());
    assertArrayEquals(Arrays.copyOfRange(CONTENT, start, start + length), got.body());
    assertEquals(
        "bytes %d-%d/1000000".formatted(start, start + length - 1), header(got, "Content-Range"));
    assertEquals(Integer.toString(length), header(got, "Content-Length"));
    assertDescribed(got);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=1000000-", "bytes=1000000-2000000", "bytes=500-0", "bytes=-0"})
  void saysHowMuchThereIsWhereARangeLiesOutside(String range) throws Exception {
    var got = registry.get(BLOB, "Range", range);

    assertEquals(416, got.statusCode());
    assertEquals("RANGE_INVALID", code(got));
    assertEquals("bytes */1000000", header(got, "Content-Range"));
    assertEquals("application/json", header(got, "Content-Type"));
    assertNull(headerIfAny(got, "Cache-Control"), "an error is not kept for a year");
    assertNull(headerIfAny(got, "ETag"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=a-b", "bytes=-", "items=0-1", "bytes=0-1,x", "nonsense"})
  void sendsTheWholeWhereARangeIsMalformed(String range) throws Exception {
    var got = registry.get(BLOB, "Range", range);

    assertEquals(200, got.statusCode());
    assertArrayEquals(CONTENT, got.body());
  }

  @ParameterizedTest(name = "If-Range {0} -> {1}")
  @CsvSource({
    "'\"@digest\"',                      206",
    "' \"@digest\" ',                    206",
    "W/\"@digest\",                      200",
    "\"sha256:other\",                   200",
    "'Wed, 21 Oct 2015 07:28:00 GMT',    200",
  })
  void sendsARangeOfTheSameContentOnly(String condition, int status) throws Exception {
    var value = condition.replace("@digest", DIGEST.toString());
    var got = registry.get(BLOB, "Range", "bytes=1-2", "If-Range", value);

    assertEquals(status, got.statusCode());
    assertEquals(status == 206 ? 2 : CONTENT.length, got.body().length);
  }

  @ParameterizedTest(name = "If-None-Match {0} -> {1}")
  @CsvSource({
    "'\"@digest\"',            304",
    "@digest,                  304",
    "*,                        304",
    "W/\"@digest\",            304",
    "'\"other\", \"@digest\"', 304",
    "'\"other\"',              200",
    "'',                       200",
  })
  void sendsNothingThatTheClientHas(String condition, int status) throws Exception {
    var value = condition.replace("@digest", DIGEST.toString());
    for (var method : new String[] {"GET", "HEAD"}) {
      var answer = registry.send(method, BLOB, null, "If-None-Match", value);
      assertEquals(status, answer.statusCode(), method);
      assertEquals("\"" + DIGEST + "\"", header(answer, "ETag"));
      if (status == 304) {
        assertEquals(0, answer.body().length);
      }
    }
    assertEquals(
        status == 304 ? 304 : 206,
        registry.get(BLOB, "If-None-Match", value, "Range", "bytes=0-0").statusCode());
  }

  @Test
  void headIgnoresRanges() throws Exception {
    var head = registry.head(BLOB, "Range", "bytes=0-1");
    assertEquals(200, head.statusCode());
    assertEquals("1000000", header(head, "Content-Length"));
  }

  @Test
  void servesAnEmptyBlob() throws Exception {
    var digest = registry.pushBlob("team/app", new byte[0]);
    var path = "/v2/team/app/blobs/" + digest;

    for (var i = 0; i < 2; i++) {
      var got = registry.get(path);
      assertEquals(200, got.statusCode());
      assertEquals(0, got.body().length);
      assertEquals("0", header(got, "Content-Length"));
      assertEquals(digest.toString(), header(got, "Docker-Content-Digest"));
    }
    assertEquals("0", header(registry.head(path), "Content-Length"));
    var range = registry.get(path, "Range", "bytes=0-");
    assertEquals(416, range.statusCode());
    assertEquals("bytes */0", header(range, "Content-Range"));
  }

  @Test
  void sendsSeveralRangesInParts() throws Exception {
    var got = registry.get(BLOB, "Range", "bytes=0-9, 300000-599999, -5");

    assertEquals(206, got.statusCode());
    assertNull(headerIfAny(got, "Content-Range"));
    assertEquals(Integer.toString(got.body().length), header(got, "Content-Length"));
    assertEquals(DIGEST.toString(), header(got, "Docker-Content-Digest"));
    var type = header(got, "Content-Type");
    assertTrue(type.startsWith("multipart/byteranges; boundary="), type);
    var parts = new Parts(got.body(), type.substring(type.indexOf('=') + 1));
    assertArrayEquals(Arrays.copyOfRange(CONTENT, 0, 10), parts.next("bytes 0-9/1000000"));
    assertArrayEquals(
        Arrays.copyOfRange(CONTENT, 300_000, 600_000), parts.next("bytes 300000-599999/1000000"));
    assertArrayEquals(
        Arrays.copyOfRange(CONTENT, 999_995, 1_000_000), parts.next("bytes 999995-999999/1000000"));
    parts.assertEnd();
  }

  @Test
  void sendsOnePartPlainlyWhereTheOthersLieOutside() throws Exception {
    var got = registry.get(BLOB, "Range", "bytes=1000000-,10-19");

    assertEquals(206, got.statusCode());
    assertEquals("bytes 10-19/1000000", header(got, "Content-Range"));
    assertArrayEquals(Arrays.copyOfRange(CONTENT, 10, 20), got.body());
  }

  @Test
  void sendsOverlapsThatAddUpToMoreAsTheWhole() throws Exception {
    var got = registry.get(BLOB, "Range", "bytes=0-,0-");
    assertEquals(200, got.statusCode());
    assertArrayEquals(CONTENT, got.body());
  }

  /** Half a layer must never look like a whole one, whatever has become of the file. */
  @ParameterizedTest(name = "{0}, cut to {1}")
  @CsvSource({
    "X-Range: none,               10",
    "X-Range: none,               0",
    "Range: bytes=500-999999,     600",
    "Range: bytes=500-999999,     10",
    "Range: bytes=500-999,        600",
    "Range: bytes=500-999,        10",
    "'Range: bytes=0-9,500-9999', 600",
  })
  void breaksTheConnectionWhereAFileHasLostItsEnd(String header, int left) throws Exception {
    assertArrayEquals(CONTENT, registry.get(BLOB).body());
    try (var file = FileChannel.open(registry.blobs().getFirst(), StandardOpenOption.WRITE)) {
      file.truncate(left);
    }

    try (var connection = registry.connect()) {
      connection.send("GET " + BLOB + " HTTP/1.1\r\nHost: registry\r\n" + header + "\r\n\r\n");
      assertTrue(connection.awaitEnd() < 10_500, "not all of it");
    }
  }

  @Test
  void servesManyAtOnce() throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      var requests =
          IntStream.range(0, 20)
              .mapToObj(
                  i ->
                      client.sendAsync(
                          HttpRequest.newBuilder(
                                  URI.create("http://127.0.0.1:" + registry.port() + BLOB))
                              .version(HttpClient.Version.HTTP_1_1)
                              .header("Range", "bytes=" + i * 1000 + "-")
                              .build(),
                          HttpResponse.BodyHandlers.ofByteArray()))
              .toList();
      for (var i = 0; i < requests.size(); i++) {
        assertArrayEquals(
            Arrays.copyOfRange(CONTENT, i * 1000, CONTENT.length), requests.get(i).get().body());
      }
    }
  }

  /** Reads {@code multipart/byteranges} as RFC 2046 has it. */
  private static final class Parts {
    private final byte[] body;
    private final String boundary;
    private int at;

    Parts(byte[] body, String boundary) {
      this.body = body;
      this.boundary = boundary;
    }

    byte[] next(String contentRange) {
      skip("\r\n--" + boundary + "\r\n");
      var head = new ByteArrayOutputStream();
      while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
        head.write(body[at++]);
      }
      assertEquals(
          "Content-Type: application/octet-stream\r\nContent-Range: " + contentRange + "\r\n\r\n",
          head.toString(StandardCharsets.ISO_8859_1));
      var bounds =
          contentRange.substring("bytes ".length(), contentRange.indexOf('/')).split("-", -1);
      var length = Integer.parseInt(bounds[1]) - Integer.parseInt(bounds[0]) + 1;
      at += length;
      return Arrays.copyOfRange(body, at - length, at);
    }

    void assertEnd() {
      skip("\r\n--" + boundary + "--\r\n");
      assertEquals(body.length, at);
    }

    private void skip(String expected) {
      assertEquals(expected, new String(body, at, expected.length(), StandardCharsets.ISO_8859_1));
      at += expected.length();
    }
  }
}
