package io.layover.parts;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.UUID;

/** Signs tokens with an RSA key whose self-signed certificate a registry can be given. */
final class TokenSigner {
  private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  private static final char[] PASSWORD = "secret".toCharArray();

  private final PrivateKey key;
  private final String keyId;
  private final Path certificate;

  private TokenSigner(PrivateKey key, String keyId, Path certificate) {
    this.key = key;
    this.keyId = keyId;
    this.certificate = certificate;
  }

  /** A signer with a key of its own. */
  static TokenSigner create() {
    var folder = Tools.freshFolder("token");
    var store = folder.resolve("key.p12");
    Command.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            ("-genkeypair -alias token -keyalg RSA -keysize 2048 -dname CN=token -validity 3650 "
                    + "-storetype PKCS12 -storepass secret -keystore "
                    + store)
                .split(" ", -1))
        .run()
        .orFail();
    try (var in = Files.newInputStream(store)) {
      var keys = KeyStore.getInstance("PKCS12");
      keys.load(in, PASSWORD);
      var certificate = keys.getCertificate("token");
      var key = (PrivateKey) keys.getKey("token", PASSWORD);
      var pem = folder.resolve("certificate.pem");
      write(pem, "CERTIFICATE", certificate.getEncoded());
      write(folder.resolve("key.pem"), "PRIVATE KEY", key.getEncoded());
      return new TokenSigner(key, libtrustId(certificate.getPublicKey()), pem);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void write(Path file, String what, byte[] bytes) throws IOException {
    var lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    Files.writeString(
        file, "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(what, lines, what));
  }

  Path certificate() {
    return certificate;
  }

  /** The private key, for servers that sign themselves. */
  Path key() {
    return certificate.resolveSibling("key.pem");
  }

  /** A signed token with these claims, good from now on for {@code lifetime}. */
  String sign(JsonObject claims, Duration lifetime) {
    var now = Instant.now();
    var header = new JsonObject().put("typ", "JWT").put("alg", "RS256").put("kid", keyId);
    var body =
        claims
            .copy()
            .put("jti", UUID.randomUUID().toString())
            .put("iat", now.getEpochSecond())
            .put("nbf", now.getEpochSecond() - 10)
            .put("exp", now.plus(lifetime).getEpochSecond());
    var text =
        encoded(header.encode().getBytes(StandardCharsets.UTF_8))
            + "."
            + encoded(body.encode().getBytes(StandardCharsets.UTF_8));
    try {
      var signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(key);
      signature.update(text.getBytes(StandardCharsets.US_ASCII));
      return text + "." + encoded(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** The fingerprint by which distribution up to 2.8 finds a key: twelve groups of four letters. */
  private static String libtrustId(PublicKey key) throws GeneralSecurityException {
    var hash = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
    var groups = new ArrayList<String>();
    var group = new StringBuilder();
    for (int bit = 0; bit < 240; bit += 5) {
      int pair = ((hash[bit / 8] & 0xff) << 8) | (hash[bit / 8 + 1] & 0xff);
      group.append(BASE32.charAt((pair >> (11 - bit % 8)) & 31));
      if (group.length() == 4) {
        groups.add(group.toString());
        group.setLength(0);
      }
    }
    return String.join(":", groups);
  }
}
