package io.layover.upstream;

import java.time.Duration;

/**
 * How long an upstream is waited for.
 *
 * @param connect until there is a connection
 * @param answer until it begins to answer
 * @param silence between two pieces of a body
 * @param document until a small body, such as a manifest, is there whole
 */
public record Patience(Duration connect, Duration answer, Duration silence, Duration document) {
  public static final Patience DEFAULT =
      new Patience(
          Duration.ofSeconds(10),
          Duration.ofSeconds(20),
          Duration.ofSeconds(30),
          Duration.ofSeconds(60));

  /** A time as a person says it. */
  static String text(Duration time) {
    return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
  }
}
