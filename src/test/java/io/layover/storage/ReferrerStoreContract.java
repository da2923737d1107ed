package io.layover.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What every {@link ReferrerStore} promises. */
@Timeout(60)
public abstract class ReferrerStoreContract {
  private static final RepositoryName APP = RepositoryName.parse("team/app");
  private static final RepositoryName OTHER = RepositoryName.parse("team");
  private static final Digest SUBJECT = Digest.sha256("subject");

  protected final Vertx vertx = Vertx.vertx();
  protected final Disk disk = new Disk(vertx, 8);
  @TempDir protected Path directory;
  private ReferrerStore store;

  /** The store as a server that starts finds it. */
  protected abstract ReferrerStore start() throws Exception;

  @BeforeEach
  final void startIt() throws Exception {
    store = start();
  }

  @AfterEach
  final void close() throws Exception {
    disk.close();
    result(vertx.close());
  }

  @Test
  void isEmptyAtFirst() throws Exception {
    assertEquals(List.of(), result(store.list(APP, SUBJECT, null, 10)));
    assertFalse(result(store.isComplete(APP)));
    result(store.remove(APP, SUBJECT, Digest.sha256("absent")));
  }

  @Test
  void listsWhatWasAdded() throws Exception {
    var one = add(APP, SUBJECT, "one", 10);
    add(APP, Digest.sha256("another subject"), "two", 10);
    add(OTHER, SUBJECT, "three", 10);

    for (var seen : List.of(store, start())) {
      assertEquals(List.of(one), result(seen.list(APP, SUBJECT, null, 10)));
    }
  }

  @Test
  void noticesTheSameReferrerOnce() throws Exception {
    var one = add(APP, SUBJECT, "one", 10);
    add(APP, SUBJECT, "one", 10);

    assertEquals(List.of(one), result(store.list(APP, SUBJECT, null, 10)));
  }

  @Test
  void removes() throws Exception {
    add(APP, SUBJECT, "one", 10);
    var two = add(APP, SUBJECT, "two", 10);
    result(store.list(APP, SUBJECT, null, 10));

    result(store.remove(APP, SUBJECT, Digest.sha256("one")));

    for (var seen : List.of(store, start())) {
      assertEquals(List.of(two), result(seen.list(APP, SUBJECT, null, 10)));
    }
    add(APP, SUBJECT, "one", 10);
    assertEquals(2, result(store.list(APP, SUBJECT, null, 10)).size());
  }

  @Test
  void pagesMeetWithoutGapsOrRepeats() throws Exception {
    var all = new ArrayList<JsonObject>();
    for (var i = 0; i < 23; i++) {
      all.add(add(APP, SUBJECT, "referrer " + i, 10));
    }
    all.sort(Comparator.comparing(one -> one.getString("digest")));

    for (var seen : List.of(store, start())) {
      var paged = new ArrayList<JsonObject>();
      @Nullable Digest last = null;
      for (; ; ) {
        var page = result(seen.list(APP, SUBJECT, last, 5));
        if (page.isEmpty()) {
          break;
        }
        assertTrue(page.size() <= 5);
        paged.addAll(page);
        last = Digest.parse(page.getLast().getString("digest"));
      }
      assertEquals(all, paged);
    }
  }

  /** A few megabytes of annotations are no reason to have a thousand times as many in memory. */
  @Test
  void aPageOfLargeOnesIsShort() throws Exception {
    for (var i = 0; i < 6; i++) {
      add(APP, SUBJECT, "large " + i, 400_000);
    }

    var first = result(store.list(APP, SUBJECT, null, 100));
    assertTrue(!first.isEmpty() && first.size() < 6, () -> first.size() + " at once");
    var last = Digest.parse(first.getLast().getString("digest"));
    assertFalse(result(store.list(APP, SUBJECT, last, 100)).isEmpty());
  }

  @Test
  void remembersThatItIsComplete() throws Exception {
    result(store.setComplete(APP));

    for (var seen : List.of(store, start())) {
      assertTrue(result(seen.isComplete(APP)));
      assertFalse(result(seen.isComplete(OTHER)));
    }
  }

  @Test
  void keepsWhatAnUpstreamSaysApartFromTheNotes() throws Exception {
    assertNull(result(store.kept(APP, SUBJECT)));
    result(store.keep(APP, SUBJECT, Buffer.buffer("one")));
    result(store.keep(APP, SUBJECT, Buffer.buffer("two")));

    for (var seen : List.of(store, start())) {
      assertEquals(Buffer.buffer("two"), result(seen.kept(APP, SUBJECT)));
      assertNull(result(seen.kept(OTHER, SUBJECT)));
      assertEquals(List.of(), result(seen.list(APP, SUBJECT, null, 10)));
    }
    result(store.keep(APP, SUBJECT, null));
    result(store.keep(APP, SUBJECT, null));
    assertNull(result(store.kept(APP, SUBJECT)));
  }

  @Test
  void writersDoNotDisturbEachOther() throws Exception {
    var writes =
        IntStream.range(0, 20)
            .mapToObj(
                i -> {
                  var digest = Digest.sha256("referrer " + i % 10);
                  return store.add(APP, SUBJECT, digest, descriptor(digest, 10));
                })
            .toList();
    for (var write : writes) {
      result(write);
    }
    assertEquals(10, result(store.list(APP, SUBJECT, null, 100)).size());
  }

  private JsonObject add(RepositoryName name, Digest subject, String content, int size)
      throws Exception {
    var digest = Digest.sha256(content);
    var descriptor = descriptor(digest, size);
    result(store.add(name, subject, digest, descriptor));
    return descriptor;
  }

  private static JsonObject descriptor(Digest digest, int size) {
    return new JsonObject()
        .put("digest", digest.toString())
        .put("size", size)
        .put("annotations", new JsonObject().put("note", "x".repeat(size)));
  }

  protected static <T extends @Nullable Object> T result(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
