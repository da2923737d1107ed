package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.Mirror;
import io.layover.standin.Content;
import io.layover.standin.HubStandIn;
import io.vertx.core.Vertx;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A blob that is nearly as large as the heap, and readers of every kind. */
class LargeFillTest {
  private static final Content LAYER = Content.random(12, 200L << 20);

  @Test
  void neitherLeaversNorSleepersNorSizeMatter(@TempDir Path root) throws Exception {
    var digest = LAYER.digest();
    var blob = "/v2/library/app/blobs/" + digest;
    var vertx = Vertx.vertx();
    try (var hub = HubStandIn.start(vertx);
        var mirror = MirrorFixture.patient(hub.url(), root)) {
      hub.repository("library/app").putBlob(LAYER);
      // The first reader begins the fill and leaves it.
      try (var first = mirror.open(blob)) {
        assertTrue(RawReader.head(first.getInputStream()).startsWith("HTTP/1.1 200"));
        first.setSoLinger(true, 0);
      }
      try (var sleeper = mirror.open(blob);
          var reader = mirror.open(blob)) {
        assertEquals(digest.hex(), hashOf(reader.getInputStream()));
        Mirror.await("stored", () -> mirror.holds(digest));
        assertEquals(digest.hex(), hashOf(sleeper.getInputStream()));
      }
      assertEquals(1, hub.count("GET", "^/cdn/"));
      assertEquals(LAYER.size(), hub.bytesSent());
      assertEquals(0, mirror.parts());
    } finally {
      vertx.close().await();
    }
  }

  private static String hashOf(InputStream in) throws Exception {
    assertTrue(RawReader.head(in).startsWith("HTTP/1.1 200"));
    var hash = io.layover.oci.Digest.hasher("sha256");
    try (var hashed = new DigestInputStream(in, hash)) {
      hashed.transferTo(java.io.OutputStream.nullOutputStream());
    }
    return HexFormat.of().formatHex(hash.digest());
  }
}
