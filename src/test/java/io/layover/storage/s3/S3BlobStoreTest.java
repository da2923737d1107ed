package io.layover.storage.s3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.storage.Blob;
import io.layover.storage.BlobStore;
import io.layover.storage.BlobStoreContract;
import io.layover.storage.RecordingSink;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class S3BlobStoreTest extends BlobStoreContract {
  private static final String HELLO =
      "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

  private @Nullable S3Fixture fixture;

  @Override
  protected BlobStore start() throws Exception {
    return fixture().open().blobs();
  }

  private S3Fixture fixture() {
    if (fixture == null) {
      fixture = new S3Fixture(vertx, disk, directory.resolve("local"));
    }
    return fixture;
  }

  /**
   * S3 shows nobody what it has deleted; who does not read yet is told before the answer begins.
   */
  @Test
  @Override
  protected void aReaderFinishesAlthoughTheBlobIsDeleted() throws Exception {
    result(store().publish(DIGEST, staged(CONTENT)));
    try (var blob = result(store().open(DIGEST))) {
      assertNotNull(blob);
      // Through another replica, of which this one knows nothing.
      result(start().delete(DIGEST));

      var failure =
          assertThrows(ExecutionException.class, () -> result(blob.prepare(0, Blob.UNKNOWN)));
      var known = assertInstanceOf(RegistryException.class, failure.getCause());
      assertEquals(ErrorCode.BLOB_UNKNOWN, known.code());
    }
    assertAbsent(DIGEST);
  }

  @Test
  void liesWhereDistributionLooks() throws Exception {
    result(store().put(io.layover.oci.Digest.sha256("hello"), Buffer.buffer("hello")));

    var key = "docker/registry/v2/blobs/sha256/2c/" + HELLO + "/data";
    assertEquals(List.of(key), fixture().server.keys(fixture().bucket));
    assertEquals("hello", fixture().server.text(fixture().bucket, key));
  }

  /** What is prepared is what is written, with one request. */
  @Test
  void readsAHotBlobWithOneRequest() throws Exception {
    result(store().publish(DIGEST, staged(CONTENT)));
    result(store().size(DIGEST));
    var before = fixture().count();
    var sink = new RecordingSink();
    try (var blob = result(store().open(DIGEST))) {
      assertNotNull(blob);
      result(blob.prepare(0, Blob.UNKNOWN));
      result(blob.writeTo(sink, 0, Blob.UNKNOWN));
    }
    assertArrayEquals(CONTENT, sink.bytes());
    assertEquals(1, fixture().count() - before);
  }
}
