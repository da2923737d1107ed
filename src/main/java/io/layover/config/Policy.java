package io.layover.config;

import java.util.List;

/** The section {@code policy}. */
public record Policy(Repository repository) {
  /** The classes of repositories that may be used; empty: all. */
  public record Repository(List<String> classes) {}

  static Policy read(Section s) {
    return new Policy(new Repository(s.section("repository").texts("classes")));
  }
}
