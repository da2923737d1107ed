package io.layover.auth;

import io.layover.auth.AccessRule.Match;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A thousand rules of which the last one decides. */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AccessListBenchmark {
  private static final int RULES = 1000;

  private final Authorizer.Request request =
      new Authorizer.Request(
          new Account("user999", Map.of()),
          Scope.of(Scope.REPOSITORY, "team999/app", "pull"),
          "service",
          "127.0.0.1");

  /** How the account is written: as it is, or as an expression. */
  @Param({"user%d", "/^user%d$/"})
  public String form;

  private AccessList rules;

  @org.openjdk.jmh.annotations.Setup
  public void compile() {
    rules =
        new AccessList(
            IntStream.range(0, RULES).mapToObj(i -> rule(form.formatted(i), i)).toList());
    if (rules.decide(request) == null) {
      throw new IllegalStateException("no rule decides");
    }
  }

  private static AccessRule rule(String account, int i) {
    return new AccessRule(
        new Match(account, null, "team" + i + "/*", null, null, Map.of()),
        List.of("pull"),
        "rule " + i);
  }

  @Benchmark
  public Object decided() {
    return rules.decide(request);
  }
}
