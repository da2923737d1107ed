package io.layover.storage.s3;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.layover.storage.RepositoryStore;
import io.layover.storage.RepositoryStore.Durability;
import io.layover.storage.RepositoryStore.Kind;
import io.layover.storage.RepositoryStoreContract;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class S3RepositoryStoreTest extends RepositoryStoreContract {
  private @Nullable S3Fixture fixture;

  @Override
  protected RepositoryStore start() throws Exception {
    if (fixture == null) {
      fixture = new S3Fixture(vertx, disk, directory.resolve("local"));
    }
    return fixture.open().repositories();
  }

  /** As SeaweedFS shows the folder of a manifest that was deleted; what it needs would never go. */
  @Test
  void aFolderIsNoManifest() throws Exception {
    var store = store();
    var fixture = requireNonNull(this.fixture);
    result(store.link(APP, Kind.MANIFEST, ONE, Durability.SYNCED));
    var link = new Layout("").link(APP, Kind.MANIFEST, TWO);
    fixture.server.put(fixture.bucket, link + "ed", "");

    assertEquals(List.of(ONE), result(store.manifests(APP)));
  }
}
