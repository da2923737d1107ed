package io.layover.http;

import static io.layover.http.RegistryFixture.code;
import static io.layover.http.RegistryFixture.expect;
import static io.layover.http.RegistryFixture.header;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that leave, wait to be asked, lie about lengths or send what nobody wants. */
@Timeout(60)
class OddClientsTest {
  private static final byte[] CONTENT = content(300_000);
  private static final Digest DIGEST = Digest.sha256(CONTENT);

  @TempDir private Path directory;
  private RegistryFixture registry;

  @BeforeEach
  void start() throws Exception {
    registry = RegistryFixture.start(directory);
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

  private String begun() throws Exception {
    var answer = registry.send("POST", "/v2/team/app/blobs/uploads/", null);
    expect(202, answer);
    return header(answer, "Location");
  }

  private static String head(String method, String target, String... headers) {
    return "%s %s HTTP/1.1\r\nHost: registry\r\n%s\r\n"
        .formatted(
            method, target, String.join("", Arrays.stream(headers).map(h -> h + "\r\n").toList()));
  }

  /** Sends a head and waits to be asked for the body: the upload is this request's from then on. */
  private static void begin(RawConnection connection, String method, String target, String framing)
      throws IOException {
    connection.send(head(method, target, framing, "Expect: 100-continue"));
    assertEquals(100, connection.read(false).status());
  }

  /** Where the upload stands, once no request writes to it any more. */
  private int arrived(String location) throws Exception {
    while (true) {
      var probe = registry.send("PATCH", location, new byte[0]);
      if (probe.statusCode() == 202) {
        var range = header(probe, "Range");
        return Integer.parseInt(range.substring(2)) + 1;
      }
      assertEquals(416, probe.statusCode(), RegistryFixture.text(probe));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 300000", "Transfer-Encoding: chunked"})
  void anUploadGoesOnWhereAClientLeftIt(String framing) throws Exception {
    var location = begun();
    try (var connection = registry.connect()) {
      begin(connection, "PATCH", location, framing);
      if (framing.startsWith("Transfer")) {
        connection.send("186a0\r\n");
      }
      connection.send(Arrays.copyOf(CONTENT, 100_000));
    }

    var there = arrived(location);

    assertTrue(there <= 100_000, there + " bytes");
    var from = there == 1 ? 0 : there;
    var rest = Arrays.copyOfRange(CONTENT, from, CONTENT.length);
    if (from == 0) {
      // Range cannot say whether one byte came or none.
      assertEquals(204, registry.send("DELETE", location, null).statusCode());
      location = begun();
    }
    expect(201, registry.send("PUT", location + "?digest=" + DIGEST, rest));
    assertArrayEquals(CONTENT, registry.get("/v2/team/app/blobs/" + DIGEST).body());
  }

  /** The client may be gone before anything of its body is looked at. */
  @Test
  void anUploadIsNotLockedByClientsThatLeaveAtOnce() throws Exception {
    for (var round = 0; round < 50; round++) {
      var location = begun();
      try (var connection = registry.connect()) {
        connection.send(head("PATCH", location, "Content-Length: 1000"));
        if (round % 2 == 0) {
          connection.abort();
        }
      }
      assertEquals(1, arrived(location));
    }
  }

  @Test
  void aClientThatLeavesWhileItPutsStoresNothing() throws Exception {
    var location = begun();
    try (var connection = registry.connect()) {
      begin(connection, "PUT", location + "?digest=" + DIGEST, "Content-Length: 300000");
      connection.send(Arrays.copyOf(CONTENT, 299_999));
    }

    arrived(location);
    assertEquals(404, registry.get("/v2/team/app/blobs/" + DIGEST).statusCode());
    assertEquals(0, registry.blobs().size());
  }

  @Test
  void aManifestThatBreaksOffIsNotStored() throws Exception {
    try (var connection = registry.connect()) {
      connection
          .send(head("PUT", "/v2/team/app/manifests/1.0", "Content-Length: 100"))
          .send("{\"schemaVersion\": 2");
    }
    assertEquals(404, registry.get("/v2/team/app/manifests/1.0").statusCode());
    assertEquals(0, registry.blobs().size());
  }

  @Test
  void aBrokenChunkEndsTheUploadsRequest() throws Exception {
    var location = begun();
    try (var connection = registry.connect()) {
      connection
          .send(head("PATCH", location, "Transfer-Encoding: chunked"))
          .send("5\r\nhello\r\nnonsense\r\n");
      connection.awaitEnd();
    }
    assertTrue(arrived(location) <= 5);
  }

  @Test
  void invitesAClientThatWaits() throws Exception {
    var location = begun();
    try (var connection = registry.connect()) {
      connection.send(
          head(
              "PUT",
              location + "?digest=" + DIGEST,
              "Content-Length: 300000",
              "Expect: 100-continue"));
      assertEquals(100, connection.read(false).status());
      connection.send(CONTENT);
      assertEquals(201, connection.read().status());
    }
  }

  @ParameterizedTest(name = "{0} {1} -> {2}")
  @CsvSource({
    "PATCH, /v2/team/app/blobs/uploads/no-id,  404",
    "PUT,   /v2/team/app/manifests/-bad,       400",
    "PUT,   /v2/team/app/blobs/@digest,        405",
    "POST,  /v2/team/app/blobs/uploads/,       202",
    "PUT,   /v2/team/app/manifests/1.0,        413",
  })
  void doesNotInviteAClientWhoseBodyIsNotWanted(String method, String target, int status)
      throws Exception {
    try (var connection = registry.connect()) {
      connection.send(
          head(
              method,
              target.replace("@digest", DIGEST.toString()),
              "Content-Length: 900000000",
              "Expect: 100-continue"));
      var answer = connection.read();
      assertEquals(status, answer.status());
      assertEquals("close", answer.header("connection"));
      connection.awaitEnd();
    }
  }

  /** Each with a gigabyte of body, of which the client sends what the connection takes. */
  @ParameterizedTest(name = "{0} {1} -> {2}")
  @CsvSource({
    "PATCH, /v2/team/app/blobs/uploads/no-id,  404",
    "PUT,   /v2/team/app/manifests/1.0,        413",
    "PUT,   /v2/team/app/manifests/-bad,       400",
    "PUT,   /v2/team/app/blobs/@digest,        405",
    "POST,  /nothing,                          404",
    "GET,   /v2/,                              200",
  })
  void doesNotReadABodyThatIsNotWanted(String method, String target, int status) throws Exception {
    try (var connection = registry.connect()) {
      connection.send(
          head(method, target.replace("@digest", DIGEST.toString()), "Content-Length: 1000000000"));
      var answer = connection.read();
      assertEquals(status, answer.status());
      assertEquals("close", answer.header("connection"));

      assertTrue(sendUntilClosed(connection) < 100_000_000, "most of it is never read");
    }
  }

  @Test
  void stopsReadingAManifestThatTurnsOutTooLarge() throws Exception {
    try (var connection = registry.connect()) {
      connection.send(head("PUT", "/v2/team/app/manifests/1.0", "Transfer-Encoding: chunked"));
      var chunk = new byte[1 << 20];
      for (var i = 0; i < 5; i++) {
        connection.send("100000\r\n").send(chunk).send("\r\n");
      }
      var answer = connection.read();
      assertEquals(413, answer.status());
      assertEquals("SIZE_INVALID", code(answer.body()));
      assertTrue(sendUntilClosed(connection) < 100_000_000, "most of it is never read");
    }
  }

  /** The bytes that the connection took until the server closed it. */
  private static long sendUntilClosed(RawConnection connection) {
    var chunk = new byte[1 << 20];
    var sent = 0L;
    try {
      while (sent < 1_000_000_000) {
        connection.send(chunk);
        sent += chunk.length;
      }
    } catch (IOException e) {
      return sent;
    }
    return sent;
  }

  /** A reader who leaves must not cost the next one anything. */
  @Test
  void servesOthersAfterReadersThatLeave() throws Exception {
    var large = content(20_000_000);
    var blob = "/v2/team/app/blobs/" + registry.pushBlob("team/app", large);
    for (var range : new String[] {"X-Range: none", "Range: bytes=0-9000000,10000000-"}) {
      for (var i = 0; i < 10; i++) {
        try (var connection = registry.connect()) {
          connection.send(head("GET", blob, range));
          assertTrue(connection.read(false).status() < 300);
          connection.abort();
        }
      }
    }
    assertArrayEquals(large, registry.get(blob).body());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: abc",
        "Content-Length: -1",
        "Content-Length: 99999999999999999999",
        "Content-Length: 5\r\nContent-Length: 6",
        "Transfer-Encoding: chunked\r\nContent-Length: x",
      })
  void refusesLengthsThatAreNone(String headers) throws Exception {
    var location = begun();
    try (var connection = registry.connect()) {
      var answer = connection.send(head("PATCH", location, headers)).read();
      assertEquals(400, answer.status());
      assertFalse(answer.body().contains("Exception"));
      connection.awaitEnd();
    }
  }

  @Test
  void oneRequestAtATimeWritesToAnUpload() throws Exception {
    var location = begun();
    try (var first = registry.connect()) {
      first.send(head("PATCH", location, "Content-Length: 10", "Expect: 100-continue")).read(false);
      first.send("hello");

      var second = registry.send("PATCH", location, CONTENT);
      assertEquals(416, second.statusCode());
      assertEquals("RANGE_INVALID", code(second));

      first.send("world".getBytes(StandardCharsets.US_ASCII));
      assertEquals("0-9", first.read().header("range"));
    }
  }
}
