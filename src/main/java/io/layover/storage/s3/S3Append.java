package io.layover.storage.s3;

import io.layover.oci.Digest;
import io.layover.storage.Spool;
import io.layover.storage.s3.Multipart.Part;
import io.layover.storage.s3.S3UploadStore.Stored;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Adds what a request brings to the parts of an upload: it goes to a file, and from there to S3
 * while more comes. S3 refuses small parts anywhere but at the end, so a small last part is sent
 * again with what follows it.
 */
final class S3Append {
  private final S3UploadStore store;
  private final Bucket bucket;
  private final UUID id;
  private final String key;
  private final Stored before;

  S3Append(S3UploadStore store, UUID id, String key, Stored before) {
    this.store = store;
    this.bucket = store.bucket();
    this.id = id;
    this.key = key;
    this.before = before;
  }

  /** Takes all that the body yields; if it breaks off, fails after that is in S3 too. */
  Future<Stored> take(ReadStream<Buffer> body) {
    return ground()
        .compose(
            ground ->
                Spool.reopen(
                        bucket.disk(),
                        ground.received.file(),
                        ground.received.checkpoint().algorithm(),
                        ground.received.checkpoint(),
                        0)
                    .compose(
                        spool ->
                            take(body, ground, spool)
                                .eventually(
                                    () -> {
                                      spool.close();
                                      return Future.succeededFuture();
                                    })));
  }

  /**
   * What can be built upon: all parts but a small last one, and the file that has the rest.
   *
   * @param sent the bytes in the parts
   */
  private record Ground(Stored stored, List<Part> parts, long sent, Received received) {}

  private Future<Stored> take(ReadStream<Buffer> body, Ground ground, Spool spool) {
    spool.passing();
    var known = ground.stored.multipart();
    var number = ground.parts.isEmpty() ? 1 : ground.parts.getLast().number() + 1;
    var writer =
        new PartsWriter(
            bucket,
            spool.channel(),
            store.sizes().size(),
            ground.sent - ground.received.base(),
            number,
            () -> known == null ? Multipart.create(bucket, key) : Future.succeededFuture(known));
    var following = new Following(spool, writer);
    following.go();
    return spool
        .append(body, Long.MAX_VALUE)
        .transform(
            arrived -> {
              following.stop();
              return flush(ground, spool, writer)
                  .compose(
                      after ->
                          arrived.succeeded()
                              ? Future.succeededFuture(after)
                              : Future.failedFuture(arrived.cause()));
            });
  }

  /** Brings to S3 what is not there yet: any replica may be asked next. */
  private Future<Stored> flush(Ground ground, Spool spool, PartsWriter writer) {
    var end = ground.received.base() + spool.size();
    if (end == before.size()) {
      return Future.succeededFuture(before);
    }
    return writer
        .finish(spool.size())
        .compose(
            sent ->
                writer
                    .target()
                    .map(
                        multipart -> {
                          var parts = new ArrayList<>(ground.parts);
                          parts.addAll(Multipart.inOrder(sent));
                          store.received(
                              id,
                              new Received(
                                  ground.received.file(),
                                  ground.received.base(),
                                  spool.checkpoint()));
                          return new Stored(multipart, parts, end);
                        }));
  }

  private Future<Ground> ground() {
    var received = store.received(id, before);
    if (before.isObject()) {
      return again(before.size(), received);
    }
    var parts = before.parts();
    if (parts.isEmpty()) {
      return fresh(new Ground(before, parts, 0, received == null ? from(0) : received));
    }
    var last = parts.getLast();
    if (last.size() >= Multipart.SMALLEST_PART) {
      return fresh(
          new Ground(
              before, parts, before.size(), received == null ? from(before.size()) : received));
    }
    var sent = before.size() - last.size();
    if (received != null && received.base() <= sent) {
      return Future.succeededFuture(
          new Ground(before, parts.subList(0, parts.size() - 1), sent, received));
    }
    // The end of it is with another process, and S3 gives parts to nobody before they are whole.
    return complete().compose(size -> again(size, null));
  }

  private Future<Long> complete() {
    var multipart = before.multipart();
    return multipart == null
        ? Future.succeededFuture(before.size())
        : multipart.complete(before.parts()).map(Bucket.Head::size);
  }

  /** Begins a new object with what is in the present one. */
  private Future<Ground> again(long size, @org.jspecify.annotations.Nullable Received received) {
    if (size >= Multipart.SMALLEST_PART) {
      return Multipart.create(bucket, key)
          .compose(
              multipart ->
                  new ServerCopy(bucket, store.sizes())
                      .parts(multipart, key, size)
                      .compose(
                          parts ->
                              fresh(
                                  new Ground(
                                      new Stored(multipart, parts, size),
                                      parts,
                                      size,
                                      received == null ? from(size) : received))));
    }
    // Too small for a part: it is fetched.
    return bucket
        .read(key, Multipart.SMALLEST_PART)
        .compose(
            whole ->
                whole == null
                    ? Future.failedFuture(
                        new IllegalStateException("the upload went while it was read"))
                    : bucket
                        .disk()
                        .run(() -> Files.write(store.newFile(), whole.content().getBytes()))
                        .map(
                            file -> {
                              var hash = Digest.hasher(S3Upload.DEFAULT_ALGORITHM);
                              hash.update(whole.content().getBytes());
                              var checkpoint =
                                  new Spool.Checkpoint(S3Upload.DEFAULT_ALGORITHM, size, hash);
                              return new Ground(
                                  new Stored(null, List.of(), 0),
                                  List.of(),
                                  0,
                                  new Received(file, 0, checkpoint));
                            }));
  }

  private Received from(long base) {
    return Received.from(store.newFile(), base, S3Upload.DEFAULT_ALGORITHM);
  }

  /** Makes sure of the file, which is empty where nothing was received. */
  private Future<Ground> fresh(Ground ground) {
    var empty = ground.received.checkpoint().size() == 0;
    return bucket
        .disk()
        .run(
            () -> {
              Files.newByteChannel(
                      ground.received.file(),
                      empty
                          ? java.util.Set.of(
                              StandardOpenOption.CREATE,
                              StandardOpenOption.TRUNCATE_EXISTING,
                              StandardOpenOption.WRITE)
                          : java.util.Set.of(StandardOpenOption.READ))
                  .close();
              return ground;
            });
  }
}
