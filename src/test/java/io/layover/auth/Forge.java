package io.layover.auth;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/** Tokens of every kind, good and bad, signed by the JDK alone. */
public final class Forge {
  public static final String ISSUER = "Auth Service";
  public static final String SERVICE = "Docker registry";

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final CertificateBuilder CERTIFICATES =
      new CertificateBuilder().setIsCertificateAuthority(true);

  private Forge() {}

  /** A key pair for an algorithm. */
  public static KeyPair keys(String algorithm) {
    try {
      var kind = algorithm.startsWith("ES") ? "EC" : algorithm.equals("EdDSA") ? "Ed25519" : "RSA";
      var generator = KeyPairGenerator.getInstance(kind);
      switch (algorithm) {
        case "ES256" -> generator.initialize(new ECGenParameterSpec("secp256r1"));
        case "ES384" -> generator.initialize(new ECGenParameterSpec("secp384r1"));
        case "ES512" -> generator.initialize(new ECGenParameterSpec("secp521r1"));
        case "EdDSA" -> {}
        default -> generator.initialize(2048);
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Claims that are good for {@link #ISSUER} and {@link #SERVICE}, and grant these scopes. */
  public static JsonObject claims(Instant now, String... scopes) {
    var access = new JsonArray();
    for (var text : scopes) {
      var scope = Scope.parse(text);
      if (scope == null) {
        throw new IllegalArgumentException(text);
      }
      access.add(
          new JsonObject()
              .put("type", scope.type())
              .put("name", scope.name())
              .put("actions", new JsonArray(List.copyOf(scope.actions()))));
    }
    return new JsonObject()
        .put("iss", ISSUER)
        .put("sub", "alice")
        .put("aud", SERVICE)
        .put("exp", now.getEpochSecond() + 300)
        .put("nbf", now.getEpochSecond() - 10)
        .put("iat", now.getEpochSecond())
        .put("jti", "an-id")
        .put("access", access);
  }

  /** The header of a token that names its key. */
  public static JsonObject header(String algorithm, @Nullable String kid) {
    var header = new JsonObject().put("typ", "JWT").put("alg", algorithm);
    return kid == null ? header : header.put("kid", kid);
  }

  /** A token signed in the way that its header says. */
  public static String token(JsonObject header, JsonObject claims, Key key) {
    var text = encoded(header.encode()) + "." + encoded(claims.encode());
    return text + "." + BASE64.encodeToString(signature(header.getString("alg"), text, key));
  }

  public static String encoded(String text) {
    return BASE64.encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] signature(String algorithm, String text, Key key) {
    var bytes = text.getBytes(StandardCharsets.US_ASCII);
    var size = algorithm.replaceAll("\\D", "");
    try {
      if (algorithm.startsWith("HS")) {
        var mac = Mac.getInstance("HmacSHA" + size);
        mac.init(key);
        return mac.doFinal(bytes);
      }
      var signature =
          switch (algorithm.substring(0, 2)) {
            case "RS" -> Signature.getInstance("SHA" + size + "withRSA");
            case "ES" -> Signature.getInstance("SHA" + size + "withECDSAinP1363Format");
            case "PS" -> pss(size);
            default -> Signature.getInstance("EdDSA");
          };
      signature.initSign((PrivateKey) key);
      signature.update(bytes);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Signature pss(String size) throws GeneralSecurityException {
    var signature = Signature.getInstance("RSASSA-PSS");
    var hash = "SHA-" + size;
    signature.setParameter(
        new PSSParameterSpec(
            hash, "MGF1", new MGF1ParameterSpec(hash), Integer.parseInt(size) / 8, 1));
    return signature;
  }

  /** A certificate that vouches for itself. */
  public static X509Bundle authority(String name) {
    return build(name, null, Instant.now().plusSeconds(3600));
  }

  /** A certificate that {@code issuer} vouches for. */
  public static X509Bundle issued(String name, X509Bundle issuer) {
    return build(name, issuer, Instant.now().plusSeconds(3600));
  }

  public static X509Bundle issued(String name, X509Bundle issuer, Instant until) {
    return build(name, issuer, until);
  }

  private static X509Bundle build(String name, @Nullable X509Bundle issuer, Instant until) {
    var builder =
        CERTIFICATES
            .copy()
            .subject("CN=" + name)
            .notBefore(Instant.now().minusSeconds(7200))
            .notAfter(until)
            .ecp256();
    try {
      return issuer == null ? builder.buildSelfSigned() : builder.buildIssuedBy(issuer);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Certificates as {@code x5c} has them. */
  public static JsonArray x5c(X509Bundle... chain) {
    return new JsonArray(
        Arrays.stream(chain)
            .map(bundle -> Base64.getEncoder().encodeToString(der(bundle.getCertificate())))
            .toList());
  }

  private static byte[] der(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Certificates as {@code rootcertbundle} has them. */
  public static String pem(X509Bundle... certificates) {
    return String.join("\n", Stream.of(certificates).map(X509Bundle::getCertificatePEM).toList());
  }
}
