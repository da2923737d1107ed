package io.layover.http;

import com.google.common.collect.ImmutableSet;
import io.layover.auth.Scope;
import java.util.List;

/** What a row of the table asks of who sends a request. */
enum Need {
  /** Nothing: it is for everybody. */
  NOTHING,
  /** To be somebody whom this registry knows, anonymous or not. */
  SIGN_IN,
  PULL("pull"),
  /** Who pushes looks at what is there already. */
  PUSH("pull", "push"),
  /** Who may begin an upload may also give it up. */
  CANCEL("push"),
  DELETE("delete"),
  CATALOG("*");

  private final ImmutableSet<String> actions;

  Need(String... actions) {
    this.actions = ImmutableSet.copyOf(actions);
  }

  /**
   * The scopes.
   *
   * @param name of the repository, where the need is about one
   */
  List<Scope> on(String name) {
    return switch (this) {
      case NOTHING, SIGN_IN -> List.of();
      case CATALOG -> List.of(new Scope("registry", "catalog", actions));
      case PULL, PUSH, CANCEL, DELETE -> List.of(new Scope(Scope.REPOSITORY, name, actions));
    };
  }

  /** True if it is about a repository, which the path names. */
  boolean isOnRepository() {
    return switch (this) {
      case NOTHING, SIGN_IN, CATALOG -> false;
      case PULL, PUSH, CANCEL, DELETE -> true;
    };
  }
}
