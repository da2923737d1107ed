package io.layover.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The section {@code auth}: the one way in which clients prove who they are. */
public sealed interface Auth extends Choice {
  /** Users with passwords in a file of htpasswd's form. */
  record Htpasswd(String realm, Path path) implements Auth {
    @Override
    public String kind() {
      return "htpasswd";
    }
  }

  /** distribution's stand-in, which lets everybody in who sends an Authorization header. */
  record Silly(String realm, String service) implements Auth {
    @Override
    public String kind() {
      return "silly";
    }
  }

  /** Bearer tokens of another server. */
  record Token(
      URI realm,
      String service,
      String issuer,
      @Nullable Path rootcertbundle,
      @Nullable Path jwks,
      List<String> signingalgorithms,
      boolean autoredirect,
      String autoredirectpath)
      implements Auth {
    @Override
    public String kind() {
      return "token";
    }
  }

  /**
   * Bearer tokens of the embedded server.
   *
   * @param server the file that configures it, docker_auth's
   * @param realm where clients find it; absent: on the host that they ask
   */
  record TokenServer(Path server, String service, @Nullable URI realm) implements Auth {
    static final String SERVICE = "layover";

    @Override
    public String kind() {
      return "token";
    }
  }

  /** What is not said of tokens that are issued here. */
  List<String> OF_ANOTHER_SERVER =
      List.of(
          "issuer",
          "rootcertbundle",
          "jwks",
          "signingalgorithms",
          "autoredirect",
          "autoredirectpath");

  /** What a token may be signed with; there is no {@code none} among it. */
  Set<String> ALGORITHMS =
      Set.of(
          "EdDSA", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512",
          "PS256", "PS384", "PS512");

  static @Nullable Auth read(Section s) {
    var kinds = List.of("htpasswd", "silly", "token");
    var chosen = s.keys().stream().filter(kinds::contains).toList();
    s.skip(kinds.toArray(String[]::new));
    // In distribution, auth: none is the same as no auth.
    s.skip("none");
    if (chosen.isEmpty()) {
      return null;
    }
    if (chosen.size() > 1) {
      var second = chosen.getLast();
      var replace =
          s.place(second).kind() == Place.Kind.VARIABLE
              ? "set REGISTRY_AUTH=" + second + " as well, which replaces the whole section"
              : "only one can be";
      s.problem(second, "auth is " + chosen.getFirst() + " already; " + replace);
    }
    var kind = chosen.getFirst();
    var below = s.section(kind);
    return switch (kind) {
      case "htpasswd" -> new Htpasswd(below.required("realm"), requiredPath(below, "path"));
      case "silly" -> new Silly(below.required("realm"), below.required("service"));
      default -> below.has("server") ? tokenServer(below) : token(below);
    };
  }

  private static Auth tokenServer(Section s) {
    for (var key : OF_ANOTHER_SERVER) {
      s.skip(key);
      if (s.has(key)) {
        s.problem(key, "is about the tokens of another server, and server makes one of this");
      }
    }
    return new TokenServer(
        requiredPath(s, "server"),
        s.text("service", TokenServer.SERVICE),
        s.value("realm", HttpUrl::parse));
  }

  private static Auth token(Section s) {
    if (!s.has("rootcertbundle") && !s.has("jwks")) {
      s.problem("rootcertbundle", "is required, unless there is jwks");
    }
    s.required("realm");
    return new Token(
        s.value("realm", HttpUrl::parse, URI.create("")),
        s.required("service"),
        s.required("issuer"),
        s.path("rootcertbundle"),
        s.path("jwks"),
        s.values("signingalgorithms", Auth::algorithm),
        s.flag("autoredirect", false),
        s.text("autoredirectpath", "/auth/token"));
  }

  private static String algorithm(String name) {
    if (!ALGORITHMS.contains(name)) {
      throw new IllegalArgumentException(
          "is none of " + String.join(", ", new TreeSet<>(ALGORITHMS)));
    }
    return name;
  }

  private static Path requiredPath(Section s, String key) {
    s.required(key);
    return Objects.requireNonNullElse(s.path(key), Path.of(""));
  }
}
