package io.layover.auth;

import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A user's name and password as a client sent them, of a length and of characters that they may
 * have.
 */
public record Credentials(String user, String password) {
  /** Of a client that did not say who it is. */
  public static final Credentials NONE = new Credentials("", "");

  private static final String BASIC = "Basic ";
  private static final int LONGEST_USER = 256;

  /** Tokens of other systems are given as passwords too. */
  private static final int LONGEST_PASSWORD = 8 << 10;

  /**
   * Takes both.
   *
   * @throws RegistryException {@code UNAUTHORIZED} if nobody can have such a name or password
   */
  public Credentials {
    if (user.length() > LONGEST_USER || password.length() > LONGEST_PASSWORD) {
      throw refused("the user name or password is too long");
    }
    if (hasControls(user) || hasControls(password)) {
      throw refused("the user name or password has a control character");
    }
  }

  /**
   * Those of an {@code Authorization} header; null if it is of another scheme.
   *
   * @throws RegistryException {@code UNAUTHORIZED} if it is malformed
   * @see <a href="https://www.rfc-editor.org/rfc/rfc7617">RFC 7617, Basic</a>
   */
  public static @Nullable Credentials ofBasic(String header) {
    if (!header.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
      return null;
    }
    String text;
    try {
      var bytes = Base64.getDecoder().decode(header.substring(BASIC.length()).strip());
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (IllegalArgumentException | CharacterCodingException e) {
      throw refused("the Authorization header is not base64 of UTF-8");
    }
    var colon = text.indexOf(':');
    if (colon < 0) {
      throw refused("the Authorization header has no password");
    }
    return new Credentials(text.substring(0, colon), text.substring(colon + 1));
  }

  public boolean areNone() {
    return user.isEmpty() && password.isEmpty();
  }

  private static boolean hasControls(String text) {
    return text.chars().anyMatch(c -> Character.isISOControl(c) || c == '\uFFFD');
  }

  private static RegistryException refused(String sentence) {
    return new RegistryException(ErrorCode.UNAUTHORIZED, sentence);
  }

  @Override
  public String toString() {
    return user + ":********";
  }
}
