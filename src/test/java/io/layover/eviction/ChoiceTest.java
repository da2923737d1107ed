package io.layover.eviction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.RepositoryName;
import io.layover.storage.RepositoryStore.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What goes and in which order, as nothing but the books decide it. */
@Timeout(60)
class ChoiceTest {
  private static final String[] ALL = {"a", "b", "c", "d", "e"};

  @TempDir Path root;
  private @Nullable TestBooks opened;

  private TestBooks books(long maxSize) throws IOException {
    var books = new TestBooks(root, TestBooks.limits(maxSize)).complete();
    opened = books;
    return books;
  }

  @AfterEach
  void close() {
    if (opened != null) {
      opened.close();
    }
  }

  @Test
  void theLeastRecentlyUsedGoFirst() throws Exception {
    var books = books(30);
    for (var content : ALL) {
      books.put("app", content, 10);
    }
    books.use("app", "b");

    assertEquals(List.of("app a*", "app c*"), books.evict(ALL));
    assertEquals(30, books.ledger.bytes(Share.CACHED));

    books.use("app", "d");
    books.put("app", "a", 10);
    assertEquals(List.of("app e*"), books.evict(ALL));
    assertEquals(List.of(), books.evict(ALL));
  }

  /** The order holds over the repositories of all owners. */
  @Test
  void theLeastRecentlyUsedGoFirstWhosesoeverTheyAre() throws Exception {
    var books = books(10);
    books.put("app", "a", 10);
    books.put("forever/app", "b", 10);
    books.put("app", "c", 10);
    books.put("forever/app", "d", 10);
    books.use("app", "a");

    assertEquals(List.of("forever/app b*", "app c*", "forever/app d*"), books.evict(ALL));
  }

  @Test
  void aBlobGoesWithTheLastLinkToIt() throws Exception {
    var books = books(10);
    books.put("one", "a", 10);
    books.link("two", "a");
    books.put("three", "b", 10);
    books.link("three", "a");

    assertEquals(List.of("one a", "two a", "three b*"), books.evict(ALL));
    assertEquals(10, books.ledger.bytes(Share.CACHED));

    books.put("three", "c", 10);
    assertEquals(List.of("three a*"), books.evict(ALL));
    assertEquals(2, books.ledger.names.links(books.ledger.names.find(name("three"))) + 1);
  }

  @Test
  void whatIsNotUsedWithinItsTimeGoes() throws Exception {
    var books = books(Limits.NO_SIZE);
    books.put("app", "a", 10);
    books.put("app", "b", 10);
    books.pass(TestBooks.TTL.minusMinutes(1));
    assertEquals(List.of(), books.evict(ALL));

    books.use("app", "a");
    books.pass(Duration.ofMinutes(2));
    assertEquals(List.of("app b*"), books.evict(ALL));

    books.pass(TestBooks.TTL);
    assertEquals(List.of("app a*"), books.evict(ALL));
    assertEquals(0, books.ledger.links.count());
    assertEquals(0, books.ledger.blobs.count());
  }

  @Test
  void everyOwnerHasATimeOfItsOwn() throws Exception {
    var books = books(Limits.NO_SIZE);
    books.put("forever/app", "a", 10);
    books.put("app", "b", 10);
    books.link("app", "a");
    books.pass(TestBooks.TTL.multipliedBy(100));

    assertEquals(List.of("app b*", "app a"), books.evict(ALL));
    assertEquals(10, books.ledger.bytes(Share.CACHED));
  }

  @Test
  void whatIsHostedStays() throws Exception {
    var books = books(10);
    books.put("private/app", "a", 100);
    books.put("private/app", "b", 100);
    books.put("app", "b", 100);
    books.put("app", "c", 10);
    assertEquals(200, books.ledger.bytes(Share.HOSTED));
    assertEquals(10, books.ledger.bytes(Share.CACHED));
    assertEquals(List.of(), books.evict(ALL));

    books.pass(TestBooks.TTL.multipliedBy(2));
    assertEquals(List.of("app b", "app c*"), books.evict(ALL));
    assertEquals(200, books.ledger.bytes(Share.HOSTED));
  }

  @Test
  void whatIsHostedNoMoreIsCachedAgain() throws Exception {
    var books = books(10);
    books.put("app", "a", 8);
    books.put("private/app", "a", 8);
    books.put("app", "b", 8);
    assertEquals(List.of(), books.evict(ALL));

    books.books.unlinked(name("private/app"), Kind.LAYER, TestBooks.digest("a"));

    assertEquals(List.of("app a*"), books.evict(ALL));

    books.put("private/app", "c", 100);
    books.put("app", "c", 100);
    assertEquals(List.of(), books.evict(ALL));
    books.books.unlinked(name("private/app"), Kind.LAYER, TestBooks.digest("c"));
    assertEquals(List.of("app c*"), books.evict(ALL));
  }

  @Test
  void whatSomebodyIsAboutToLinkToStays() throws Exception {
    var books = books(10);
    books.put("app", "a", 10);
    books.put("app", "b", 10);
    assertNull(books.holds.keep(TestBooks.digest("a")));

    assertEquals(List.of("app b*"), books.evict(ALL));

    books.holds.release(TestBooks.digest("a"));
    books.put("app", "c", 10);
    assertEquals(List.of("app a*"), books.evict(ALL));
  }

  @Test
  void nobodyLinksToWhatIsLeaving() throws Exception {
    var books = books(10);
    books.put("app", "a", 10);
    books.put("app", "b", 10);
    var victim = books.choice.victims(books.choice.now(), 5).getFirst();

    var wait = books.holds.keep(victim.digest());
    assertNotNull(wait);
    assertFalse(wait.isComplete());

    books.choice.gone(victim);
    books.choice.left(victim);
    assertTrue(wait.succeeded());
    assertNull(books.holds.keep(victim.digest()));
  }

  @Test
  void whatCouldNotGoCountsAsUsed() throws Exception {
    var books = books(20);
    books.put("app", "a", 10);
    books.put("app", "b", 10);
    books.put("app", "c", 10);
    var victims = books.choice.victims(books.choice.now(), 5);
    assertEquals(List.of("app a*"), victims.stream().map(v -> TestBooks.name(v, ALL)).toList());

    books.choice.stays(victims.getFirst());

    assertEquals(30, books.ledger.bytes(Share.CACHED));
    assertEquals(List.of("app b*"), books.evict(ALL));
  }

  /** A blob larger than all that may be cached goes at once, and nothing else for it. */
  @Test
  void aBlobThatDoesNotFitGoesAtOnce() throws Exception {
    var books = books(20);
    books.put("app", "a", 10);
    books.link("app", "b");
    books.put("app", "b", 21);
    books.put("app", "c", 10);
    books.use("app", "b");
    assertEquals(20, books.ledger.bytes(Share.CACHED));
    assertEquals(21, books.ledger.bytes(Share.PASSING));

    var victim = books.choice.victims(books.choice.now(), 5).getFirst();
    assertEquals("app b*", TestBooks.name(victim, ALL));
    // As long as it is read.
    books.choice.stays(victim);
    assertEquals(21, books.ledger.bytes(Share.PASSING));

    assertEquals(List.of("app b*"), books.evict(ALL));
    assertEquals(0, books.ledger.bytes(Share.PASSING));
    assertEquals(20, books.ledger.bytes(Share.CACHED));
  }

  @Test
  void roomIsMadeForWhatIsOnItsWay() throws Exception {
    var books = books(30);
    books.put("app", "a", 10);
    books.put("app", "b", 10);
    books.choice.reserve(15);
    books.choice.reserve(31);
    assertTrue(books.choice.isOver());
    assertEquals(List.of("app a*"), books.evict(ALL));

    books.choice.release(15);
    books.choice.release(31);
    books.put("app", "c", 15);
    assertEquals(List.of(), books.evict(ALL));
    assertFalse(books.choice.isOver());
  }

  @Test
  void nothingGoesBeforeTheBooksAreComplete() throws Exception {
    var books = new TestBooks(root, TestBooks.limits(10));
    opened = books;
    books.put("app", "a", 10);
    books.put("app", "b", 10);
    books.pass(TestBooks.TTL.multipliedBy(2));

    assertEquals(List.of(), books.evict(ALL));
  }

  /** Clocks are set back; the order of uses remains what it was. */
  @Test
  void theOrderDoesNotDependOnTheClock() throws Exception {
    var books = books(10);
    books.put("app", "a", 10);
    books.pass(Duration.ofHours(-5));
    books.put("app", "b", 10);
    books.put("app", "c", 10);

    assertEquals(List.of("app a*", "app b*"), books.evict(ALL));
  }

  private static RepositoryName name(String name) {
    return new RepositoryName(name);
  }
}
