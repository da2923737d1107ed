package io.layover.storage.s3;

import io.layover.storage.RepositoryStore;
import io.layover.storage.RepositoryStoreContract;
import org.jspecify.annotations.Nullable;

class S3RepositoryStoreTest extends RepositoryStoreContract {
  private @Nullable S3Fixture fixture;

  @Override
  protected RepositoryStore start() throws Exception {
    if (fixture == null) {
      fixture = new S3Fixture(vertx, disk, directory.resolve("local"));
    }
    return fixture.open().repositories();
  }
}
