package io.layover.config;

import java.util.List;

/** The section {@code validation}: what a pushed manifest must fulfil. */
public record Validation(boolean disabled, Manifests manifests) {
  public record Manifests(Urls urls, Indexes indexes) {}

  /** URLs in manifests must match one of {@code allow} and none of {@code deny}. */
  public record Urls(List<UrlPattern> allow, List<UrlPattern> deny) {}

  /** Which images of an index must be there when it is pushed. */
  public record Indexes(Platforms platforms, List<Platform> platformlist) {}

  public enum Platforms {
    ALL,
    NONE,
    LIST
  }

  public record Platform(String architecture, String os) {
    private static Platform read(Section s) {
      return new Platform(s.required("architecture"), s.required("os"));
    }
  }

  static Validation read(Section s) {
    var urls = s.section("manifests").section("urls");
    var disabled = s.flag("disabled", false);
    // The deprecated key says the opposite, and wins in distribution.
    var enabled = s.flag("enabled", false);
    return new Validation(
        disabled && !enabled,
        new Manifests(
            new Urls(
                urls.values("allow", UrlPattern::parse), urls.values("deny", UrlPattern::parse)),
            indexes(s.section("manifests").section("indexes"))));
  }

  private static Indexes indexes(Section s) {
    return new Indexes(
        s.choice("platforms", Platforms.ALL),
        s.sections("platformlist").stream().map(Platform::read).toList());
  }
}
