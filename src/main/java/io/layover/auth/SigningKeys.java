package io.layover.auth;

import io.layover.log.Reason;
import io.layover.oci.Json;
import io.layover.watch.FileWatch;
import io.layover.watch.Watched;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The key that signs tokens now, and those that did before it while tokens of theirs may still be
 * good. A key whose files change gives way to the new one without a token being refused.
 */
public final class SigningKeys {
  private static final Logger LOG = LoggerFactory.getLogger(SigningKeys.class);
  private static final String KEY = "token.key";
  private static final String CERTIFICATE = "token.crt";
  private static final String PUBLISHED = "published.json";

  private final @Nullable StateDirectory state;
  private final Duration overlap;
  private final InstantSource clock;
  private final List<Consumer<List<PublicKey>>> listeners = new CopyOnWriteArrayList<>();
  private volatile List<Published> published;
  private volatile SigningKey signing;

  /**
   * A key that is, or was, in use.
   *
   * @param until when it counts no more; null while it is the one that signs
   */
  private record Published(PublicKey key, @Nullable Instant until) {
    boolean isGood(Instant now) {
      return until == null || now.isBefore(until);
    }
  }

  private SigningKeys(
      Vertx vertx,
      Watched<SigningKey> current,
      @Nullable StateDirectory state,
      Duration overlap,
      InstantSource clock) {
    this.state = state;
    this.overlap = overlap;
    this.clock = clock;
    this.published = List.of();
    this.signing = current.get();
    publish(vertx, signing, before(state));
    current.onChange(key -> replace(vertx, key));
  }

  /**
   * Keys of files, which are read again when they change.
   *
   * @param state where it is written which keys are in use; null: nowhere, so that tokens which
   *     were signed by another key are refused after a restart
   * @param overlap how long a key counts after it has signed its last token
   * @throws IOException if the files cannot be used
   */
  public static SigningKeys ofFiles(
      Vertx vertx,
      FileWatch watch,
      Path certificate,
      Path key,
      @Nullable StateDirectory state,
      Duration overlap,
      InstantSource clock)
      throws IOException {
    try {
      var current =
          new Watched<>(
              watch,
              "the key of tokens " + key,
              List.of(certificate, key),
              () -> read(certificate, key));
      return new SigningKeys(vertx, current, state, overlap, clock);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** As {@link #ofFiles}, with files that are made where there are none. */
  public static SigningKeys generated(
      Vertx vertx, FileWatch watch, StateDirectory state, Duration overlap, InstantSource clock)
      throws IOException {
    if (!state.has(KEY)) {
      var made = SigningKey.generate();
      // The certificate stands in the file of the key too: they can never fall apart.
      state.create(KEY, made.certificatePem() + made.privatePem());
      LOG.info(
          "a key for tokens was made; other registries trust its certificate {}",
          state.file(CERTIFICATE));
    }
    var key = state.file(KEY);
    state.write(CERTIFICATE, SigningKey.read(key, key).certificatePem());
    return ofFiles(vertx, watch, key, key, state, overlap, clock);
  }

  private static SigningKey read(Path certificate, Path key) {
    try {
      return SigningKey.read(certificate, key);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The key that signs. */
  public SigningKey current() {
    return signing;
  }

  /** The keys whose tokens are good. */
  public List<PublicKey> accepted() {
    var now = clock.instant();
    return published.stream().filter(key -> key.isGood(now)).map(Published::key).toList();
  }

  /** Tells the keys whose tokens are good, whenever they are others. */
  public void onChange(Consumer<List<PublicKey>> listener) {
    listeners.add(listener);
  }

  /**
   * The accepted keys for everybody who verifies tokens.
   *
   * @see <a href="https://www.rfc-editor.org/rfc/rfc7517#section-5">RFC 7517, 5</a>
   */
  JsonObject jwks(KeyName name) {
    var keys = new JsonArray();
    for (var key : accepted()) {
      var jwk = new JsonObject();
      Jwk.of(key).forEach(jwk::put);
      keys.add(jwk.put("use", "sig").put("kid", name.of(key)));
    }
    return new JsonObject().put("keys", keys);
  }

  /** A key is known to everybody before its first token is. */
  private void replace(Vertx vertx, SigningKey key) {
    publish(vertx, key, published);
    signing = key;
  }

  /** Notes that a key signs, and that every other one does no more. */
  private void publish(Vertx vertx, SigningKey key, List<Published> before) {
    var now = clock.instant();
    var next = new ArrayList<Published>();
    next.add(new Published(key.publicKey(), null));
    for (var old : before) {
      var until = old.until == null ? now.plus(overlap) : old.until;
      if (!old.key.equals(key.publicKey()) && now.isBefore(until)) {
        next.add(new Published(old.key, until));
        vertx.setTimer(Math.max(1, Duration.between(now, until).toMillis()), timer -> tell());
      }
    }
    published = List.copyOf(next);
    write();
    tell();
  }

  private void tell() {
    var accepted = accepted();
    listeners.forEach(listener -> listener.accept(accepted));
  }

  private void write() {
    if (state == null) {
      return;
    }
    var keys = new JsonArray();
    for (var key : published) {
      var jwk = new JsonObject();
      Jwk.of(key.key).forEach(jwk::put);
      keys.add(key.until == null ? jwk : jwk.put("until", key.until.getEpochSecond()));
    }
    try {
      state.write(PUBLISHED, new JsonObject().put("keys", keys).encode());
    } catch (IOException e) {
      LOG.warn("{} cannot be written: {}", state.file(PUBLISHED), Reason.of(e));
    }
  }

  /** What was written the last time. */
  private static List<Published> before(@Nullable StateDirectory state) {
    var before = new ArrayList<Published>();
    if (state == null || !state.has(PUBLISHED)) {
      return before;
    }
    try {
      var json = Json.object(state.read(PUBLISHED).getBytes(StandardCharsets.UTF_8));
      if (json.get("keys") instanceof List<?> keys) {
        for (var entry : keys) {
          if (entry instanceof Map<?, ?> jwk && Jwk.key(jwk) instanceof PublicKey key) {
            var until =
                jwk.get("until") instanceof Number n ? Instant.ofEpochSecond(n.longValue()) : null;
            before.add(new Published(key, until));
          }
        }
      }
    } catch (IOException | GeneralSecurityException e) {
      LOG.warn("{} cannot be used: {}", state.file(PUBLISHED), Reason.of(e));
    }
    return before;
  }
}
