package io.layover;

import io.layover.auth.Algorithm;
import io.layover.auth.Authenticator;
import io.layover.auth.Gate;
import io.layover.auth.Htpasswd;
import io.layover.auth.KeyName;
import io.layover.auth.Passwords;
import io.layover.auth.RefreshTokens;
import io.layover.auth.SigningKeys;
import io.layover.auth.StateDirectory;
import io.layover.auth.TokenGate;
import io.layover.auth.TokenIssuer;
import io.layover.auth.TokenService;
import io.layover.auth.TokenVerifier;
import io.layover.auth.TrustedKeys;
import io.layover.config.AuthFile;
import io.layover.http.ClientAddress;
import io.layover.http.LocalNames;
import io.layover.http.Peers;
import io.layover.http.Tokens;
import io.layover.log.Reason;
import io.layover.watch.FileWatch;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The token server that docker_auth's file describes, put together. */
final class TokenServing {
  private static final Logger LOG = LoggerFactory.getLogger(TokenServing.class);
  private static final InstantSource CLOCK = InstantSource.system();

  private final Vertx vertx;
  private final AuthFile file;
  private final SigningKeys keys;
  private final TokenService service;

  private TokenServing(Vertx vertx, AuthFile file, SigningKeys keys, TokenService service) {
    this.vertx = vertx;
    this.file = file;
    this.keys = keys;
    this.service = service;
  }

  /**
   * Reads what the file names.
   *
   * @param own the service that the registry around the server is; null: it runs alone
   * @param directory where to keep what is to outlive the server, unless the file says; null:
   *     nowhere
   * @throws StartException if something of it cannot be used
   */
  static TokenServing open(
      Vertx vertx,
      FileWatch watch,
      DockerAuth users,
      @Nullable String own,
      @Nullable Path directory,
      MeterRegistry meters)
      throws StartException {
    var file = users.file();
    var state = state(file, directory);
    var passwords = new Passwords(vertx, authenticators(watch, users), meters);
    var keys = keys(vertx, watch, file, state);
    var issuer = new TokenIssuer(vertx, keys, () -> form(file, users.file(), own), CLOCK);
    users.onChange(changed -> warnOfRestart(file, changed));
    return new TokenServing(
        vertx,
        file,
        keys,
        new TokenService(
            passwords,
            refreshTokens(vertx, watch, keys, state, passwords),
            List.of(users.authorizer()),
            issuer,
            meters));
  }

  /** Where the file says that what outlives the server is kept, or else there. */
  static @Nullable StateDirectory state(AuthFile file, @Nullable Path otherwise) {
    var directory = file.token().directory() == null ? otherwise : file.token().directory();
    return directory == null ? null : new StateDirectory(directory);
  }

  /** In docker_auth's order, and before its programs a file of htpasswd's form. */
  private static List<Authenticator> authenticators(FileWatch watch, DockerAuth users)
      throws StartException {
    var all = new ArrayList<>(users.authenticators());
    var htpasswd = users.file().htpasswdAuth();
    if (htpasswd != null) {
      try {
        all.add(1, Htpasswd.open(watch, htpasswd.path()));
      } catch (IOException e) {
        throw new StartException(
            "htpasswd_auth.path %s cannot be used: %s".formatted(htpasswd.path(), Reason.of(e)), e);
      }
    }
    return all;
  }

  private static SigningKeys keys(
      Vertx vertx, FileWatch watch, AuthFile file, @Nullable StateDirectory state)
      throws StartException {
    var overlap = Duration.ofSeconds(file.token().expiration());
    var own = file.token().certificate() != null;
    var certificate = own ? file.token().certificate() : file.server().certificate();
    var key = own ? file.token().key() : file.server().key();
    try {
      if (certificate != null && key != null) {
        return SigningKeys.ofFiles(vertx, watch, certificate, key, state, overlap, CLOCK);
      }
      if (state == null) {
        throw new StartException(
            "there is no key for tokens: token.certificate and token.key are required, unless"
                + " token.directory says where to keep one that is made");
      }
      return SigningKeys.generated(vertx, watch, state, overlap, CLOCK);
    } catch (IOException e) {
      throw new StartException("the key for tokens cannot be used: " + Reason.of(e), e);
    }
  }

  private static RefreshTokens refreshTokens(
      Vertx vertx,
      FileWatch watch,
      SigningKeys keys,
      @Nullable StateDirectory state,
      Passwords passwords)
      throws StartException {
    if (state == null) {
      return RefreshTokens.of(keys.current(), passwords, CLOCK);
    }
    try {
      return RefreshTokens.kept(vertx, state, watch, passwords, CLOCK);
    } catch (IOException e) {
      throw new StartException(
          "%s cannot be used for refresh tokens: %s".formatted(state.path(), Reason.of(e)), e);
    }
  }

  /** As the file is now, but of the issuer that it was started for. */
  private static TokenIssuer.Form form(AuthFile started, AuthFile now, @Nullable String own) {
    var never = now.token().disableCertificateChain();
    return new TokenIssuer.Form(
        started.token().issuer(),
        Duration.ofSeconds(now.token().expiration()),
        now.token().disableLegacyKeyId() ? KeyName.THUMBPRINT : KeyName.LIBTRUST,
        service -> never == null ? !service.equals(own) : !never);
  }

  private static void warnOfRestart(AuthFile started, AuthFile now) {
    var before = started.token();
    var after = now.token();
    if (!before.issuer().equals(after.issuer())
        || !Objects.equals(before.certificate(), after.certificate())
        || !Objects.equals(before.key(), after.key())
        || !started.server().equals(now.server())) {
      LOG.warn("the server, the issuer and the names of files change with a restart only");
    }
  }

  /**
   * The endpoints.
   *
   * @param peers finds clients where the file does not say how
   * @param names as in {@link Tokens}
   */
  Tokens endpoints(Peers peers, @Nullable LocalNames names) {
    var server = file.server();
    return new Tokens(
        service,
        server.realIpHeader() == null
            ? ClientAddress.ofPeer(peers)
            : new ClientAddress(server.realIpHeader(), server.realIpPos(), peers),
        names);
  }

  /** Lets in who has one of these tokens for a service. */
  Gate gate(String serviceName, TokenGate.Realm realm) {
    var expected =
        new TokenVerifier.Expected(file.token().issuer(), serviceName, Algorithm.ASYMMETRIC);
    var verifier = new TokenVerifier(vertx, expected, TrustedKeys.of(keys.accepted()), CLOCK);
    keys.onChange(accepted -> verifier.trust(TrustedKeys.of(accepted)));
    return new TokenGate(verifier, realm, serviceName);
  }
}
