package io.layover.upstream;

import static io.layover.Mirror.header;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.Mirror;
import io.layover.oci.Digest;
import io.layover.standin.Content;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One download per blob that belongs to no client, and that nobody can get a wrong blob from. */
class FillTest {
  private static final int SIZE = 3_000_000;
  private static final Image IMAGE = Images.oci(5, 1, SIZE);
  private static final Content LAYER = IMAGE.blob(IMAGE.layer());
  private static final String BLOB = "/v2/library/app/blobs/" + IMAGE.layer();

  /** Where the stand-in serves blobs from, behind its redirect. */
  private static final String CDN = "/cdn/";

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);

  @TempDir Path root;
  private Mirror mirror;

  @BeforeEach
  void start() {
    hub.repository("library/app").put("latest", IMAGE);
    mirror = Mirror.of(hub.url(), root, "REGISTRY_HTTP_H2C_ENABLED", "true");
  }

  @AfterEach
  void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  private static byte[] bytes(long offset, int length) {
    return LAYER.read(offset, length).getBytes();
  }

  private void assertStored() throws Exception {
    Mirror.await("the blob is stored", () -> mirror.holds(IMAGE.layer()));
    assertEquals("Layover; hit", header(mirror.get(BLOB), "Cache-Status"));
    assertEquals(List.of(), mirror.files("layover/fills"));
  }

  private void assertNothingStored() throws Exception {
    Mirror.await(
        "the fill has ended",
        () -> {
          try {
            return mirror.files("layover/fills").isEmpty();
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
    assertFalse(mirror.holds(IMAGE.layer()));
  }

  @Test
  void manyReadersShareOneRequest() throws Exception {
    hub.when("GET", CDN).throttle(SIZE * 2);
    var readers = Stream.generate(() -> mirror.getLater(BLOB)).limit(20).toList();
    var outcomes =
        readers.stream()
            .map(CompletableFuture::join)
            .peek(r -> assertEquals(IMAGE.layer(), Digest.sha256(r.body())))
            .map(r -> header(r, "Cache-Status"))
            .toList();
    assertEquals(1, hub.count("GET", CDN));
    assertEquals(1, outcomes.stream().filter("Layover; fwd=uri-miss; stored"::equals).count());
    assertEquals(19, outcomes.stream().filter("Layover; fwd=uri-miss; collapsed"::equals).count());
    assertEquals(SIZE, hub.log().requests("GET", CDN).getFirst().bytesSent());
    assertStored();
  }

  @Test
  void readersGetBytesBeforeTheEnd() throws Exception {
    hub.when("GET", CDN).stallAfter(SIZE / 2);
    try (var first = mirror.open(BLOB);
        var second = mirror.open(BLOB)) {
      for (var reader : List.of(first, second)) {
        var in = reader.getInputStream();
        assertTrue(headOf(in).startsWith("HTTP/1.1 200 OK"));
        assertArrayEquals(bytes(0, SIZE / 2 - 70_000), in.readNBytes(SIZE / 2 - 70_000));
      }
    }
    assertEquals(1, hub.count("GET", CDN));
  }

  @Test
  void rangesAreReadFromTheFill() throws Exception {
    hub.when("GET", CDN).throttle(SIZE);
    var whole = mirror.getLater(BLOB);
    Mirror.await("the fill runs", () -> hub.count("GET", CDN) == 1);
    var behind = mirror.getLater(BLOB, "Range", "bytes=10-1009");
    var ahead = mirror.getLater(BLOB, "Range", "bytes=2000000-2000999");
    var suffix = mirror.getLater(BLOB, "Range", "bytes=-1000");
    var several = mirror.getLater(BLOB, "Range", "bytes=0-9,2500000-2500009");
    assertPart(behind.join(), 10, 1000);
    assertPart(ahead.join(), 2_000_000, 1000);
    assertPart(suffix.join(), SIZE - 1000, 1000);
    var parts = several.join();
    assertEquals(206, parts.statusCode());
    var text = new String(parts.body(), StandardCharsets.ISO_8859_1);
    assertTrue(text.contains(new String(bytes(2_500_000, 10), StandardCharsets.ISO_8859_1)));
    assertEquals(416, mirror.get(BLOB, "Range", "bytes=" + SIZE + "-").statusCode());
    assertArrayEquals(bytes(0, SIZE), whole.join().body());
    assertEquals(1, hub.count("GET", CDN));
    assertStored();
  }

  private static void assertPart(HttpResponse<byte[]> response, long offset, int length) {
    assertEquals(206, response.statusCode());
    assertEquals(
        "bytes %d-%d/%d".formatted(offset, offset + length - 1, SIZE),
        header(response, "Content-Range"));
    assertArrayEquals(bytes(offset, length), response.body());
  }

  @Test
  void aReaderWhoDoesNotReadHoldsUpNobody() throws Exception {
    try (var idle = mirror.open(BLOB)) {
      assertTrue(headOf(idle.getInputStream()).startsWith("HTTP/1.1 200"));
      assertArrayEquals(bytes(0, SIZE), mirror.get(BLOB).body());
      assertStored();
      assertArrayEquals(bytes(0, SIZE), idle.getInputStream().readAllBytes());
    }
    assertEquals(1, hub.count("GET", CDN));
  }

  @Test
  void theFillGoesOnWhenAllReadersHaveLeft() throws Exception {
    hub.when("GET", CDN).throttle(SIZE);
    for (var i = 0; i < 3; i++) {
      try (var leaver = mirror.open(BLOB)) {
        assertTrue(headOf(leaver.getInputStream()).startsWith("HTTP/1.1 200"));
        leaver.setSoLinger(true, 0);
      }
    }
    assertStored();
    assertEquals(1, hub.count("GET", CDN));
  }

  @Test
  void nobodyGetsTheWholeOfAWrongBlob() throws Exception {
    hub.when("GET", CDN).corrupt(SIZE / 3).throttle(SIZE * 4);
    try (var first = mirror.open(BLOB);
        var second = mirror.open(BLOB)) {
      for (var reader : List.of(first, second)) {
        assertTrue(bodyUntilBroken(reader) < SIZE);
      }
    }
    assertNothingStored();
    hub.behave();
    assertArrayEquals(bytes(0, SIZE), mirror.get(BLOB).body());
    assertStored();
  }

  @Test
  void clientsOfHttp2SeeAnErrorToo() throws Exception {
    hub.when("GET", CDN).corrupt(SIZE / 3);
    var e = assertThrows(IOException.class, () -> mirror.get(BLOB));
    assertTrue(String.valueOf(e.getMessage()).contains("Internal error"), e.getMessage());
  }

  @Test
  void notAByteOfASmallWrongBlobGoesOut() throws Exception {
    hub.when("GET", CDN).corrupt(3);
    try (var reader = mirror.open("/v2/library/app/blobs/" + IMAGE.config())) {
      assertEquals(0, bodyUntilBroken(reader));
    }
    assertFalse(mirror.holds(IMAGE.config()));
  }

  @Test
  void aBodyOfUnknownLengthIsVerifiedToo() throws Exception {
    hub.when("GET", CDN).chunked();
    assertArrayEquals(bytes(0, SIZE), mirror.get(BLOB).body());
    assertStored();
  }

  @Test
  void aWrongBodyOfUnknownLengthNeverEndsCleanly() throws Exception {
    hub.when("GET", CDN).chunked().corrupt(1000);
    try (var reader = mirror.open(BLOB)) {
      var in = reader.getInputStream();
      assertTrue(headOf(in).contains("transfer-encoding: chunked"));
      var body = readUntilBroken(in);
      var end =
          new String(
              body,
              Math.max(0, body.length - 7),
              Math.min(7, body.length),
              StandardCharsets.ISO_8859_1);
      assertFalse(end.endsWith("\r\n0\r\n\r\n"), "the last chunk was sent");
    }
    assertNothingStored();
  }

  @Test
  void aBlobOfAnotherRepositoryIsShownOnlyIfTheUpstreamHasItHereToo() throws Exception {
    hub.user("alice", "secret1");
    hub.repository("library/other").put("1", IMAGE);
    hub.repository("alice/secret").secret().put("1", IMAGE);
    assertArrayEquals(bytes(0, SIZE), mirror.get(BLOB).body());
    assertStored();
    assertEquals(404, mirror.get(BLOB.replace("library/app", "alice/secret")).statusCode());
    assertEquals(404, mirror.get(BLOB.replace("library/app", "no/such")).statusCode());
    var elsewhere = mirror.get(BLOB.replace("library/app", "library/other"));
    assertArrayEquals(bytes(0, SIZE), elsewhere.body());
    assertEquals("Layover; hit", header(elsewhere, "Cache-Status"));
    assertEquals(1, hub.count("GET", CDN));
  }

  @Test
  void whatACrashLeftIsNoHindrance() throws Exception {
    hub.when("GET", CDN).stallAfter(SIZE / 2).times(1);
    try (var reader = mirror.open(BLOB)) {
      assertTrue(headOf(reader.getInputStream()).startsWith("HTTP/1.1 200"));
      Mirror.await("a part has come", () -> hub.bytesSent() >= SIZE / 2);
      mirror.restart();
    }
    assertArrayEquals(bytes(0, SIZE), mirror.get(BLOB).body());
    assertStored();
  }

  private static String headOf(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      var c = in.read();
      if (c < 0) {
        return head.toString();
      }
      head.append((char) c);
    }
    return head.toString();
  }

  private static int bodyUntilBroken(Socket reader) throws IOException {
    var in = reader.getInputStream();
    assertTrue(headOf(in).startsWith("HTTP/1.1 200"));
    return readUntilBroken(in).length;
  }

  private static byte[] readUntilBroken(InputStream in) throws IOException {
    var body = new java.io.ByteArrayOutputStream();
    var chunk = new byte[8192];
    try {
      for (int n; (n = in.read(chunk)) > 0; ) {
        body.write(chunk, 0, n);
      }
    } catch (java.net.SocketException e) {
      // A reset: what came before it has been counted.
      return body.toByteArray();
    }
    return body.toByteArray();
  }
}
