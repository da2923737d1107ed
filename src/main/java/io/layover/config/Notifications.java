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
    public record Ignore(List<String> mediatypes, List<String> actions) {}

    private static Endpoint read(Section s) {
      var ignore = s.section("ignore");
      s.required("url");
      return new Endpoint(
          s.required("name"),
          s.flag("disabled", false),
          s.value("url", HttpUrl::parse, URI.create("")),
          s.section("headers").lists(text -> new Secret(Http.parseHeaderValue(text))),
          s.duration("timeout", Duration.ofSeconds(1)),
          s.integer("threshold", 0, 10),
          s.duration("backoff", Duration.ofSeconds(1)),
          s.texts("ignoredmediatypes"),
          new Ignore(ignore.texts("mediatypes"), ignore.texts("actions")));
    }
  }

  static Notifications read(Section s) {
    return new Notifications(
        new Events(s.section("events").flag("includereferences", false)),
        s.sections("endpoints").stream().map(Endpoint::read).toList());
  }
}
