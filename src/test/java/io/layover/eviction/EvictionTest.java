package io.layover.eviction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.Mirror;
import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.storage.Disk;
import io.layover.storage.RepositoryStore.Durability;
import io.layover.storage.RepositoryStore.Kind;
import io.layover.storage.Stores;
import io.layover.storage.filesystem.FileStores;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many who read, store, link and push at once, over a store that is far too small. */
@Timeout(120)
class EvictionTest {
  private static final int THREADS = 8;
  private static final int ROUNDS = 400;
  private static final int CONTENTS = 60;
  private static final int PUSHED = 15;
  private static final int SIZE = 1000;
  private static final long MAX = 10L * SIZE;

  private final Vertx vertx = Vertx.vertx();
  private final Disk disk = new Disk(vertx, 8);
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Set<Digest> pushed = ConcurrentHashMap.newKeySet();
  private final AtomicInteger hits = new AtomicInteger();

  @TempDir Path root;
  private Stores raw;
  private Eviction eviction;

  @BeforeEach
  void open() throws IOException {
    raw = FileStores.open(root, disk);
    eviction = start();
  }

  private Eviction start() {
    return Eviction.start(vertx, disk, raw, TestBooks.limits(MAX), meters);
  }

  @AfterEach
  void close() {
    vertx.close().await();
  }

  private static Buffer content(int number) {
    return Buffer.buffer((number + "-").repeat(SIZE).substring(0, SIZE));
  }

  private static Digest digest(int number) {
    return Digest.sha256(content(number).getBytes());
  }

  private double stored(String kind) {
    return meters.get("layover.stored").tag("kind", kind).gauge().value();
  }

  private double evictions() {
    return meters.get("layover.cache.evictions").tag("reason", "size").counter().count();
  }

  @Test
  void holdsWhateverHappensAtOnce() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var running = new ArrayList<java.util.concurrent.Future<?>>();
      for (var i = 0; i < THREADS; i++) {
        var random = new SplittableRandom(i);
        running.add(threads.submit(() -> work(random)));
      }
      for (var one : running) {
        one.get();
      }
    }
    assertTrue(hits.get() > 0, "something was found");
    assertTrue(evictions() > 0, "something went");
    Mirror.await("no more is kept than may be", () -> stored("cached") <= MAX);
    checkPushed();
    checkBooks();
    var cached = stored("cached");
    var hosted = stored("hosted");
    eviction.close().await();

    meters.clear();
    eviction = start();
    Mirror.await(
        "the books are complete",
        () -> meters.get("layover.cache.books.complete").gauge().value() == 1);
    assertEquals(cached, stored("cached"));
    assertEquals(hosted, stored("hosted"));
    eviction.close().await();
  }

  private void work(SplittableRandom random) {
    for (var round = 0; round < ROUNDS; round++) {
      var number = random.nextInt(CONTENTS);
      var name = new RepositoryName("app" + random.nextInt(5));
      switch (random.nextInt(12)) {
        case 0 -> push(new RepositoryName("private/app" + random.nextInt(2)), number % PUSHED);
        case 1 -> takeBack(new RepositoryName("private/app" + random.nextInt(2)), number % PUSHED);
        default -> pull(name, number);
      }
    }
  }

  /** As a cache does it: whatever of it is there may go in any moment, and the pull succeeds. */
  private void pull(RepositoryName name, int number) {
    var stores = eviction.stores();
    var digest = digest(number);
    if (stores.repositories().isLinked(name, Kind.LAYER, digest).await()) {
      var blob = stores.blobs().open(digest).await();
      if (blob != null) {
        try (blob) {
          assertEquals(SIZE, blob.size());
          hits.incrementAndGet();
        }
        return;
      }
    }
    stores
        .blobs()
        .keeping(
            digest,
            () ->
                stores
                    .blobs()
                    .put(digest, content(number))
                    .compose(v -> link(name, digest, Durability.CACHED)))
        .await();
  }

  /** As a registry does it: what is there when this returns stays. */
  private void push(RepositoryName name, int number) {
    var digest = digest(number);
    var stores = eviction.stores();
    stores
        .blobs()
        .keeping(
            digest,
            () ->
                stores
                    .blobs()
                    .put(digest, content(number))
                    .compose(v -> link(name, digest, Durability.SYNCED)))
        .await();
    if (name.value().endsWith("0")) {
      pushed.add(digest);
    }
    assertNotNull(stores.blobs().size(digest).await());
  }

  private Future<Void> link(RepositoryName name, Digest digest, Durability durability) {
    return eviction.stores().repositories().link(name, Kind.LAYER, digest, durability);
  }

  private void takeBack(RepositoryName name, int number) {
    if (name.value().endsWith("1")) {
      eviction.stores().repositories().unlink(name, Kind.LAYER, digest(number)).await();
    }
  }

  private void checkPushed() {
    assertTrue(pushed.size() > 5);
    for (var digest : pushed) {
      assertNotNull(raw.blobs().size(digest).await(), digest + " was pushed");
    }
  }

  /** What the books count is what is stored. */
  private void checkBooks() {
    var sizes = new HashMap<Digest, Long>();
    raw.blobs().each((digest, size, used) -> sizes.put(digest, size)).await();
    var hosted = new HashSet<Digest>();
    var cached = new HashSet<Digest>();
    raw.repositories()
        .each(
            (name, kind, digest, made) ->
                (name.value().startsWith("private/") ? hosted : cached).add(digest))
        .await();
    cached.removeAll(hosted);
    assertEquals(total(sizes, hosted), stored("hosted"));
    assertEquals(total(sizes, cached), stored("cached"));
    sizes.keySet().removeAll(hosted);
    sizes.keySet().removeAll(cached);
    assertEquals(total(sizes, sizes.keySet()), stored("unlinked"));
  }

  private static double total(Map<Digest, Long> sizes, Set<Digest> digests) {
    return digests.stream().mapToLong(digest -> sizes.getOrDefault(digest, 0L)).sum();
  }
}
