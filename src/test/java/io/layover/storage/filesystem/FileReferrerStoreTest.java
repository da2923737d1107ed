package io.layover.storage.filesystem;

import io.layover.storage.ReferrerStore;
import io.layover.storage.ReferrerStoreContract;
import java.nio.file.Files;

class FileReferrerStoreTest extends ReferrerStoreContract {
  @Override
  protected ReferrerStore start() throws Exception {
    // The temporary directory is the blob store's to make.
    Files.createDirectories(directory.resolve("layover/tmp"));
    return new FileReferrerStore(new Layout(directory), disk);
  }
}
