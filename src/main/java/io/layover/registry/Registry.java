package io.layover.registry;

import io.layover.storage.Stores;

/** Everything that can be done with the images in one store. */
public record Registry(LocalRegistry local, Pushes pushes, UploadSessions uploads) {

  /** A registry over a storage. */
  public static Registry over(Stores stores, PushRules rules) {
    var blobs = stores.blobs();
    var repositories = stores.repositories();
    var local = new LocalRegistry(blobs, repositories, stores.referrers());
    return new Registry(
        local,
        new Pushes(local, blobs, repositories, rules),
        new UploadSessions(stores.uploads(), blobs, repositories));
  }
}
