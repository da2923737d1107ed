package io.layover.storage.s3;

import io.layover.storage.ReferrerStore;
import io.layover.storage.ReferrerStoreContract;
import org.jspecify.annotations.Nullable;

class S3ReferrerStoreTest extends ReferrerStoreContract {
  private @Nullable S3Fixture fixture;

  @Override
  protected ReferrerStore start() throws Exception {
    if (fixture == null) {
      fixture = new S3Fixture(vertx, disk, directory.resolve("local"));
    }
    return fixture.open().referrers();
  }
}
