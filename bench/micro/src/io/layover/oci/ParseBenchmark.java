package io.layover.oci;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What every request, or every push of a manifest, says in text. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ParseBenchmark {
  private static final int LAYERS = 30;
  private static final String TYPE = "application/vnd.oci.image.manifest.v1+json";

  private final String digest = Digest.sha256("x").toString();
  private final String name = "registry.example.com/team-one/product_two/service.three";
  private final byte[] manifest =
      ("""
      {"schemaVersion": 2, "mediaType": "%s",
       "config": %s, "layers": [%s]}
      """
              .formatted(
                  TYPE,
                  descriptor("application/vnd.oci.image.config.v1+json", 0),
                  IntStream.rangeClosed(1, LAYERS)
                      .mapToObj(i -> descriptor("application/vnd.oci.image.layer.v1.tar+gzip", i))
                      .collect(Collectors.joining(","))))
          .getBytes(StandardCharsets.UTF_8);

  private static String descriptor(String type, int i) {
    return "{\"mediaType\": \"%s\", \"digest\": \"%s\", \"size\": %d}"
        .formatted(type, Digest.sha256("layer " + i), 1000 + i);
  }

  @Benchmark
  public Digest digest() {
    return Digest.parse(digest);
  }

  @Benchmark
  public RepositoryName name() {
    return RepositoryName.parse(name);
  }

  @Benchmark
  public Manifest manifestOfThirtyLayers() {
    return Manifest.parse(manifest, TYPE);
  }
}
