package io.layover;

import io.layover.log.Reason;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.X509KeyManager;

/**
 * What TLS needs of files, in PEM; a value that exists is good for use.
 *
 * @param certificate a chain, the server's own first
 * @param key the key of the first certificate
 * @param authorities those who make clients' certificates
 */
record KeyMaterial(String certificate, String key, List<String> authorities) {
  private static final long LARGEST = 1 << 20;

  /**
   * Reads the files.
   *
   * @throws IllegalArgumentException with a sentence that names the file that is not good
   */
  static KeyMaterial read(Path certificate, Path key, List<Path> authorities) {
    var material =
        new KeyMaterial(
            text(certificate), text(key), authorities.stream().map(KeyMaterial::text).toList());
    var own = certificates(certificate, material.certificate).getFirst();
    for (var i = 0; i < authorities.size(); i++) {
      certificates(authorities.get(i), material.authorities.get(i));
    }
    if (!belongs(privateKey(key, material), own)) {
      throw new IllegalArgumentException(
          "the key in %s does not belong to the certificate in %s".formatted(key, certificate));
    }
    return material;
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > LARGEST) {
        throw new IllegalArgumentException(file + " is larger than 1 MiB");
      }
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new IllegalArgumentException(file + " cannot be read: " + Reason.of(e), e);
    }
  }

  private static List<X509Certificate> certificates(Path file, String pem) {
    try {
      var found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(pem.getBytes(StandardCharsets.ISO_8859_1)))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (!found.isEmpty()) {
        return found;
      }
    } catch (CertificateException e) {
      throw new IllegalArgumentException(file + " holds no certificate in PEM", e);
    }
    throw new IllegalArgumentException(file + " holds no certificate in PEM");
  }

  /** The key as Vert.x will read it. */
  private static PrivateKey privateKey(Path file, KeyMaterial material) {
    var options =
        new PemKeyCertOptions()
            .addCertValue(Buffer.buffer(material.certificate))
            .addKeyValue(Buffer.buffer(material.key));
    try {
      for (var manager : options.getKeyManagerFactory(null).getKeyManagers()) {
        if (manager instanceof X509KeyManager keys) {
          for (var type : List.of("RSA", "EC", "EdDSA")) {
            var names = keys.getServerAliases(type, null);
            if (names != null && names.length > 0) {
              return keys.getPrivateKey(names[0]);
            }
          }
        }
      }
    } catch (Exception e) {
      throw new IllegalArgumentException(file + " holds no private key in PEM", e);
    }
    throw new IllegalArgumentException(file + " holds no private key in PEM");
  }

  private static boolean belongs(PrivateKey key, X509Certificate certificate) {
    var algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> key.getAlgorithm();
        };
    try {
      var signer = Signature.getInstance(algorithm);
      signer.initSign(key);
      signer.update((byte) 1);
      var signature = signer.sign();
      var verifier = Signature.getInstance(algorithm);
      verifier.initVerify(certificate.getPublicKey());
      verifier.update((byte) 1);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
