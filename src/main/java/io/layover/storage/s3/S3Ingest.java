package io.layover.storage.s3;

import io.layover.oci.Digest;
import io.layover.storage.Ingest;
import io.layover.storage.Spool;
import io.vertx.core.Future;

/**
 * A blob on its way to its final key, part by part behind the file that grows; S3 shows it to
 * nobody before it is completed.
 */
final class S3Ingest implements Ingest {
  private final S3BlobStore store;
  private final Digest digest;
  private final Spool spool;
  private final PartsWriter parts;
  private final Following following;

  S3Ingest(S3BlobStore store, Digest digest, Spool spool, PartsWriter parts) {
    this.store = store;
    this.digest = digest;
    this.spool = spool;
    this.parts = parts;
    this.following = new Following(spool, parts);
    following.go();
  }

  @Override
  public Future<Void> commit() {
    following.stop();
    return store.commit(digest, spool.file(), spool.channel(), spool.size(), parts);
  }

  @Override
  public Future<Void> abandon() {
    following.stop();
    return S3BlobStore.abort(parts);
  }
}
