package io.layover.eviction;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.storage.Disk;
import io.layover.storage.RepositoryStore.Kind;
import io.layover.storage.Stores;
import io.layover.storage.filesystem.FileStores;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Books whose clock is set by hand, over a storage that is empty at first. */
final class TestBooks implements AutoCloseable {
  static final Duration TTL = Duration.ofHours(1);

  final Vertx vertx = Vertx.vertx();
  final Disk disk = new Disk(vertx, 4);
  final Stores stores;
  final Ledger ledger;
  final Holds holds = new Holds();
  final Census census;
  final Books books;
  final Choice choice;
  private Instant time = Instant.now();

  TestBooks(Path root, Limits limits) throws IOException {
    stores = FileStores.open(root, disk);
    ledger = new Ledger(limits, () -> time);
    census = new Census(ledger);
    books = new Books(ledger, holds, census);
    choice = new Choice(ledger, holds, census);
  }

  /** What is below private is hosted, below forever kept for ever, all else for {@link #TTL}. */
  static Limits limits(long maxSize) {
    return new Limits(
        maxSize, List.of(TTL, Duration.ZERO), name -> owner(name.value().split("/", 2)[0]));
  }

  private static int owner(String start) {
    return switch (start) {
      case "private" -> Limits.HOSTED;
      case "forever" -> 1;
      default -> 0;
    };
  }

  TestBooks complete() {
    census.take(stores.blobs(), stores.repositories(), disk).await();
    return this;
  }

  void pass(Duration duration) {
    time = time.plus(duration);
  }

  static Digest digest(String content) {
    return Digest.sha256(content);
  }

  /** A blob that is stored and linked, once more if it is already. */
  void put(String name, String content, long size) {
    books.stored(digest(content), size);
    link(name, content);
  }

  void link(String name, String content) {
    books.linked(new RepositoryName(name), Kind.LAYER, digest(content));
  }

  void use(String name, String content) {
    books.used(new RepositoryName(name), Kind.LAYER, digest(content));
  }

  /** What goes now, in this order, as {@code name blob}, with a star where the blob goes too. */
  List<String> evict(String... contents) {
    var gone = new ArrayList<String>();
    var since = choice.now();
    for (var all = choice.victims(since, 3); !all.isEmpty(); all = choice.victims(since, 3)) {
      for (var victim : all) {
        gone.add(name(victim, contents));
        if (victim.last()) {
          choice.gone(victim);
        }
        choice.left(victim);
      }
    }
    return gone;
  }

  static String name(Victim victim, String... contents) {
    for (var content : contents) {
      if (digest(content).equals(victim.digest())) {
        return victim.name() + " " + content + (victim.last() ? "*" : "");
      }
    }
    return victim.name() + " " + victim.digest();
  }

  @Override
  public void close() {
    vertx.close().await();
  }
}
