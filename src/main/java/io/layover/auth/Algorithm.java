package io.layover.auth;

import java.security.Key;
import java.security.interfaces.ECKey;
import java.security.interfaces.EdECKey;
import java.security.interfaces.RSAKey;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import javax.crypto.SecretKey;

/**
 * How a token may be signed. There is no {@code none}.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7518#section-3.1">RFC 7518, 3.1</a>
 */
public enum Algorithm {
  RS256,
  RS384,
  RS512,
  PS256,
  PS384,
  PS512,
  ES256,
  ES384,
  ES512,
  EdDSA,
  HS256,
  HS384,
  HS512;

  /** Those with a public key, which nobody can sign with who only verifies. */
  public static final Set<Algorithm> ASYMMETRIC =
      Collections.unmodifiableSet(EnumSet.range(RS256, EdDSA));

  /** True if this is what a key is for: no public key can ever be taken for a shared secret. */
  boolean fits(Key key) {
    return switch (this) {
      case RS256, RS384, RS512, PS256, PS384, PS512 -> key instanceof RSAKey;
      case ES256 -> isOnCurve(key, 256);
      case ES384 -> isOnCurve(key, 384);
      case ES512 -> isOnCurve(key, 521);
      case EdDSA -> key instanceof EdECKey;
      case HS256, HS384, HS512 -> key instanceof SecretKey;
    };
  }

  private static boolean isOnCurve(Key key, int bits) {
    return key instanceof ECKey ec && ec.getParams().getCurve().getField().getFieldSize() == bits;
  }
}
