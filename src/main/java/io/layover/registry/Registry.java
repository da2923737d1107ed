package io.layover.registry;

import io.layover.storage.BlobStore;
import io.layover.storage.Disk;
import io.layover.storage.ReferrerStore;
import io.layover.storage.RepositoryStore;
import io.layover.storage.UploadStore;

/** Everything that can be done with the images in one store. */
public record Registry(
    LocalRegistry local, Pushes pushes, UploadSessions uploads, Referrers referrers) {

  /** A registry over a store's parts. */
  public static Registry over(
      BlobStore blobs,
      RepositoryStore repositories,
      UploadStore uploads,
      ReferrerStore referrerStore,
      Disk disk,
      PushRules rules) {
    var local = new LocalRegistry(blobs, repositories);
    var referrers = new Referrers(referrerStore, local, repositories);
    return new Registry(
        local,
        new Pushes(local, blobs, repositories, referrers, rules),
        new UploadSessions(uploads, blobs, repositories, disk),
        referrers);
  }
}
