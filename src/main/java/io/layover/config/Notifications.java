package io.layover.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The section {@code notifications}: who is told of pushes, pulls and deletions. */
public record Notifications(Events events, List<Endpoint> endpoints) {
  public record Events(boolean includereferences) {}

  /** A server that events are posted to. */
  public record Endpoint(
      String name,
      boolean disabled,
      URI url,
      Map<String, List<Secret>> headers,
      Duration timeout,
      int threshold,
      Duration backoff,
      List<String> ignoredmediatypes,
      Ignore ignore) {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int THRESHOLD = 10;

    public record Ignore(List<String> mediatypes, List<String> actions) {}

    private static Endpoint read(Section s) {
      var ignore = s.section("ignore");
      s.required("url");
      return new Endpoint(
          s.required("name"),
          s.flag("disabled", false),
          s.value("url", HttpUrl::parse, URI.create("")),
          s.section("headers").lists(text -> new Secret(Http.parseHeaderValue(text))),
          positive(s.duration("timeout", SECOND), SECOND),
          positive(s.integer("threshold", 0, THRESHOLD), THRESHOLD),
          positive(s.duration("backoff", SECOND), SECOND),
          s.texts("ignoredmediatypes"),
          new Ignore(ignore.texts("mediatypes"), ignore.texts("actions")));
    }

    /** As in distribution, 0 asks for the default. */
    private static Duration positive(Duration value, Duration otherwise) {
      return value.isZero() ? otherwise : value;
    }

    private static int positive(int value, int otherwise) {
      return value == 0 ? otherwise : value;
    }
  }

  static Notifications read(Section s) {
    return new Notifications(
        new Events(s.section("events").flag("includereferences", false)),
        s.sections("endpoints").stream().map(Endpoint::read).toList());
  }
}
