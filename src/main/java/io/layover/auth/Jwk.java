package io.layover.auth;

import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Keys as JSON, and the two names that tokens call a key by.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7517">RFC 7517, JSON Web Key</a>
 */
public final class Jwk {
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  private static final Map<Integer, String> CURVES =
      Map.of(256, "P-256", 384, "P-384", 521, "P-521");

  /** What stands before the bytes of an Edwards key in its DER form. */
  private static final Map<String, byte[]> EDWARDS =
      Map.of(
          "Ed25519", HexFormat.of().parseHex("302a300506032b6570032100"),
          "Ed448", HexFormat.of().parseHex("3043300506032b6571033a00"));

  private Jwk() {}

  /** The members that make up a public key, in the order in which {@link #thumbprint} hashes. */
  public static SortedMap<String, String> of(PublicKey key) {
    return switch (key) {
      case RSAPublicKey rsa ->
          members(
              "kty", "RSA", "n", text(rsa.getModulus(), 0), "e", text(rsa.getPublicExponent(), 0));
      case ECPublicKey ec -> {
        var bits = ec.getParams().getCurve().getField().getFieldSize();
        var length = (bits + 7) / 8;
        yield members(
            "kty", "EC",
            "crv", CURVES.getOrDefault(bits, "unknown"),
            "x", text(ec.getW().getAffineX(), length),
            "y", text(ec.getW().getAffineY(), length));
      }
      case EdECPublicKey edwards -> {
        var curve = edwards.getParams().getName();
        var start = EDWARDS.getOrDefault(curve, new byte[0]).length;
        var der = edwards.getEncoded();
        var bytes = Arrays.copyOfRange(der, start, der.length);
        yield members("kty", "OKP", "crv", curve, "x", BASE64.encodeToString(bytes));
      }
      default -> throw new IllegalArgumentException("no key for tokens: " + key.getAlgorithm());
    };
  }

  private static SortedMap<String, String> members(String... pairs) {
    var members = new TreeMap<String, String>();
    for (var i = 0; i < pairs.length; i += 2) {
      members.put(pairs[i], pairs[i + 1]);
    }
    return members;
  }

  /** The name of a key for distribution from version 3 on, and for most of the world (RFC 7638). */
  public static String thumbprint(PublicKey key) {
    return thumbprintOf(of(key));
  }

  /** The same of a key in JSON; null if it is none. */
  static @Nullable String thumbprint(Map<?, ?> jwk) {
    var names =
        switch (kind(jwk)) {
          case "RSA" -> new String[] {"kty", "n", "e"};
          case "EC" -> new String[] {"kty", "crv", "x", "y"};
          case "OKP" -> new String[] {"kty", "crv", "x"};
          default -> new String[0];
        };
    var members = new TreeMap<String, String>();
    for (var name : names) {
      if (!(jwk.get(name) instanceof String text)) {
        return null;
      }
      members.put(name, text);
    }
    return members.isEmpty() ? null : thumbprintOf(members);
  }

  private static String thumbprintOf(SortedMap<String, String> members) {
    var json = new JsonObject();
    members.forEach(json::put);
    return BASE64.encodeToString(sha256(json.encode().getBytes(StandardCharsets.UTF_8)));
  }

  /** The name of a key for distribution up to version 2.8: twelve groups of four letters. */
  public static String libtrustId(PublicKey key) {
    var hash = sha256(key.getEncoded());
    var id = new StringBuilder();
    for (var bit = 0; bit < 240; bit += 5) {
      if (bit > 0 && bit % 20 == 0) {
        id.append(':');
      }
      var pair = ((hash[bit / 8] & 0xff) << 8) | (hash[bit / 8 + 1] & 0xff);
      id.append(BASE32.charAt((pair >> (11 - bit % 8)) & 31));
    }
    return id.toString();
  }

  /** The key that a JSON object describes. */
  static Key key(Map<?, ?> jwk) throws GeneralSecurityException {
    return switch (kind(jwk)) {
      case "RSA" ->
          KeyFactory.getInstance("RSA")
              .generatePublic(new RSAPublicKeySpec(number(jwk, "n"), number(jwk, "e")));
      case "EC" ->
          KeyFactory.getInstance("EC")
              .generatePublic(
                  new ECPublicKeySpec(
                      new ECPoint(number(jwk, "x"), number(jwk, "y")), curve(member(jwk, "crv"))));
      case "OKP" -> edwards(member(jwk, "crv"), bytes(jwk, "x"));
      case "oct" -> new SecretKeySpec(bytes(jwk, "k"), "HMAC");
      default -> throw new InvalidKeySpecException("kty is none of RSA, EC, OKP, oct");
    };
  }

  private static String kind(Map<?, ?> jwk) {
    return jwk.get("kty") instanceof String text ? text : "";
  }

  private static ECParameterSpec curve(String name) throws GeneralSecurityException {
    if (!CURVES.containsValue(name)) {
      throw new InvalidKeySpecException("crv is none of P-256, P-384, P-521");
    }
    var parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec("secp" + name.substring(2) + "r1"));
    return parameters.getParameterSpec(ECParameterSpec.class);
  }

  private static PublicKey edwards(String curve, byte[] bytes) throws GeneralSecurityException {
    var start = EDWARDS.get(curve);
    if (start == null) {
      throw new InvalidKeySpecException("crv is none of Ed25519, Ed448");
    }
    var der = Arrays.copyOf(start, start.length + bytes.length);
    System.arraycopy(bytes, 0, der, start.length, bytes.length);
    return KeyFactory.getInstance(curve).generatePublic(new X509EncodedKeySpec(der));
  }

  private static BigInteger number(Map<?, ?> jwk, String name) throws InvalidKeySpecException {
    return new BigInteger(1, bytes(jwk, name));
  }

  private static byte[] bytes(Map<?, ?> jwk, String name) throws InvalidKeySpecException {
    try {
      return Base64.getUrlDecoder().decode(member(jwk, name));
    } catch (IllegalArgumentException e) {
      throw new InvalidKeySpecException(name + " is not in base64url", e);
    }
  }

  private static String member(Map<?, ?> jwk, String name) throws InvalidKeySpecException {
    if (jwk.get(name) instanceof String text && !text.isEmpty()) {
      return text;
    }
    throw new InvalidKeySpecException(name + " is missing");
  }

  /** A number without a sign, with zeros before it where it is shorter than {@code length}. */
  private static String text(BigInteger number, int length) {
    var bytes = number.toByteArray();
    var start = bytes[0] == 0 && bytes.length > 1 ? 1 : 0;
    var size = bytes.length - start;
    var padded = new byte[Math.max(size, length)];
    System.arraycopy(bytes, start, padded, padded.length - size, size);
    return BASE64.encodeToString(padded);
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
