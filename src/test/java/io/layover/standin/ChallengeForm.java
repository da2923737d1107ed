package io.layover.standin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The ways in which registries write {@code WWW-Authenticate}. */
public enum ChallengeForm {
  /** {@code Bearer realm="…",service="…",scope="…"}. */
  QUOTED,
  /** Values without quotes where the grammar of a token allows it, and where it does not. */
  UNQUOTED,
  /** Scheme and parameter names in mixed case, blanks around the commas. */
  MIXED_CASE,
  NO_SCOPE,
  NO_SERVICE,
  /** A scope that has nothing to do with what was asked for. */
  FOREIGN_SCOPE,
  /** A scope of its own kind, without which no token is given. */
  AWS_SCOPE,
  /** Basic first, then Bearer, in one header. */
  SCHEMES_IN_ONE_HEADER,
  /** Negotiate, Basic and Bearer, a header each. */
  SCHEMES_IN_MANY_HEADERS;

  /** The values of the header, one for each line of it. */
  List<String> lines(String realm, String service, @Nullable String scope, @Nullable String error) {
    String plain = "Bearer realm=\"" + realm + "\",service=\"" + service + "\"";
    String more = quoted("scope", scope) + quoted("error", error);
    return switch (this) {
      case QUOTED -> List.of(plain + more);
      case UNQUOTED ->
          List.of("Bearer realm=" + realm + ",service=" + service + (plain(scope) + plain(error)));
      case MIXED_CASE ->
          List.of(
              ("bEARER Realm=\"" + realm + "\" , SERVICE = \"" + service + "\"")
                  + more.replace(",scope", " ,  Scope").replace(",error", ", Error"));
      case NO_SCOPE -> List.of(plain + quoted("error", error));
      case NO_SERVICE -> List.of("Bearer realm=\"" + realm + "\"" + more);
      case FOREIGN_SCOPE ->
          List.of(plain + quoted("scope", "repository:user/image:pull") + quoted("error", error));
      case AWS_SCOPE -> List.of(plain + quoted("scope", "aws") + quoted("error", error));
      case SCHEMES_IN_ONE_HEADER -> List.of("Basic realm=\"a, \\\"b\\\"\", " + plain + more);
      case SCHEMES_IN_MANY_HEADERS -> List.of("Negotiate", "Basic realm=\"x\"", plain + more);
    };
  }

  private static String quoted(String name, @Nullable String value) {
    return value == null ? "" : "," + name + "=\"" + value + "\"";
  }

  private static String plain(@Nullable String value) {
    return value == null ? "" : value.contains(":") ? ",scope=" + value : ",error=" + value;
  }
}
