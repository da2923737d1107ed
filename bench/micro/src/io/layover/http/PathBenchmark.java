package io.layover.http;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Which row of the table a request is for. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PathBenchmark {
  private final String blob = "/v2/library/alpine/blobs/sha256:" + "0123456789abcdef".repeat(4);
  private final String tag = "/v2/team-one/product_two/service.three/manifests/3.20";

  @Benchmark
  public Object blob() {
    return Path.parse(blob);
  }

  @Benchmark
  public Object manifestByTag() {
    return Path.parse(tag);
  }
}
