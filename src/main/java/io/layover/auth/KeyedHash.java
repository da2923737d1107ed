package io.layover.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** Stands for secrets where they are compared: HMAC-SHA256 with a key that only this one has. */
final class KeyedHash {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int KEY = 32;

  private final SecretKey key;

  /** With a key that nobody else has, ever. */
  KeyedHash() {
    this(random());
  }

  KeyedHash(byte[] key) {
    this.key = new SecretKeySpec(key, ALGORITHM);
  }

  static byte[] random() {
    var key = new byte[KEY];
    new SecureRandom().nextBytes(key);
    return key;
  }

  /** The hash of these texts, in this order and with these borders. */
  String of(String... parts) {
    try {
      var mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      for (var part : parts) {
        var bytes = part.getBytes(StandardCharsets.UTF_8);
        mac.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        mac.update(bytes);
      }
      return Base64.getUrlEncoder().withoutPadding().encodeToString(mac.doFinal());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA256", e);
    }
  }
}
