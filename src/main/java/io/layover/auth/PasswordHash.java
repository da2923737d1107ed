package io.layover.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;
import org.apache.commons.codec.digest.Md5Crypt;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;

/** A password as a file keeps it: to be compared with, not to be read. */
public final class PasswordHash {
  /** bcrypt looks at no more bytes of a password. */
  public static final int LONGEST = 72;

  private static final int COST = 10;
  private static final int SALT = 16;
  private static final Pattern BCRYPT =
      Pattern.compile("\\$2[aby]\\$(0[4-9]|[12][0-9]|3[01])\\$[./A-Za-z0-9]{53}");
  private static final Pattern APR1 =
      Pattern.compile("\\$apr1\\$[./0-9A-Za-z]{1,8}\\$[./0-9A-Za-z]{22}");
  private static final Pattern SHA = Pattern.compile("\\{SHA\\}[+/0-9A-Za-z]{27}=");

  private enum Scheme {
    BCRYPT,
    APR1,
    SHA
  }

  private final Scheme scheme;
  private final String text;

  private PasswordHash(Scheme scheme, String text) {
    this.scheme = scheme;
    this.text = text;
  }

  /**
   * Reads a hash of bcrypt.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static PasswordHash bcrypt(String text) {
    if (!BCRYPT.matcher(text).matches()) {
      throw new IllegalArgumentException("is no hash of bcrypt ($2y$…); htpasswd -B makes one");
    }
    return new PasswordHash(Scheme.BCRYPT, text);
  }

  /**
   * Reads a hash as it stands in a file of htpasswd's form: of bcrypt, or of the weaker schemes
   * that files for nginx and Traefik have.
   *
   * @throws IllegalArgumentException if it is none of them
   */
  public static PasswordHash htpasswd(String text) {
    if (APR1.matcher(text).matches()) {
      return new PasswordHash(Scheme.APR1, text);
    }
    if (SHA.matcher(text).matches()) {
      return new PasswordHash(Scheme.SHA, text);
    }
    return bcrypt(text);
  }

  /** A new hash of bcrypt. */
  public static PasswordHash of(String password) {
    return of(password, COST);
  }

  static PasswordHash of(String password, int cost) {
    var bytes = password.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > LONGEST) {
      throw new IllegalArgumentException("bcrypt takes no more than 72 bytes");
    }
    var salt = new byte[SALT];
    new SecureRandom().nextBytes(salt);
    return new PasswordHash(Scheme.BCRYPT, OpenBSDBCrypt.generate("2y", bytes, salt, cost));
  }

  /** True if this is the password. Takes a good part of a second: never on an event loop. */
  public boolean matches(String password) {
    var bytes = password.getBytes(StandardCharsets.UTF_8);
    return switch (scheme) {
      case BCRYPT -> OpenBSDBCrypt.checkPassword(text, bytes);
      case APR1 -> equal(Md5Crypt.apr1Crypt(bytes, text));
      case SHA -> equal("{SHA}" + Base64.getEncoder().encodeToString(sha1(bytes)));
    };
  }

  /** True for schemes whose passwords are soon guessed once the file is in wrong hands. */
  public boolean isWeak() {
    return scheme != Scheme.BCRYPT;
  }

  /** As it stands in a file. */
  public String text() {
    return text;
  }

  private boolean equal(String other) {
    return MessageDigest.isEqual(
        text.getBytes(StandardCharsets.US_ASCII), other.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] sha1(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-1").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PasswordHash hash && text.equals(hash.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** The scheme alone, for a hash is half a secret. */
  @Override
  public String toString() {
    return scheme.name();
  }
}
