package io.layover.auth;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/**
 * Keys and certificates as text.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7468">RFC 7468</a>
 */
final class Pem {
  private static final long LARGEST = 1 << 20;
  private static final String EC = "1.2.840.10045.2.1";

  private Pem() {}

  /**
   * The private key of a file: PKCS#8, or the older forms of RSA (PKCS#1) and EC (SEC 1).
   *
   * @throws IOException if it has none, or one that is encrypted or of another kind
   */
  static PrivateKey key(Path file) throws IOException {
    for (var object : objects(file)) {
      switch (object) {
        case PrivateKeyInfo key -> {
          return key(key, file);
        }
        case PEMKeyPair pair -> {
          return key(pair.getPrivateKeyInfo(), file);
        }
        case PEMEncryptedKeyPair key -> throw encrypted(file);
        case PKCS8EncryptedPrivateKeyInfo key -> throw encrypted(file);
        default -> {
          // Certificates and parameters may stand before the key.
        }
      }
    }
    throw new IOException(file + " has no private key");
  }

  private static IOException encrypted(Path file) {
    return new IOException(file + " is encrypted; the key must be readable as it is");
  }

  private static PrivateKey key(PrivateKeyInfo key, Path file) throws IOException {
    var kind = key.getPrivateKeyAlgorithm().getAlgorithm().getId();
    try {
      return KeyFactory.getInstance(kind.equals(EC) ? "EC" : "RSA")
          .generatePrivate(new PKCS8EncodedKeySpec(key.getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IOException(file + " has a key that is neither RSA nor EC", e);
    }
  }

  /**
   * The certificates of a file in their order.
   *
   * @throws IOException if it has none
   */
  static List<X509Certificate> certificates(Path file) throws IOException {
    var certificates = new ArrayList<X509Certificate>();
    for (var object : objects(file)) {
      if (object instanceof X509CertificateHolder holder) {
        certificates.add(certificate(holder.getEncoded()));
      }
    }
    if (certificates.isEmpty()) {
      throw new IOException(file + " has no certificate");
    }
    return certificates;
  }

  static X509Certificate certificate(byte[] der) throws IOException {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw new IOException("a certificate cannot be read", e);
    }
  }

  private static List<Object> objects(Path file) throws IOException {
    if (Files.size(file) > LARGEST) {
      throw new IOException(file + " is larger than 1 MiB");
    }
    var text = Files.readString(file, StandardCharsets.ISO_8859_1);
    var objects = new ArrayList<Object>();
    try (var parser = new PEMParser(new StringReader(text))) {
      for (var object = parser.readObject(); object != null; object = parser.readObject()) {
        objects.add(object);
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException(file + " is not PEM", e);
    }
    return objects;
  }

  /** A block with its lines around it. */
  static String text(String kind, byte[] der) {
    return "-----BEGIN "
        + kind
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END "
        + kind
        + "-----\n";
  }
}
