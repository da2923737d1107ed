package io.layover.eviction;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.storage.RepositoryStore.Kind;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a hit costs in the eviction books, however many entries they have. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class BooksBenchmark {
  private static final int REPOSITORIES = 1000;

  /** Those that are asked for, in turn. */
  private static final int ASKED = 1 << 13;

  @Param({"10000", "1000000"})
  public int entries;

  private final RepositoryName[] names =
      IntStream.range(0, REPOSITORIES)
          .mapToObj(i -> new RepositoryName("library/image" + i))
          .toArray(RepositoryName[]::new);
  private Digest[] digests;
  private int[] asked;
  private int next;
  private Books books;

  @Setup
  public void fill() {
    var limits = new Limits(Long.MAX_VALUE, List.of(Duration.ofDays(7)), name -> 0);
    var ledger = new Ledger(limits, InstantSource.system());
    books = new Books(ledger, new Holds(), new Census(ledger));
    digests = new Digest[ASKED];
    asked = new int[ASKED];
    for (var i = 0; i < entries; i++) {
      var digest = Digest.sha256("layer " + i);
      books.stored(digest, 1000);
      books.linked(names[i % REPOSITORIES], Kind.LAYER, digest);
      var place = (int) ((long) i * ASKED / entries);
      digests[place] = digest;
      asked[place] = i % REPOSITORIES;
    }
  }

  @Benchmark
  public void hit() {
    next = (next + 7919) & (ASKED - 1);
    books.used(names[asked[next]], Kind.LAYER, digests[next]);
  }
}
