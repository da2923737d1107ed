package io.layover.eviction;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.storage.RepositoryStore.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Books that are written and read again. */
class RecorderTest {
  private static final int OWNERS = 2;

  @TempDir Path directory;

  private Ledger ledger = ledger();

  private Path file() {
    return directory.resolve("own/books");
  }

  private static Ledger ledger() {
    return new Ledger(TestBooks.limits(Limits.NO_SIZE), InstantSource.system());
  }

  private Recorder open() {
    ledger = ledger();
    return Recorder.open(ledger, file());
  }

  private void put(String name, String content, long size) {
    ledger.resize(ledger.blobs.obtain(Digest.sha256(content)), size);
    ledger.touch(ledger.obtain(new RepositoryName(name), Kind.LAYER, Digest.sha256(content)));
  }

  private int find(String name, String content) {
    return ledger.find(new RepositoryName(name), Kind.LAYER, Digest.sha256(content));
  }

  /** All links in the order in which they would go, owner by owner; takes them out. */
  private List<String> order() {
    var order = new ArrayList<String>();
    for (var owner = 0; owner < OWNERS; owner++) {
      var list = Ledger.used(owner);
      var last = 0L;
      for (var link = ledger.recency.oldest(list);
          link != Ledger.NONE;
          link = ledger.recency.oldest(list)) {
        assertTrue(ledger.links.stamp(link) > last, "each use has a stamp of its own");
        last = ledger.links.stamp(link);
        ledger.recency.remove(link);
        order.add(describe(link));
      }
    }
    return order;
  }

  private String describe(int link) {
    return "%s %s %s %d"
        .formatted(
            ledger.names.get(ledger.links.repository(link)),
            ledger.links.kind(link),
            ledger.digest(link),
            ledger.blobs.size(ledger.links.blob(link)));
  }

  @Test
  void theOrderIsKept() throws Exception {
    var sha512 = Digest.of("sha512", Digest.hasher("sha512").digest(new byte[1]));
    try (var recorder = open()) {
      put("one", "a", 10);
      put("forever/two", "b", 20);
      put("one", "c", 30);
      put("one", "d", BlobTable.ABSENT);
      ledger.touch(ledger.obtain(new RepositoryName("one"), Kind.MANIFEST, sha512));
      put("private/app", "e", 50);
      recorder.flush();
      put("one", "a", 10);
      ledger.remove(find("one", "c"));
    }
    var before = order();

    try (var recorder = open()) {
      assertEquals(80 - 50, ledger.bytes(Share.CACHED));
      assertEquals(0, ledger.bytes(Share.HOSTED), "what is pushed is found in the storage");
      recorder.flush();
    }
    assertEquals(before, order());
    assertEquals(
        List.of(
            "one LAYER " + Digest.sha256("d") + " -1",
            "one MANIFEST " + sha512 + " -1",
            "one LAYER " + Digest.sha256("a") + " 10",
            "forever/two LAYER " + Digest.sha256("b") + " 20"),
        before);
  }

  /** After each restart names have other numbers; the journal goes on all the same. */
  @Test
  void namesMayChangeTheirNumbers() throws Exception {
    for (var round = 0; round < 3; round++) {
      try (var recorder = open()) {
        put("gone" + round, "x" + round, 1);
        put("stays" + round, "y" + round, 1);
        recorder.flush();
        ledger.remove(find("gone" + round, "x" + round));
      }
    }
    open().close();
    assertEquals(
        List.of("stays0", "stays1", "stays2"),
        order().stream().map(line -> line.split(" ", 2)[0]).toList());
  }

  /** What went and came back between two writes is there, what came and went is not. */
  @Test
  void theLastStateCounts() throws Exception {
    try (var recorder = open()) {
      put("app", "a", 1);
      put("app", "b", 1);
      recorder.flush();
      ledger.remove(find("app", "a"));
      put("app", "a", 2);
      put("app", "c", 1);
      ledger.remove(find("app", "c"));
      put("new", "d", 1);
      ledger.remove(find("new", "d"));
    }
    open().close();
    assertEquals(
        List.of("app LAYER " + Digest.sha256("b") + " 1", "app LAYER " + Digest.sha256("a") + " 2"),
        order());
    assertEquals(3, ledger.bytes(Share.CACHED));
  }

  /** Wherever a write is torn off, what was written before counts, and the journal goes on. */
  @Test
  void aTornEndIsDropped() throws Exception {
    try (var recorder = open()) {
      for (var i = 0; i < 5; i++) {
        put("app", "blob " + i, i);
        recorder.flush();
      }
    }
    var whole = Files.readAllBytes(file());
    var known = 0;
    for (var length = 0; length <= whole.length; length++) {
      Files.write(file(), Arrays.copyOf(whole, length));
      try (var recorder = open()) {
        var there = ledger.links.count();
        assertTrue(there >= known, "at " + length);
        known = there;
        put("app", "more", 7);
        recorder.flush();
      }
      open().close();
      assertEquals(known + 1, ledger.links.count(), "at " + length);
    }
    assertEquals(5, known);
  }

  /** A spoilt byte costs what comes after it, and no wrong entry. */
  @Test
  void spoiltBytesAreNoticed() throws Exception {
    try (var recorder = open()) {
      for (var i = 0; i < 5; i++) {
        put("app", "blob " + i, i);
        recorder.flush();
      }
    }
    var right = order();
    var whole = Files.readAllBytes(file());
    for (var at = 0; at < whole.length; at++) {
      var spoilt = whole.clone();
      spoilt[at] ^= 0x20;
      Files.write(file(), spoilt);
      open().close();
      var read = order();
      assertEquals(right.subList(0, read.size()), read, "at " + at);
    }
  }

  @Test
  void whatIsNoJournalIsWrittenOver() throws Exception {
    Files.createDirectories(file().getParent());
    Files.writeString(file(), "something else, and longer than a head".repeat(10));
    try (var recorder = open()) {
      assertEquals(0, ledger.links.count());
      put("app", "a", 1);
      recorder.flush();
    }
    open().close();
    assertEquals(1, ledger.links.count());
  }

  /** A few hot things do not make the journal grow for ever. */
  @Test
  void itIsWrittenAnewInTime() throws Exception {
    var random = new SplittableRandom(1);
    var largest = 0L;
    try (var recorder = open()) {
      for (var i = 0; i < 2000; i++) {
        put("app" + i % 10, "blob " + i, i);
      }
      for (var round = 0; round < 300; round++) {
        for (var i = 0; i < 500; i++) {
          put("app" + random.nextInt(10), "blob " + random.nextInt(200), i);
        }
        recorder.flush();
        largest = Math.max(largest, recorder.size());
      }
      assertTrue(recorder.compactions() > 0);
      assertTrue(largest < 6 << 20, "it had " + largest + " bytes");
      assertEquals(Files.size(file()), recorder.size());
    }
    var before = order();
    open().close();
    assertEquals(before, order());
    assertArrayEquals(new String[] {"books"}, directory.resolve("own").toFile().list());
  }

  /** What could not be written is made up for later. */
  @Test
  void goesOnAfterAFailedWrite() throws Exception {
    var draft = directory.resolve("own/books.new");
    Files.createDirectories(draft.resolve("in the way"));
    try (var recorder = open()) {
      put("app", "a", 1);
      assertThrows(IOException.class, recorder::flush);
      put("app", "b", 2);
      ledger.remove(find("app", "a"));
      assertThrows(IOException.class, recorder::flush);
      Files.delete(draft.resolve("in the way"));
      Files.delete(draft);
      put("app", "c", 2);
      recorder.flush();
    }
    open().close();
    assertEquals(
        List.of("app LAYER " + Digest.sha256("b") + " 2", "app LAYER " + Digest.sha256("c") + " 2"),
        order());
  }

  /** A journal that cannot be read is as good as lost, and no reason not to start. */
  @Test
  void startsWithoutAJournal() throws Exception {
    Files.createDirectories(file().resolve("a directory instead"));
    var recorder = open();
    put("app", "a", 1);
    assertThrows(IOException.class, recorder::flush);
    assertThrows(IOException.class, recorder::close);
    assertEquals(1, ledger.links.count());
  }
}
