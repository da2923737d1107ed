package io.layover.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.storage.RepositoryStore.Durability;
import io.layover.storage.RepositoryStore.Kind;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What every {@link RepositoryStore} promises. */
@Timeout(60)
public abstract class RepositoryStoreContract {
  protected static final RepositoryName APP = RepositoryName.parse("team/app");
  protected static final RepositoryName OTHER = RepositoryName.parse("team");
  protected static final Tag LATEST = Tag.parse("latest");
  protected static final Digest ONE = Digest.sha256("one");
  protected static final Digest TWO = Digest.sha256("two");

  protected final Vertx vertx = Vertx.vertx();
  protected final Disk disk = new Disk(vertx, 8);
  @TempDir protected Path directory;
  private RepositoryStore store;

  /** The store as a server that starts finds it. */
  protected abstract RepositoryStore start() throws Exception;

  @BeforeEach
  final void startIt() throws Exception {
    store = start();
  }

  @AfterEach
  final void close() throws Exception {
    disk.close();
    result(vertx.close());
  }

  protected final RepositoryStore store() {
    return store;
  }

  @Test
  void isEmptyAtFirst() throws Exception {
    assertFalse(result(store.isLinked(APP, Kind.LAYER, ONE)));
    assertFalse(result(store.unlink(APP, Kind.LAYER, ONE)));
    assertNull(result(store.resolve(APP, LATEST)));
    assertFalse(result(store.untag(APP, LATEST)));
    assertFalse(result(store.exists(APP)));
    assertEquals(List.of(), result(store.tags(APP, null, 10)));
    assertEquals(List.of(), result(store.repositories(null, 10)));
  }

  @ParameterizedTest
  @EnumSource
  void links(Durability durability) throws Exception {
    result(store.link(APP, Kind.LAYER, ONE, durability));
    result(store.link(APP, Kind.LAYER, ONE, durability));

    for (var seen : List.of(store, start())) {
      assertTrue(result(seen.isLinked(APP, Kind.LAYER, ONE)));
      assertFalse(result(seen.isLinked(APP, Kind.MANIFEST, ONE)), "a layer is no manifest");
      assertFalse(result(seen.isLinked(APP, Kind.LAYER, TWO)));
      assertFalse(result(seen.isLinked(OTHER, Kind.LAYER, ONE)));
      assertTrue(result(seen.exists(APP)));
      assertFalse(result(seen.exists(OTHER)), "its name only begins another");
    }
  }

  @ParameterizedTest
  @EnumSource
  void unlinks(Kind kind) throws Exception {
    result(store.link(APP, kind, ONE, Durability.SYNCED));
    assertTrue(result(store.isLinked(APP, kind, ONE)));

    assertTrue(result(store.unlink(APP, kind, ONE)));

    for (var seen : List.of(store, start())) {
      assertFalse(result(seen.isLinked(APP, kind, ONE)));
      assertFalse(result(seen.unlink(APP, kind, ONE)));
    }
    result(store.link(APP, kind, ONE, Durability.SYNCED));
    assertTrue(result(start().isLinked(APP, kind, ONE)));
  }

  @Test
  void knowsItsManifests() throws Exception {
    assertEquals(List.of(), result(store.manifests(APP)));
    for (var digest : List.of(ONE, TWO)) {
      result(store.link(APP, Kind.MANIFEST, digest, Durability.SYNCED));
    }
    result(store.link(APP, Kind.LAYER, Digest.sha256("layer"), Durability.SYNCED));
    result(store.link(OTHER, Kind.MANIFEST, TWO, Durability.SYNCED));
    assertEquals(Set.of(ONE, TWO), Set.copyOf(result(store.manifests(APP))));

    result(store.unlink(APP, Kind.MANIFEST, TWO));

    assertEquals(List.of(ONE), result(store.manifests(APP)));
    assertEquals(List.of(TWO), result(store.manifests(OTHER)));
  }

  @ParameterizedTest
  @EnumSource
  void tags(Durability durability) throws Exception {
    result(store.tag(APP, LATEST, ONE, durability));
    assertEquals(ONE, result(store.resolve(APP, LATEST)));
    assertEquals(ONE, result(start().resolve(APP, LATEST)));

    result(store.tag(APP, LATEST, TWO, durability));

    for (var seen : List.of(store, start())) {
      assertEquals(TWO, result(seen.resolve(APP, LATEST)));
      assertNull(result(seen.resolve(OTHER, LATEST)));
      assertNull(result(seen.resolve(APP, Tag.parse("Latest"))));
      assertEquals(List.of("latest"), result(seen.tags(APP, null, 10)));
    }
  }

  @Test
  void untags() throws Exception {
    result(store.tag(APP, LATEST, ONE, Durability.SYNCED));
    result(store.tag(APP, LATEST, TWO, Durability.SYNCED));
    result(store.tag(APP, Tag.parse("other"), ONE, Durability.SYNCED));

    assertTrue(result(store.untag(APP, LATEST)));

    for (var seen : List.of(store, start())) {
      assertNull(result(seen.resolve(APP, LATEST)));
      assertEquals(ONE, result(seen.resolve(APP, Tag.parse("other"))));
      assertEquals(List.of("other"), result(seen.tags(APP, null, 10)));
      assertFalse(result(seen.untag(APP, LATEST)));
    }
    result(store.tag(APP, LATEST, TWO, Durability.SYNCED));
    assertEquals(TWO, result(start().resolve(APP, LATEST)));
  }

  @ParameterizedTest(name = "{1} after {0}: {2}")
  @CsvSource({
    "'',  10, '0 1 A B _ a a.b a0 b'",
    "'',  3,  '0 1 A'",
    "A,   3,  'B _ a'",
    "b,   3,  ''",
    "AA,  2,  'B _'",
    "'',  0,  ''",
    "a,   1,  'a.b'",
    "zzz, 9,  ''",
  })
  void listsTagsPageByPage(String last, int limit, String expected) throws Exception {
    for (var tag : List.of("b", "a", "B", "A", "1", "0", "_", "a.b", "a0")) {
      result(store.tag(APP, Tag.parse(tag), ONE, Durability.CACHED));
    }

    var found = result(store.tags(APP, last.isEmpty() ? null : last, limit));
    assertEquals(expected, String.join(" ", found));
  }

  /** In distribution's order: by path, so that what is below a name follows it at once. */
  @ParameterizedTest(name = "{1} after {0}: {2}")
  @CsvSource({
    "'',   10, 'a a/b a/b/c a-b a-b/c a.b a0 b/c'",
    "'',   3,  'a a/b a/b/c'",
    "a/b,  3,  'a/b/c a-b a-b/c'",
    "a/bb, 2,  'a-b a-b/c'",
    "a-b,  2,  'a-b/c a.b'",
    "a0,   2,  'b/c'",
    "b/c,  2,  ''",
    "a/a,  1,  'a/b'",
    "b,    9,  'b/c'",
    "'',   0,  ''",
  })
  void listsRepositoriesPageByPage(String last, int limit, String expected) throws Exception {
    for (var name : List.of("b/c", "a0", "a.b", "a-b/c", "a-b", "a/b/c", "a/b", "a")) {
      result(store.tag(RepositoryName.parse(name), LATEST, ONE, Durability.CACHED));
    }

    var found = result(store.repositories(last.isEmpty() ? null : last, limit));
    assertEquals(expected, String.join(" ", found));
  }

  @Test
  void pagesMeetWithoutGapsOrRepeats() throws Exception {
    var names = new ArrayList<String>();
    for (var i = 0; i < 30; i++) {
      var name = "r" + i % 3 + (i % 2 == 0 ? "/" : "-") + i;
      names.add(name);
      result(store.tag(RepositoryName.parse(name), LATEST, ONE, Durability.CACHED));
    }
    var all = result(store.repositories(null, 100));
    assertEquals(names.stream().sorted().toList(), all.stream().sorted().toList());

    var paged = new ArrayList<String>();
    @Nullable String last = null;
    for (var page = List.of(""); !page.isEmpty(); ) {
      page = result(store.repositories(last, 7));
      paged.addAll(page);
      last = page.isEmpty() ? last : page.getLast();
    }
    assertEquals(all, paged);
  }

  @Test
  void writersOfTheSameTagDoNotDisturbEachOther() throws Exception {
    for (var round = 0; round < 20; round++) {
      var writes =
          List.of(
              store.tag(APP, LATEST, ONE, Durability.CACHED),
              store.tag(APP, LATEST, TWO, Durability.CACHED),
              store.link(APP, Kind.MANIFEST, ONE, Durability.CACHED),
              store.link(APP, Kind.MANIFEST, ONE, Durability.CACHED));
      for (var write : writes) {
        result(write);
      }
      var resolved = result(store.resolve(APP, LATEST));
      assertTrue(ONE.equals(resolved) || TWO.equals(resolved));
      assertEquals(resolved, result(start().resolve(APP, LATEST)), "as on disk");
      assertTrue(result(start().isLinked(APP, Kind.MANIFEST, ONE)));
    }
  }

  /** What a reader finds while a tag moves must not be remembered over where it went. */
  @Test
  void aReaderMeanwhileDoesNotBringAnOldTagBack() throws Exception {
    for (var round = 0; round < 200; round++) {
      var tag = Tag.parse("t" + round);
      result(store.tag(APP, tag, ONE, Durability.CACHED));
      var cold = start();
      var reads = new ArrayList<Future<@Nullable Digest>>();
      for (var i = 0; i < 3; i++) {
        reads.add(cold.resolve(APP, tag));
      }
      result(cold.tag(APP, tag, TWO, Durability.CACHED));
      for (var read : reads) {
        result(read);
      }
      assertEquals(TWO, result(cold.resolve(APP, tag)), "round " + round);
    }
  }

  @Test
  void aReaderMeanwhileDoesNotBringALinkBack() throws Exception {
    for (var round = 0; round < 200; round++) {
      var digest = Digest.sha256("content " + round);
      result(store.link(APP, Kind.LAYER, digest, Durability.CACHED));
      var cold = start();
      var reads = new ArrayList<Future<Boolean>>();
      for (var i = 0; i < 3; i++) {
        reads.add(cold.isLinked(APP, Kind.LAYER, digest));
      }
      result(cold.unlink(APP, Kind.LAYER, digest));
      for (var read : reads) {
        result(read);
      }
      assertFalse(result(cold.isLinked(APP, Kind.LAYER, digest)), "round " + round);
    }
  }

  @Test
  void aLinkThatIsMadeWhileItIsRemovedIsThereOrNot() throws Exception {
    for (var round = 0; round < 200; round++) {
      var digest = Digest.sha256("content " + round);
      result(store.link(APP, Kind.LAYER, digest, Durability.CACHED));
      var removed = store.unlink(APP, Kind.LAYER, digest);
      result(store.link(APP, Kind.LAYER, digest, Durability.CACHED));
      result(removed);
      assertEquals(
          result(start().isLinked(APP, Kind.LAYER, digest)),
          result(store.isLinked(APP, Kind.LAYER, digest)),
          "what is remembered is what is stored, round " + round);
    }
  }

  @Test
  void tellsOfEveryLink() throws Exception {
    var before = Instant.now().minusSeconds(5);
    var sha512 = Digest.of("sha512", Digest.hasher("sha512").digest(new byte[0]));
    result(store.link(APP, Kind.LAYER, ONE, Durability.CACHED));
    result(store.link(APP, Kind.LAYER, sha512, Durability.SYNCED));
    result(store.link(APP, Kind.MANIFEST, ONE, Durability.SYNCED));
    result(store.link(OTHER, Kind.MANIFEST, TWO, Durability.CACHED));
    result(store.tag(OTHER, LATEST, TWO, Durability.CACHED));
    result(store.link(OTHER, Kind.LAYER, ONE, Durability.CACHED));
    result(store.unlink(OTHER, Kind.LAYER, ONE));

    var found = new HashSet<List<Object>>();
    result(
        store.each(
            (name, kind, digest, made) -> {
              assertTrue(made.isAfter(before), made::toString);
              assertTrue(found.add(List.of(name, kind, digest)), "once each");
            }));

    assertEquals(
        Set.of(
            List.of(APP, Kind.LAYER, ONE),
            List.of(APP, Kind.LAYER, sha512),
            List.of(APP, Kind.MANIFEST, ONE),
            List.of(OTHER, Kind.MANIFEST, TWO)),
        found);
  }

  @Test
  void prunesWhatIsEmpty() throws Exception {
    for (var name : List.of(APP, OTHER)) {
      result(store.link(name, Kind.LAYER, ONE, Durability.CACHED));
      result(store.link(name, Kind.MANIFEST, TWO, Durability.CACHED));
      result(store.tag(name, LATEST, TWO, Durability.CACHED));
    }
    result(store.untagAll(OTHER, TWO));
    result(store.unlink(OTHER, Kind.MANIFEST, TWO));
    result(store.unlink(OTHER, Kind.LAYER, ONE));

    result(store.prune(OTHER));
    result(store.prune(APP));
    result(store.prune(RepositoryName.parse("absent")));

    for (var seen : List.of(store, start())) {
      assertFalse(result(seen.exists(OTHER)));
      assertEquals(List.of("team/app"), result(seen.repositories(null, 10)));
      assertTrue(result(seen.isLinked(APP, Kind.LAYER, ONE)));
      assertEquals(TWO, result(seen.resolve(APP, LATEST)));
    }
    result(store.link(OTHER, Kind.MANIFEST, TWO, Durability.CACHED));
  }

  protected static <T extends @Nullable Object> T result(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
