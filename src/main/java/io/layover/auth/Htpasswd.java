package io.layover.auth;

import io.layover.oci.Excerpt;
import io.layover.watch.FileWatch;
import io.layover.watch.Watched;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Users with their passwords in a file of htpasswd's form.
 *
 * @see <a href="https://httpd.apache.org/docs/2.4/misc/password_encryptions.html">Apache, Password
 *     Formats</a>
 */
public final class Htpasswd implements Authenticator {
  private static final Logger LOG = LoggerFactory.getLogger(Htpasswd.class);
  private static final long LARGEST = 16 << 20;
  private static final int SECRET = 24;

  private final Supplier<Map<String, PasswordHash>> known;

  private Htpasswd(Supplier<Map<String, PasswordHash>> known) {
    this.known = known;
  }

  /**
   * Reads the file, and again when it changes; while it is broken, what was known before stays in
   * force. Where there is none, it is made as distribution makes it: with a user docker, whose
   * password stands once in the log.
   *
   * @throws IOException if it cannot be read, or a line of it is malformed
   */
  public static Htpasswd open(FileWatch watch, Path file) throws IOException {
    if (Files.notExists(file)) {
      create(file);
    }
    try {
      return new Htpasswd(new Watched<>(watch, file.toString(), List.of(file), () -> users(file)));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static Map<String, PasswordHash> users(Path file) {
    try {
      return read(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Future<@Nullable Account> authenticate(String user, String password) {
    var hash = known.get().get(user);
    if (hash == null) {
      return Future.succeededFuture(null);
    }
    return hash.matches(password)
        ? Future.succeededFuture(account(user))
        : Future.failedFuture(new WrongPassword());
  }

  @Override
  public @Nullable Entry entry(String user) {
    var hash = known.get().get(user);
    return hash == null ? null : new Entry(account(user), hash.text());
  }

  @Override
  public @Nullable PasswordHash decoy() {
    var any = known.get().values();
    return any.stream()
        .filter(hash -> !hash.isWeak())
        .findFirst()
        .orElse(any.stream().findFirst().orElse(null));
  }

  private static Account account(String user) {
    return new Account(user, Map.of());
  }

  private static Map<String, PasswordHash> read(Path file) throws IOException {
    if (Files.size(file) > LARGEST) {
      throw new IOException("it is larger than 16 MiB");
    }
    var users = new LinkedHashMap<String, PasswordHash>();
    var number = 0;
    for (var line : lines(file)) {
      number++;
      var text = line.strip();
      if (!text.isEmpty() && !text.startsWith("#")) {
        add(users, text, file + ":" + number);
      }
    }
    var weak = users.values().stream().filter(PasswordHash::isWeak).count();
    if (weak > 0) {
      LOG.warn(
          "{} has {} weak hashes ($apr1$ or {SHA}) of {}: soon guessed if the file is lost;"
              + " htpasswd -B makes strong ones",
          file,
          weak,
          users.size());
    }
    return users;
  }

  private static Iterable<String> lines(Path file) throws IOException {
    try {
      return Files.readAllLines(file);
    } catch (CharacterCodingException e) {
      throw new IOException("it is not text in UTF-8", e);
    }
  }

  private static void add(Map<String, PasswordHash> users, String line, String place)
      throws IOException {
    var colon = line.indexOf(':');
    if (colon <= 0) {
      throw new IOException(place + " is not user:hash");
    }
    var user = line.substring(0, colon);
    try {
      users.put(user, PasswordHash.htpasswd(line.substring(colon + 1).strip()));
    } catch (IllegalArgumentException e) {
      users.remove(user);
      LOG.warn(
          "{}: the password of {} has a hash that is not served, and never matches;"
              + " htpasswd -B makes one that is",
          place,
          Excerpt.of(user));
    }
  }

  private static void create(Path file) throws IOException {
    var bytes = new byte[SECRET];
    new SecureRandom().nextBytes(bytes);
    var password = Base64.getUrlEncoder().encodeToString(bytes);
    var parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    try {
      Files.createFile(file, owner);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(file + " was made by someone else just now", e);
    }
    Files.writeString(
        file, "docker:" + PasswordHash.of(password).text() + "\n", StandardOpenOption.WRITE);
    LOG.warn("{} was missing and is made; its user is docker, the password {}", file, password);
  }
}
