package io.layover.auth;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A rule about access, in docker_auth's form.
 *
 * @param actions what is granted of what is asked for; {@code *} alone grants all of it
 * @param words which rule it is, in words that an operator finds in the configuration
 */
public record AccessRule(Match match, List<String> actions, String words) {
  /**
   * What a request must be like: each is a glob or, between slashes, a regular expression that some
   * part of the text is like. An absent one is like anything.
   *
   * @param account empty: whoever did not say who it is
   * @param ip an address, or a block of them
   * @param labels of which the account has, for every key, a value that is like that
   */
  public record Match(
      @Nullable String account,
      @Nullable String type,
      @Nullable String name,
      @Nullable String ip,
      @Nullable String service,
      Map<String, String> labels) {
    @Nullable String pattern(Field field) {
      return switch (field) {
        case ACCOUNT -> account;
        case TYPE -> type;
        case NAME -> name;
        case SERVICE -> service;
      };
    }
  }

  /** What of a request is compared with patterns. */
  enum Field {
    ACCOUNT,
    TYPE,
    NAME,
    SERVICE;

    String of(Authorizer.Request request) {
      return switch (this) {
        case ACCOUNT -> request.account().name();
        case TYPE -> request.scope().type();
        case NAME -> request.scope().name();
        case SERVICE -> request.service();
      };
    }
  }
}
