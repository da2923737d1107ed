package io.layover.storage.s3;

import io.layover.storage.BlobStore;
import io.layover.storage.UploadStore;
import io.layover.storage.UploadStoreContract;
import org.jspecify.annotations.Nullable;

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

  @Override
  protected BlobStore blobs() throws Exception {
    return fixture().open().blobs();
  }
}
