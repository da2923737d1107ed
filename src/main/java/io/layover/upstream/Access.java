package io.layover.upstream;

import io.layover.oci.RepositoryName;
import java.util.List;
import java.util.function.Predicate;

/**
 * Which repositories of an upstream may be fetched, by their name there. What a denying rule
 * matches may not, whatever allows it; where rules allow, what none of them matches may not either.
 */
public record Access(List<Rule> allow, List<Rule> deny) {
  public static final Access ALL = new Access(List.of(), List.of());

  /** A set of names, and how it is written. */
  public record Rule(String pattern, Predicate<RepositoryName> matches) {
    private boolean isFor(RepositoryName name) {
      return matches.test(name);
    }
  }

  /**
   * Whether a name may be fetched.
   *
   * @param rule what decided
   */
  record Verdict(boolean allowed, String rule) {}

  boolean allows(RepositoryName name) {
    return !isAny(deny, name) && (allow.isEmpty() || isAny(allow, name));
  }

  /** A loop, as it is asked of every request. */
  private static boolean isAny(List<Rule> rules, RepositoryName name) {
    for (var rule : rules) {
      if (rule.isFor(name)) {
        return true;
      }
    }
    return false;
  }

  Verdict verdict(RepositoryName name) {
    for (var rule : deny) {
      if (rule.isFor(name)) {
        return new Verdict(false, "deny: " + rule.pattern);
      }
    }
    for (var rule : allow) {
      if (rule.isFor(name)) {
        return new Verdict(true, "allow: " + rule.pattern);
      }
    }
    return allow.isEmpty()
        ? new Verdict(true, "there is no allow, so everything is")
        : new Verdict(false, "no pattern of allow matches");
  }
}
