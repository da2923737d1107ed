package io.layover.eviction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.storage.RepositoryStore.Durability;
import io.layover.storage.RepositoryStore.Kind;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Books that are compared with a storage which others have written. */
@Timeout(60)
class CensusTest {
  private static final String[] ALL = {"a", "b", "c", "d", "e"};

  @TempDir Path root;
  private TestBooks books;

  @BeforeEach
  void open() throws IOException {
    books = new TestBooks(root, TestBooks.limits(Limits.NO_SIZE));
  }

  @AfterEach
  void close() {
    books.close();
  }

  /** All that can go, in the order in which it would. */
  private List<String> evictAll() {
    books.pass(TestBooks.TTL.multipliedBy(2));
    return books.evict(ALL);
  }

  private void store(String name, String content) {
    books.stores.blobs().put(Digest.sha256(content), Buffer.buffer(content)).await();
    link(name, content);
  }

  private void link(String name, String content) {
    books
        .stores
        .repositories()
        .link(new RepositoryName(name), Kind.LAYER, Digest.sha256(content), Durability.CACHED)
        .await();
  }

  /** Sets the times of a blob's file and of all links to it. */
  private void age(String content, Duration age) throws IOException {
    var hex = Digest.sha256(content).hex();
    var time = FileTime.from(Instant.now().minus(age));
    try (Stream<Path> files = Files.walk(root.resolve("docker"))) {
      for (var file : files.filter(f -> f.toString().contains("/" + hex + "/")).toList()) {
        Files.getFileAttributeView(file, BasicFileAttributeView.class).setTimes(time, time, null);
      }
    }
  }

  @Test
  void findsWhatOthersWrote() throws Exception {
    store("app", "a");
    store("app", "b");
    store("app", "c");
    link("other", "a");
    link("other", "d");
    store("private/app", "e");
    link("app", "e");
    age("a", Duration.ofMinutes(10));
    age("b", Duration.ofMinutes(30));
    age("c", Duration.ofMinutes(20));
    age("d", Duration.ofMinutes(15));
    age("e", Duration.ofMinutes(59));
    assertFalse(books.census.isComplete());

    books.complete();

    assertTrue(books.census.isComplete());
    assertEquals(3, books.ledger.bytes(Share.CACHED));
    assertEquals(1, books.ledger.bytes(Share.HOSTED));
    var order = evictAll();
    assertEquals(List.of("app e", "app b*", "app c*", "other d*"), order.subList(0, 4));
    assertEquals(2, order.stream().filter(link -> link.contains(" a")).count());
    assertEquals("a*", order.getLast().split(" ", 2)[1], "the blob goes with its last link");
  }

  @Test
  void theTimesOfFilesDecideWhatIsOutdated() throws Exception {
    store("app", "a");
    store("app", "b");
    age("a", TestBooks.TTL.plusMinutes(1));
    age("b", TestBooks.TTL.minusMinutes(10));
    books.complete();

    assertEquals(List.of("app a*"), books.evict(ALL));
  }

  @Test
  void whatWasUsedMeanwhileIsNewerThanAnythingFound() throws Exception {
    store("app", "a");
    store("app", "b");
    age("b", Duration.ofMinutes(30));
    books.link("app", "b");
    books.complete();

    assertEquals(List.of("app a*", "app b*"), evictAll());
  }

  /** The books know the order better than the files' times do. */
  @Test
  void whatIsKnownKeepsItsPlace() throws Exception {
    store("app", "a");
    store("app", "b");
    books.put("app", "b", 1);
    books.put("app", "a", 1);
    age("a", Duration.ofMinutes(30));
    books.complete();

    assertEquals(List.of("app b*", "app a*"), evictAll());
  }

  @Test
  void whatIsNotStoredAnyMoreIsForgotten() throws Exception {
    store("app", "a");
    link("app", "b");
    // All of these stood in the journal.
    books.put("app", "a", 1);
    books.put("app", "b", 1);
    books.put("app", "c", 1);
    books.put("private/app", "d", 1);

    books.complete();

    assertEquals(2, books.ledger.links.count());
    assertEquals(1, books.ledger.bytes(Share.CACHED));
    assertEquals(0, books.ledger.bytes(Share.HOSTED));
    assertEquals(List.of("app a*", "app b*"), evictAll());
  }

  /** What another program pushed while this one was stopped makes a cached blob a hosted one. */
  @Test
  void whatWasPushedByAnotherProgramIsHosted() throws Exception {
    store("app", "a");
    books.put("app", "a", 1);
    store("private/app", "a");

    books.complete();

    assertEquals(List.of("app a"), evictAll());
    assertEquals(1, books.ledger.bytes(Share.HOSTED));
  }

  /** If part of it cannot be read, something hosted may be there; so nothing goes. */
  @Test
  void aStorageThatCannotBeReadLeavesTheBooksIncomplete() throws Exception {
    store("app", "a");
    var blobs = root.resolve("docker/registry/v2/blobs/sha256");
    var aside = root.resolve("aside");
    Files.move(blobs, aside);
    Files.createSymbolicLink(blobs, blobs);

    assertThrows(Exception.class, () -> books.complete());
    assertFalse(books.census.isComplete());
    assertEquals(List.of(), evictAll());

    Files.delete(blobs);
    Files.move(aside, blobs);
    books.complete();
    assertEquals(List.of("app a*"), evictAll());
  }
}
