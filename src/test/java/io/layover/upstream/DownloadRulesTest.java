package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.Mirror;
import io.layover.oci.Digest;
import io.layover.standin.Content;
import io.layover.standin.HubStandIn;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the configuration says of downloads is what happens. */
@Timeout(120)
class DownloadRulesTest {
  private static final int SIZE = 3_000_000;
  private static final int CUT = 1_000_000;
  private static final Content LAYER = Content.random(62, SIZE);
  private static final Digest DIGEST = LAYER.digest();
  private static final String BLOB = "/v2/library/app/blobs/" + DIGEST;
  private static final String CDN = "^/cdn/";

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);

  @TempDir Path root;
  private Mirror mirror;

  @BeforeEach
  void start() {
    hub.repository("library/app").putBlob(LAYER);
    mirror = Mirror.of(hub.url(), root);
  }

  @AfterEach
  void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  /** Starts it again, with other rules. */
  private void mirror(String... variables) {
    mirror.close();
    mirror = Mirror.of(hub.url(), root, variables);
  }

  private long partial() {
    try {
      var parts = mirror.files("layover/fills");
      return parts.isEmpty() ? 0 : Files.size(root.resolve(parts.getFirst()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads the head of the answer, and goes. */
  private void leave() throws Exception {
    try (var reader = mirror.open(BLOB)) {
      assertTrue(RawReader.head(reader.getInputStream()).startsWith("HTTP/1.1 200"));
      Mirror.await("a part has come", () -> partial() > 0);
      reader.setSoLinger(true, 0);
    }
  }

  private void assertGoesOn() throws Exception {
    var kept = partial();
    assertTrue(kept > 0 && kept < SIZE, "bytes: " + kept);
    hub.behave();
    hub.log().clear();
    assertEquals(DIGEST, Digest.sha256(mirror.get(BLOB).body()));
    // The last byte is asked for once more, as it may be that of the blob.
    assertEquals("bytes=%d-".formatted(kept - 1), hub.log().only("GET", CDN).range());
  }

  @Test
  void aDownloadThatNobodyReadsEndsInTime() throws Exception {
    mirror("REGISTRY_PROXY_CACHEWRITETIMEOUT", "100ms");
    hub.when("GET", CDN).throttle(SIZE / 60);
    leave();
    Mirror.await("the upstream is left", () -> hub.log().only("GET", CDN).clientLeft());
    assertGoesOn();
  }

  @Test
  void aDownloadThatSomebodyReadsDoesNot() throws Exception {
    mirror("REGISTRY_PROXY_CACHEWRITETIMEOUT", "100ms");
    hub.when("GET", CDN).throttle(SIZE / 2);
    var stays = mirror.getLater(BLOB);
    leave();
    assertEquals(DIGEST, Digest.sha256(stays.join().body()));
    assertEquals(1, hub.count("GET", CDN));
  }

  @Test
  void whatIsLeftIsGoneOnWithAfterARestart() throws Exception {
    mirror("REGISTRY_PROXY_RESUME_ATTEMPTS", "0");
    hub.when("GET", CDN).cutAfter(CUT);
    leave();
    Mirror.await("all that came is kept", () -> partial() == CUT);
    mirror.restart();
    assertGoesOn();
  }

  @Test
  void whatNobodyGoesOnWithIsDeleted() throws Exception {
    String[] rules = {"REGISTRY_PROXY_RESUME_ATTEMPTS", "0", "REGISTRY_PROXY_PARTTTL", "1h"};
    mirror(rules);
    hub.when("GET", CDN).cutAfter(CUT);
    leave();
    Mirror.await("all that came is kept", () -> partial() == CUT);
    mirror.restart();
    assertEquals(CUT, partial());

    var part = root.resolve(mirror.files("layover/fills").getFirst());
    Files.setLastModifiedTime(part, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    mirror(rules);
    Mirror.await("it is deleted", () -> partial() == 0);
  }

  @Test
  void withoutAttemptsNothingIsGoneOnWithInTheSameAnswer() throws Exception {
    mirror("REGISTRY_PROXY_RESUME_ATTEMPTS", "0");
    hub.when("GET", CDN).cutAfter(CUT);
    try (var reader = mirror.open(BLOB)) {
      RawReader.head(reader.getInputStream());
      assertTrue(RawReader.rest(reader.getInputStream()).length <= CUT);
    }
    assertEquals(1, hub.count("GET", CDN));
  }

  @Test
  void whatIsTooLargeIsNotFetched() throws Exception {
    mirror("REGISTRY_PROXY_MAXBLOBSIZE", "2MiB");
    // As fast as it can, it would all be in the buffers of the connection before that is closed.
    hub.when("GET", CDN).throttle(CUT);
    var answer = mirror.get(BLOB);
    assertEquals(502, answer.statusCode());
    assertTrue(new String(answer.body(), StandardCharsets.UTF_8).contains("UNAVAILABLE"));
    assertTrue(hub.bytesSent() < SIZE, "bytes: " + hub.bytesSent());
    assertEquals(List.of(), mirror.files("layover/fills"));
  }

  @Test
  void whatIsTooLargeAndDoesNotSaySoIsCutOff() throws Exception {
    mirror("REGISTRY_PROXY_MAXBLOBSIZE", "2MiB");
    hub.when("GET", CDN).chunked();
    try (var reader = mirror.open(BLOB)) {
      var head = RawReader.head(reader.getInputStream());
      assertTrue(head.startsWith("HTTP/1.1 200"), head);
      assertTrue(RawReader.rest(reader.getInputStream()).length < 3 << 20);
    }
    Mirror.await("nothing is kept", () -> partial() == 0);
  }
}
