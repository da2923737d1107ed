package io.layover.config;

import io.layover.net.HostPattern;
import io.layover.net.ProxyChoice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How an upstream is reached.
 *
 * @param ca a file of certificates that are trusted beside those that the system trusts
 * @param certificate a file with the certificate that we show the upstream, goes with {@code key}
 * @param skipverify whether its certificate is taken as it is
 * @param proxy the forward proxy; absent: what the environment says
 * @param redirects the hosts that it may send us to, beside public ones and those of its own kind
 */
public record Line(
    @Nullable Path ca,
    @Nullable Path certificate,
    @Nullable Path key,
    boolean skipverify,
    @Nullable ProxyChoice proxy,
    List<HostPattern> redirects,
    Timeouts timeouts) {
  static final Line DEFAULT = new Line(null, null, null, false, null, List.of(), Timeouts.DEFAULT);

  /**
   * How long it is waited for.
   *
   * @param connect until there is a connection
   * @param answer until it begins to answer
   * @param silence between two pieces of an answer
   */
  public record Timeouts(Duration connect, Duration answer, Duration silence) {
    static final Timeouts DEFAULT =
        new Timeouts(Duration.ofSeconds(10), Duration.ofSeconds(20), Duration.ofSeconds(30));

    private static Timeouts read(Section s) {
      return new Timeouts(
          duration(s, "connect", DEFAULT.connect),
          duration(s, "answer", DEFAULT.answer),
          duration(s, "silence", DEFAULT.silence));
    }

    private static Duration duration(Section s, String key, Duration otherwise) {
      var duration = s.duration(key, otherwise);
      if (duration.toMillis() == 0) {
        s.problem(key, "must be more than 0");
      }
      return duration;
    }
  }

  static Line read(Section s) {
    var line =
        new Line(
            s.path("ca"),
            s.path("certificate"),
            s.path("key"),
            s.flag("skipverify", false),
            s.value("proxy", ProxyChoice::parse),
            s.values("redirects", HostPattern::parse),
            Timeouts.read(s.section("timeouts")));
    if (s.has("certificate") != s.has("key")) {
      s.problem(s.has("key") ? "key" : "certificate", "goes with the other of certificate and key");
    }
    if (line.skipverify && line.ca != null) {
      s.problem("skipverify", "leaves ca without effect; set one of them");
    }
    return line;
  }
}
