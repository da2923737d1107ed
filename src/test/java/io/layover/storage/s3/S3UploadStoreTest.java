package io.layover.storage.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.layover.storage.BlobStore;
import io.layover.storage.UploadStore;
import io.layover.storage.UploadStoreContract;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class S3UploadStoreTest extends UploadStoreContract {
  private @Nullable S3Fixture fixture;

  private S3Fixture fixture() {
    if (fixture == null) {
      fixture = new S3Fixture(vertx, disk, directory.resolve("local"));
    }
    return fixture;
  }

  @Override
  protected UploadStore start() throws Exception {
    return fixture().open().uploads();
  }

  /** A replica that was killed leaves parts, of which nobody else knows. */
  @Test
  void removesPartsOfBlobsThatWereLeftAlone() throws Exception {
    var key = "docker/registry/v2/blobs/sha256/00/00/data";
    result(Multipart.create(fixture().bucket(), key));
    assertEquals(List.of(key), fixture().server.openParts(fixture().bucket));

    result(store().purge(Instant.now().minusSeconds(3600), false));
    assertEquals(1, fixture().server.openParts(fixture().bucket).size());
    result(store().purge(Instant.now().plusSeconds(3600), false));
    assertEquals(List.of(), fixture().server.openParts(fixture().bucket));
  }

  @Override
  protected BlobStore blobs() throws Exception {
    return fixture().open().blobs();
  }
}
