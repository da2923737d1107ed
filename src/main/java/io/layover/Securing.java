package io.layover;

import io.layover.auth.Algorithm;
import io.layover.auth.Entrance;
import io.layover.auth.Gate;
import io.layover.auth.Htpasswd;
import io.layover.auth.PasswordGate;
import io.layover.auth.Passwords;
import io.layover.auth.SillyGate;
import io.layover.auth.TokenGate;
import io.layover.auth.TokenVerifier;
import io.layover.auth.TrustedKeys;
import io.layover.config.Auth;
import io.layover.log.Reason;
import io.layover.watch.FileWatch;
import io.layover.watch.Watched;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Who may do what, as the section {@code auth} says. */
final class Securing {
  private Securing() {}

  /**
   * The way in; null if everybody may do everything. The files that the section names are read, and
   * watched.
   *
   * @throws StartException if one of them cannot be used
   */
  static @Nullable Entrance entrance(
      Vertx vertx, @Nullable Auth auth, FileWatch watch, MeterRegistry meters)
      throws StartException {
    if (auth == null) {
      return null;
    }
    var gate =
        switch (auth) {
          case Auth.Htpasswd htpasswd -> passwords(vertx, htpasswd, watch, meters);
          case Auth.Silly silly -> new SillyGate(silly.realm(), silly.service());
          case Auth.Token token -> tokens(vertx, token, watch);
          // The reader does not let it through yet.
          case Auth.TokenServer server -> throw new IllegalStateException(server.toString());
        };
    return new Entrance(gate, meters);
  }

  /** How clients prove who they are, in words for the log. */
  static String describe(@Nullable Auth auth) {
    return switch (auth) {
      case null -> "no authentication";
      case Auth.Htpasswd htpasswd -> "passwords of " + htpasswd.path();
      case Auth.Silly silly -> "silly authentication, which checks nothing";
      case Auth.Token token -> "tokens of " + token.issuer();
      case Auth.TokenServer server -> "tokens of its own";
    };
  }

  private static Gate passwords(
      Vertx vertx, Auth.Htpasswd htpasswd, FileWatch watch, MeterRegistry meters)
      throws StartException {
    try {
      var users = Htpasswd.open(watch, htpasswd.path());
      return new PasswordGate(new Passwords(vertx, List.of(users), meters), htpasswd.realm());
    } catch (IOException e) {
      throw new StartException(
          "auth.htpasswd.path %s cannot be used: %s".formatted(htpasswd.path(), Reason.of(e)), e);
    }
  }

  private static Gate tokens(Vertx vertx, Auth.Token token, FileWatch watch) throws StartException {
    var files = Stream.of(token.rootcertbundle(), token.jwks()).filter(Objects::nonNull).toList();
    try {
      var keys =
          new Watched<>(
              watch,
              files.stream().map(Path::toString).collect(Collectors.joining(", ")),
              files,
              () -> keys(token));
      var expected =
          new TokenVerifier.Expected(
              token.issuer(), token.service(), algorithms(token.signingalgorithms()));
      var verifier = new TokenVerifier(vertx, expected, keys.get(), InstantSource.system());
      keys.onChange(verifier::trust);
      return new TokenGate(
          verifier,
          new TokenGate.Realm(
              token.realm().toString(), token.autoredirect() ? token.autoredirectpath() : null),
          token.service());
    } catch (UncheckedIOException e) {
      throw new StartException("the keys of auth.token cannot be used: " + Reason.of(e), e);
    }
  }

  private static TrustedKeys keys(Auth.Token token) {
    try {
      return TrustedKeys.read(token.rootcertbundle(), token.jwks());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** distribution takes all where none are named; shared secrets are taken only if they are. */
  private static Set<Algorithm> algorithms(List<String> names) {
    return names.isEmpty()
        ? Algorithm.ASYMMETRIC
        : names.stream()
            .map(Algorithm::valueOf)
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(Algorithm.class)));
  }
}
