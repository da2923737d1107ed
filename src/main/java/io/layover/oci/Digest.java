package io.layover.oci;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A content digest, such as {@code sha256:9f86…}. Holding one proves that its text is well formed
 * and its algorithm one that Layover can check.
 *
 * @see <a
 *     href="https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests">image-spec,
 *     Digests</a>
 */
public record Digest(String algorithm, String hex) implements Reference {
  private static final String SHA256 = "sha256";
  private static final String SHA512 = "sha512";

  /**
   * Reads a digest.
   *
   * @throws RegistryException {@code DIGEST_INVALID} if the text is malformed or the algorithm
   *     unsupported
   */
  public static Digest parse(String text) {
    if (isForm(text, SHA256, 64)) {
      return new Digest(SHA256, text.substring(SHA256.length() + 1));
    }
    if (isForm(text, SHA512, 128)) {
      return new Digest(SHA512, text.substring(SHA512.length() + 1));
    }
    throw new RegistryException(
        ErrorCode.DIGEST_INVALID,
        "a digest is sha256: and 64, or sha512: and 128 lower-case hexadecimal digits",
        Excerpt.of(text));
  }

  /** A loop, as every request has a digest: a regular expression takes many times as long. */
  private static boolean isForm(String text, String algorithm, int digits) {
    var start = algorithm.length() + 1;
    if (text.length() != start + digits
        || !text.startsWith(algorithm)
        || text.charAt(start - 1) != ':') {
      return false;
    }
    for (var i = start; i < text.length(); i++) {
      var c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }

  /** The digest that a finished hash computation of {@code algorithm} yields. */
  public static Digest of(String algorithm, byte[] hash) {
    return new Digest(algorithm, HexFormat.of().formatHex(hash));
  }

  /** The SHA-256 digest of {@code content}. */
  public static Digest sha256(byte[] content) {
    return of("sha256", hasher("sha256").digest(content));
  }

  /** The SHA-256 digest of the UTF-8 form of {@code content}. */
  public static Digest sha256(String content) {
    return sha256(content.getBytes(StandardCharsets.UTF_8));
  }

  /** A fresh hash computation of this digest's algorithm. */
  public MessageDigest hasher() {
    return hasher(algorithm);
  }

  /** A fresh hash computation of {@code sha256} or {@code sha512}. */
  public static MessageDigest hasher(String algorithm) {
    try {
      return MessageDigest.getInstance(
          switch (algorithm) {
            case "sha256" -> "SHA-256";
            case "sha512" -> "SHA-512";
            default ->
                throw new RegistryException(
                    ErrorCode.DIGEST_INVALID,
                    "the digest algorithm is neither sha256 nor sha512",
                    Excerpt.of(algorithm));
          });
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-2", e);
    }
  }

  @Override
  public String toString() {
    return algorithm + ":" + hex;
  }
}
