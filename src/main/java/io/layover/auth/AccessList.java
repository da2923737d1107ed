package io.layover.auth;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Rules about access in their order: the first that a request is like decides, and no other is
 * asked. They mean what they mean to docker_auth.
 *
 * @see <a
 *     href="https://github.com/cesanta/docker_auth/blob/main/examples/reference.yml">docker_auth,
 *     reference.yml</a>
 */
public final class AccessList {
  /** No account or repository has a longer name; matching takes as long as a text is. */
  private static final int LONGEST = 1024;

  private final List<CompiledRule> rules;

  /**
   * Takes the rules.
   *
   * @throws IllegalArgumentException if an address in one of them is malformed
   */
  public AccessList(List<AccessRule> rules) {
    this.rules = rules.stream().map(CompiledRule::new).toList();
  }

  /**
   * The decision; null if no rule is about this. A thousand rules with expressions take
   * milliseconds.
   */
  public Authorizer.@Nullable Decision decide(Authorizer.Request request) {
    if (Arrays.stream(AccessRule.Field.values())
        .anyMatch(field -> field.of(request).length() > LONGEST)) {
      return new Authorizer.Decision(Set.of(), "none, as a name is longer than " + LONGEST);
    }
    var placeholders = Placeholders.of(request);
    for (var rule : rules) {
      if (rule.matches(request, placeholders)) {
        return new Authorizer.Decision(granted(rule.actions(), request), rule.words());
      }
    }
    return null;
  }

  private static Set<String> granted(List<String> actions, Authorizer.Request request) {
    var granted = new TreeSet<>(request.scope().actions());
    if (!actions.equals(List.of("*"))) {
      granted.retainAll(Set.copyOf(actions));
    }
    return granted;
  }
}
