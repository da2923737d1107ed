package io.layover.auth;

import java.security.PublicKey;

/** How a token names the key that signed it. */
public enum KeyName {
  /** As distribution up to version 2.8 looks for it. */
  LIBTRUST {
    @Override
    String of(PublicKey key) {
      return Jwk.libtrustId(key);
    }
  },
  /** By RFC 7638, as distribution from version 3 on looks for it. */
  THUMBPRINT {
    @Override
    String of(PublicKey key) {
      return Jwk.thumbprint(key);
    }
  };

  abstract String of(PublicKey key);
}
