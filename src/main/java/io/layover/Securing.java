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
import io.layover.config.AuthFileReader;
import io.layover.config.Config;
import io.layover.config.Storage;
import io.layover.http.LocalNames;
import io.layover.http.Peers;
import io.layover.http.Tokens;
import io.layover.log.Reason;
import io.layover.registry.Routing;
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

/**
 * Who may do what, as the section {@code auth} says.
 *
 * @param entrance the way in; null if everybody may do everything
 * @param tokens the token server; null if there is none inside
 * @param users its users
 */
record Securing(@Nullable Entrance entrance, @Nullable Tokens tokens, @Nullable DockerAuth users)
    implements AutoCloseable {
  private static final Securing OPEN = new Securing(null, null, null);

  /**
   * Reads the files that the section names, and watches them.
   *
   * @throws io.layover.config.ConfigException if docker_auth's file is not good
   * @throws StartException if another one cannot be used
   */
  static Securing open(
      Vertx vertx, Config config, Routing routing, FileWatch watch, MeterRegistry meters)
      throws StartException {
    return switch (config.auth()) {
      case null -> OPEN;
      case Auth.Htpasswd htpasswd -> of(passwords(vertx, htpasswd, watch, meters), meters);
      case Auth.Silly silly -> of(new SillyGate(silly.realm(), silly.service()), meters);
      case Auth.Token token -> of(tokens(vertx, token, watch), meters);
      case Auth.TokenServer server -> embedded(vertx, config, server, routing, watch, meters);
    };
  }

  private static Securing of(Gate gate, MeterRegistry meters) {
    return new Securing(new Entrance(gate, meters), null, null);
  }

  /** Its tokens are the ones that this registry takes, of keys that both share. */
  private static Securing embedded(
      Vertx vertx,
      Config config,
      Auth.TokenServer server,
      Routing routing,
      FileWatch watch,
      MeterRegistry meters)
      throws StartException {
    var users = new DockerAuth(vertx, watch, server.server(), AuthFileReader::embedded);
    var serving =
        TokenServing.open(vertx, watch, users, server.service(), state(config.storage()), meters);
    var path = config.http().prefix() + "auth/token";
    var realm =
        server.realm() == null
            ? new TokenGate.Realm(path, path)
            : new TokenGate.Realm(server.realm().toString(), null);
    var peers = new Peers(config.http().trustedproxies());
    return new Securing(
        new Entrance(serving.gate(server.service(), realm), meters),
        serving.endpoints(peers, new LocalNames(routing, server.service())),
        users);
  }

  /** Where what outlives the server is kept; null if that must be said in docker_auth's file. */
  static @Nullable Path state(Storage storage) {
    return storage.driver() instanceof Storage.Filesystem directory
        ? directory.rootdirectory().resolve("layover").resolve("auth")
        : null;
  }

  @Override
  public void close() {
    if (users != null) {
      users.close();
    }
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
