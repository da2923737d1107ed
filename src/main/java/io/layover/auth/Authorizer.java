package io.layover.auth;

import io.vertx.core.Future;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Rules about who may do what. */
public interface Authorizer {
  /**
   * What is to be decided.
   *
   * @param service the registry that the access is for
   * @param address the client's, numeric; null if it is not known
   */
  record Request(Account account, Scope scope, String service, @Nullable String address) {}

  /**
   * What was decided.
   *
   * @param actions those of the request that are granted; empty: none
   * @param rule which rule decided, in words that an operator finds in the configuration
   */
  record Decision(Set<String> actions, String rule) {}

  /** The decision; null if no rule is about this, and the next authorizer is to be asked. */
  Future<@Nullable Decision> authorize(Request request);
}
