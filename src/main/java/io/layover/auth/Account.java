package io.layover.auth;

import java.util.List;
import java.util.Map;

/**
 * Someone who may ask for access.
 *
 * @param name the user's name; empty for everybody who did not say
 * @param labels what is known of the user, for rules to match
 */
public record Account(String name, Map<String, List<String>> labels) {
  public static final Account ANONYMOUS = new Account("", Map.of());

  public boolean isAnonymous() {
    return name.isEmpty();
  }
}
