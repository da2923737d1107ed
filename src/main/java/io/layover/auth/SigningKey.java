package io.layover.auth;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** A key that signs tokens, with the certificates that vouch for it. */
public final class SigningKey {
  private static final Duration LIFE = Duration.ofDays(20 * 365);
  private static final int SERIAL_BITS = 120;

  private final PrivateKey privateKey;
  private final List<X509Certificate> chain;
  private final Algorithm algorithm;

  private SigningKey(PrivateKey privateKey, List<X509Certificate> chain, Algorithm algorithm) {
    this.privateKey = privateKey;
    this.chain = chain;
    this.algorithm = algorithm;
  }

  /**
   * Reads a key and its certificate, which may be followed by those that vouch for it.
   *
   * @throws IOException if that cannot be done, or they do not belong together
   */
  public static SigningKey read(Path certificate, Path key) throws IOException {
    var privateKey = Pem.key(key);
    var chain = new ArrayList<>(Pem.certificates(certificate));
    for (var candidate : List.copyOf(chain)) {
      var algorithm = algorithm(candidate.getPublicKey());
      if (algorithm != null && belong(privateKey, candidate.getPublicKey(), algorithm)) {
        chain.remove(candidate);
        chain.addFirst(candidate);
        return new SigningKey(privateKey, List.copyOf(chain), algorithm);
      }
    }
    throw new IOException(certificate + " has no certificate for the key " + key);
  }

  /** Makes a key, and a certificate by which a registry can be told to trust it. */
  static SigningKey generate() {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      var pair = generator.generateKeyPair();
      var name = new X500Principal("CN=Layover tokens");
      var now = Instant.now();
      var certificate =
          new JcaX509v3CertificateBuilder(
                  name,
                  new BigInteger(SERIAL_BITS, new SecureRandom()).add(BigInteger.ONE),
                  // Registries whose clocks are behind take it at once.
                  Date.from(now.minus(Duration.ofDays(1))),
                  Date.from(now.plus(LIFE)),
                  name,
                  pair.getPublic())
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()));
      return new SigningKey(
          pair.getPrivate(), List.of(Pem.certificate(certificate.getEncoded())), Algorithm.ES256);
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("every JDK makes keys for ECDSA", e);
    }
  }

  private static @Nullable Algorithm algorithm(PublicKey key) {
    return key instanceof RSAPublicKey
        ? Algorithm.RS256
        : Stream.of(Algorithm.ES256, Algorithm.ES384, Algorithm.ES512)
            .filter(algorithm -> algorithm.fits(key))
            .findFirst()
            .orElse(null);
  }

  /** True if the one verifies what the other signs. */
  private static boolean belong(PrivateKey privateKey, PublicKey publicKey, Algorithm algorithm) {
    try {
      var scheme = algorithm == Algorithm.RS256 ? "SHA256withRSA" : "SHA256withECDSA";
      var signature = Signature.getInstance(scheme);
      signature.initSign(privateKey);
      var signed = signature.sign();
      signature.initVerify(publicKey);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  PublicKey publicKey() {
    return chain.getFirst().getPublicKey();
  }

  Algorithm algorithm() {
    return algorithm;
  }

  /** The private key in PEM, PKCS#8. */
  String privatePem() {
    return Pem.text("PRIVATE KEY", privateKey.getEncoded());
  }

  /** The first certificate in PEM. */
  String certificatePem() {
    return Pem.text("CERTIFICATE", encoded(chain.getFirst()));
  }

  /**
   * The certificates as a token's header has them; empty while one is not valid, as registries then
   * refuse a token that they would accept by the key's name.
   */
  List<String> x5c(Instant now) {
    return chain.stream()
            .allMatch(
                c ->
                    c.getNotBefore().toInstant().isBefore(now)
                        && c.getNotAfter().toInstant().isAfter(now))
        ? chain.stream().map(c -> Base64.getEncoder().encodeToString(encoded(c))).toList()
        : List.of();
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("it was read from its encoding", e);
    }
  }

  /** The first certificate says which key it is, in whatever form that was written. */
  @Override
  public boolean equals(Object other) {
    return other instanceof SigningKey key && chain.equals(key.chain);
  }

  @Override
  public int hashCode() {
    return chain.hashCode();
  }
}
