package io.layover.storage.s3;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes uploads that have long been left alone, and parts of blobs whose sender has gone, be it a
 * client or a replica.
 */
final class S3Purge {
  private static final Logger LOG = LoggerFactory.getLogger(S3Purge.class);

  private final Bucket bucket;
  private final Layout layout;
  private final Instant before;
  private final Function<String, Future<Void>> delete;

  /** What is to go, when it was last changed, and how it goes. */
  private record Stale(String key, Instant last, Supplier<Future<Void>> removal) {}

  /**
   * @param before when the last change of it was
   * @param delete removes an upload, whose folder it is given
   */
  S3Purge(Bucket bucket, Layout layout, Instant before, Function<String, Future<Void>> delete) {
    this.bucket = bucket;
    this.layout = layout;
    this.before = before;
    this.delete = delete;
  }

  /** Completes with how many there were. */
  Future<Integer> run(boolean dryRun) {
    return find().compose(stale -> remove(stale, 0, dryRun));
  }

  private Future<List<Stale>> find() {
    var root = layout.repositories();
    var changed = new ConcurrentHashMap<String, Instant>();
    return new Listing(bucket)
        .each(root, (key, size, written) -> note(changed, key, written))
        .compose(v -> Multipart.open(bucket, root))
        .compose(
            open -> {
              open.forEach(one -> note(changed, one.key().substring(root.length()), one.begun()));
              return Multipart.open(bucket, layout.blobs());
            })
        .map(
            open -> {
              var stale = new ArrayList<Stale>();
              changed.forEach(
                  (folder, last) ->
                      stale.add(new Stale(root + folder, last, () -> delete.apply(root + folder))));
              open.forEach(one -> stale.add(new Stale(one.key(), one.begun(), one::abort)));
              stale.removeIf(one -> !one.last.isBefore(before));
              return stale;
            });
  }

  private static void note(Map<String, Instant> changed, String key, Instant at) {
    var folder = Layout.uploadFolder(key);
    if (folder != null) {
      changed.merge(folder, at, (a, b) -> a.isAfter(b) ? a : b);
    }
  }

  private static Future<Integer> remove(List<Stale> stale, int at, boolean dryRun) {
    if (at == stale.size()) {
      return Future.succeededFuture(at);
    }
    var one = stale.get(at);
    LOG.info("{} was left alone since {}{}", one.key, one.last, dryRun ? "" : ", and goes");
    return (dryRun ? Future.<Void>succeededFuture() : one.removal.get())
        .compose(v -> remove(stale, at + 1, dryRun));
  }
}
