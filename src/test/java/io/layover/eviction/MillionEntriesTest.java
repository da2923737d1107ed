package io.layover.eviction;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.storage.RepositoryStore.Kind;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A million entries: a blob each, in ten thousand repositories. They are written and read again in
 * processes that have no more memory than is allowed, so that the bound is real.
 */
class MillionEntriesTest {
  private static final int ENTRIES = 1_000_000;
  private static final int REPOSITORIES = 10_000;
  private static final String HEAP = "-Xmx300m";

  /** Of this thread's own time, as the machine may have other work. */
  private static final Duration LOAD = Duration.ofSeconds(5);

  private static final long MEMORY = 300L << 20;
  private static final int HITS = 2_000_000;

  @TempDir Path directory;

  @Test
  void loadInTimeAndFitInMemory() throws Exception {
    run("write");
    run("read");
  }

  private void run(String what) throws Exception {
    var output = directory.resolve(what + ".txt");
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                HEAP,
                "-cp",
                System.getProperty("java.class.path"),
                MillionEntriesTest.class.getName(),
                what,
                directory.resolve("books").toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(5, TimeUnit.MINUTES)) {
      process.destroyForcibly();
    }
    var text = Files.readString(output, StandardCharsets.UTF_8);
    System.out.print(text);
    assertEquals(0, process.waitFor(), text);
  }

  /** What the processes do. */
  public static void main(String[] arguments) throws Exception {
    var file = Path.of(arguments[1]);
    if (arguments[0].equals("write")) {
      write(file);
    } else {
      read(file);
    }
  }

  private static Ledger ledger() {
    return new Ledger(TestBooks.limits(Long.MAX_VALUE), InstantSource.system());
  }

  private static void write(Path file) throws Exception {
    var ledger = ledger();
    try (var recorder = Recorder.open(ledger, file)) {
      for (var i = 0; i < ENTRIES; i++) {
        put(ledger, i);
        if (i % 10_000 == 0) {
          recorder.flush();
        }
      }
    }
    System.out.printf("%d entries have a journal of %d MB%n", ENTRIES, Files.size(file) >> 20);
  }

  private static void put(Ledger ledger, int number) {
    var digest = digest(number);
    ledger.resize(ledger.blobs.obtain(digest), number);
    ledger.touch(ledger.obtain(name(number % REPOSITORIES), Kind.LAYER, digest));
  }

  private static void read(Path file) throws Exception {
    var before = threadTime();
    var began = System.nanoTime();
    var ledger = ledger();
    try (var recorder = Recorder.open(ledger, file)) {
      var took = threadTime().minus(before);
      System.out.printf(
          "%d entries are read in %d ms, of which %d on the processor%n",
          ledger.links.count(),
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began),
          took.toMillis());
      check(ledger.links.count() == ENTRIES, "all entries are there");
      check(took.compareTo(LOAD) < 0, "loading took " + took);
      checkMemory(ledger);
      checkHits(ledger);
      recorder.flush();
      // The first entries are the oldest, apart from the one that was hit.
      var oldest = ledger.recency.oldest(Ledger.used(0));
      check(ledger.digest(oldest).equals(digest(0)), "the order is kept");
    }
  }

  private static void checkMemory(Ledger ledger) {
    System.gc();
    var runtime = Runtime.getRuntime();
    var used = runtime.totalMemory() - runtime.freeMemory();
    System.out.printf(
        "%d MB of heap are used, %d of them by tables%n", used >> 20, ledger.memory() >> 20);
    check(used < MEMORY, "it takes " + used + " bytes");
  }

  /** A hit costs the same with a million entries as with a few, and makes no object. */
  private static void checkHits(Ledger ledger) {
    var holds = new Holds();
    var books = new Books(ledger, holds, new Census(ledger));
    var random = new SplittableRandom(9);
    var digests = new Digest[1000];
    var names = new RepositoryName[digests.length];
    for (var i = 0; i < digests.length; i++) {
      var number = 1 + random.nextInt(ENTRIES - 1);
      digests[i] = digest(number);
      names[i] = name(number % REPOSITORIES);
    }
    hit(books, names, digests, HITS);
    var bytes = allocated();
    var began = threadTime();
    hit(books, names, digests, HITS);
    var made = allocated() - bytes;
    var each = threadTime().minus(began).dividedBy(HITS);
    System.out.printf("a hit takes %d ns; %d of them made %d bytes%n", each.toNanos(), HITS, made);
    check(made < HITS / 100, HITS + " hits made objects of " + made + " bytes");
    check(each.toNanos() < 20_000, "a hit takes " + each);
  }

  private static void hit(Books books, RepositoryName[] names, Digest[] digests, int times) {
    for (var i = 0; i < times; i++) {
      books.used(names[i % names.length], Kind.LAYER, digests[i % digests.length]);
    }
  }

  private static long allocated() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    return threads.getCurrentThreadAllocatedBytes();
  }

  private static Duration threadTime() {
    return Duration.ofNanos(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime());
  }

  private static Digest digest(int number) {
    return Digest.sha256("blob " + number);
  }

  private static RepositoryName name(int number) {
    return new RepositoryName("library/image-" + number);
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
