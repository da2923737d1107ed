package io.layover.storage.s3;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.oci.Digest;
import io.layover.oci.Manifest;
import io.layover.oci.RepositoryName;
import io.layover.storage.ReferrerStore;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A small object per referrer, in a folder per subject. */
final class S3ReferrerStore implements ReferrerStore {
  /** More bytes than this are not put into one list. */
  private static final int ENOUGH = 1 << 20;

  private static final int LARGEST_DOCUMENT = 32 << 20;
  private static final int AT_ONCE = 16;
  private static final int MEMORY = 4 << 20;
  private static final int OVERHEAD = 200;

  private final Bucket bucket;
  private final Layout layout;
  private final Listing listing;

  /** What a manifest says of itself never changes. */
  private final Cache<String, Buffer> descriptors =
      Caffeine.newBuilder()
          .maximumWeight(MEMORY)
          .weigher((String key, Buffer content) -> content.length() + OVERHEAD)
          .build();

  private final Cache<RepositoryName, Boolean> complete =
      Caffeine.newBuilder().maximumSize(10_000).build();

  S3ReferrerStore(Bucket bucket, Layout layout) {
    this.bucket = bucket;
    this.layout = layout;
    this.listing = new Listing(bucket);
  }

  /** Sorts as the digest does. */
  private String key(RepositoryName name, Digest subject, Digest referrer) {
    return layout.referrers(name, subject) + referrer.algorithm() + "-" + referrer.hex();
  }

  @Override
  public Future<Void> add(
      RepositoryName name, Digest subject, Digest referrer, JsonObject descriptor) {
    return bucket.write(key(name, subject, referrer), descriptor.toBuffer()).mapEmpty();
  }

  @Override
  public Future<Void> remove(RepositoryName name, Digest subject, Digest referrer) {
    return bucket.delete(key(name, subject, referrer));
  }

  @Override
  public Future<List<JsonObject>> list(
      RepositoryName name, Digest subject, @Nullable Digest last, int limit) {
    var folder = layout.referrers(name, subject);
    return listing
        .keys(folder, last == null ? null : key(name, subject, last), limit)
        .compose(keys -> read(keys, 0, new ArrayList<>(), 0));
  }

  private Future<List<JsonObject>> read(
      List<String> keys, int from, List<JsonObject> found, int bytes) {
    if (from == keys.size() || bytes > ENOUGH) {
      return Future.succeededFuture(found);
    }
    // Large ones come one by one, as nobody knows before how large they are.
    var to = Math.min(keys.size(), from + (bytes > ENOUGH / AT_ONCE ? 1 : AT_ONCE));
    return Future.all(keys.subList(from, to).stream().map(this::read).toList())
        .compose(
            all -> {
              var total = bytes;
              for (var content : all.<@Nullable Buffer>list()) {
                // One that was removed meanwhile is left out.
                if (content != null && total <= ENOUGH) {
                  found.add(new JsonObject(content));
                  total += content.length();
                }
              }
              return read(keys, to, found, total);
            });
  }

  private Future<@Nullable Buffer> read(String key) {
    var known = descriptors.getIfPresent(key);
    if (known != null) {
      return Future.succeededFuture(known);
    }
    return bucket
        .read(key, Manifest.LARGEST)
        .map(
            whole -> {
              if (whole == null) {
                return null;
              }
              descriptors.put(key, whole.content());
              return whole.content();
            });
  }

  @Override
  public Future<Boolean> isComplete(RepositoryName name) {
    if (complete.getIfPresent(name) != null) {
      return Future.succeededFuture(true);
    }
    return bucket
        .head(layout.referrersComplete(name))
        .map(Objects::nonNull)
        .onSuccess(
            there -> {
              if (there) {
                complete.put(name, true);
              }
            });
  }

  @Override
  public Future<Void> setComplete(RepositoryName name) {
    return bucket
        .write(layout.referrersComplete(name), Buffer.buffer())
        .onSuccess(v -> complete.put(name, true))
        .mapEmpty();
  }

  @Override
  public Future<@Nullable Buffer> kept(RepositoryName name, Digest subject) {
    return bucket
        .read(layout.referrersSaid(name, subject), LARGEST_DOCUMENT)
        .map(whole -> whole == null ? null : whole.content());
  }

  @Override
  public Future<Void> keep(RepositoryName name, Digest subject, @Nullable Buffer document) {
    var key = layout.referrersSaid(name, subject);
    return document == null ? bucket.delete(key) : bucket.write(key, document).mapEmpty();
  }
}
