package io.layover.auth;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What someone may do. */
public final class Grants {
  /** For whom no rules are made: whoever has a password may do everything. */
  public static final Grants EVERYTHING = new Grants(null);

  /** By type, and then by name. */
  private final @Nullable Map<String, Map<String, Set<String>>> actions;

  private Grants(@Nullable Map<String, Map<String, Set<String>>> actions) {
    this.actions = actions;
  }

  /** What all of these scopes together allow. */
  public static Grants of(List<Scope> scopes) {
    var actions = new HashMap<String, Map<String, Set<String>>>();
    for (var scope : scopes) {
      actions
          .computeIfAbsent(scope.type(), type -> new HashMap<>())
          .computeIfAbsent(scope.name(), name -> new HashSet<>())
          .addAll(scope.actions());
    }
    return new Grants(actions);
  }

  /** True if everything that {@code needed} asks for is granted; {@code *} grants any action. */
  public boolean allow(Scope needed) {
    if (actions == null) {
      return true;
    }
    var granted = actions.getOrDefault(needed.type(), Map.of()).get(needed.name());
    return granted != null && (granted.contains("*") || granted.containsAll(needed.actions()));
  }
}
