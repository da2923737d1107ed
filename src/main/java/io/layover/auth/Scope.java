package io.layover.auth;

import com.google.common.collect.ImmutableSet;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Actions on one thing, such as {@code repository:library/alpine:pull}: what a request needs, a
 * client asks for or a token grants.
 *
 * @param type {@code repository} or {@code registry}, without a class in parentheses
 * @param name may contain colons, as in {@code host:5000/app}
 * @param actions in the order they were written
 * @see <a href="https://distribution.github.io/distribution/spec/auth/scope/">distribution, Token
 *     Scope Documentation</a>
 */
public record Scope(String type, String name, Set<String> actions) {
  public static final String REPOSITORY = "repository";

  public Scope {
    actions = ImmutableSet.copyOf(actions);
  }

  public static Scope of(String type, String name, String... actions) {
    return new Scope(type, name, ImmutableSet.copyOf(actions));
  }

  /** A scope from its text, or null if it is none; a class is left out of the type. */
  public static @Nullable Scope parse(String text) {
    var first = text.indexOf(':');
    var last = text.lastIndexOf(':');
    if (first <= 0 || last == first || last == first + 1) {
      return null;
    }
    var type = text.substring(0, first).replaceFirst("\\([a-z0-9]+\\)$", "");
    var actions = new LinkedHashSet<String>();
    for (var action : text.substring(last + 1).split(",", -1)) {
      if (!action.isBlank()) {
        actions.add(action.strip());
      }
    }
    return type.isEmpty() ? null : new Scope(type, text.substring(first + 1, last), actions);
  }

  /** True if this grants everything that {@code needed} asks for; {@code *} grants any action. */
  public boolean covers(Scope needed) {
    return type.equals(needed.type)
        && name.equals(needed.name)
        && (actions.contains("*") || actions.containsAll(needed.actions));
  }

  @Override
  public String toString() {
    return type + ":" + name + ":" + String.join(",", actions);
  }
}
