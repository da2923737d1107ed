package io.layover.storage.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.layover.storage.BlobStore;
import io.layover.storage.UploadStore;
import io.layover.storage.UploadStoreContract;
import io.layover.storage.s3.Multipart.Part;
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

  /** SeaweedFS lists a part that was sent again beside the first, in no order. */
  @Test
  void countsAPartOnce() {
    var whole = new Part(1, "a", 5 << 20);
    var first = new Part(2, "b", 1000);
    var again = new Part(2, "c", 1001);

    assertEquals(List.of(whole, again), Multipart.each(List.of(whole, first, again)));
    assertEquals(List.of(whole, again), Multipart.each(List.of(again, first, again, whole)));
    assertEquals(List.of(), Multipart.each(List.of()));
  }

  @Override
  protected BlobStore blobs() throws Exception {
    return fixture().open().blobs();
  }
}
