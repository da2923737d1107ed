package io.layover.config;

import io.layover.oci.Excerpt;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Versions, curves and cipher suites of TLS, written by their names or numbers. */
final class TlsNames {
  private static final Map<Integer, String> VERSIONS =
      Map.of(0x0301, "TLS10", 0x0302, "TLS11", 0x0303, "TLS12", 0x0304, "TLS13");

  private static final Map<Integer, String> CURVES =
      Map.of(23, "P256", 24, "P384", 25, "P521", 29, "X25519");

  private static final Map<Integer, String> SUITES =
      Map.ofEntries(
          Map.entry(0x0005, "TLS_RSA_WITH_RC4_128_SHA"),
          Map.entry(0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
          Map.entry(0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"),
          Map.entry(0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"),
          Map.entry(0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256"),
          Map.entry(0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256"),
          Map.entry(0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
          Map.entry(0x1301, "TLS_AES_128_GCM_SHA256"),
          Map.entry(0x1302, "TLS_AES_256_GCM_SHA384"),
          Map.entry(0x1303, "TLS_CHACHA20_POLY1305_SHA256"),
          Map.entry(0x5600, "TLS_FALLBACK_SCSV"),
          Map.entry(0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"),
          Map.entry(0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
          Map.entry(0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
          Map.entry(0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"),
          Map.entry(0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
          Map.entry(0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
          Map.entry(0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
          Map.entry(0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
          Map.entry(0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
          Map.entry(0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
          Map.entry(0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
          Map.entry(0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
          Map.entry(0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
          Map.entry(0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
          Map.entry(0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"));

  private TlsNames() {}

  /** A version such as TLS12, also written 0x0303; SSL 3 counts as TLS10, the oldest there is. */
  static String version(String text) {
    return text.equals("SSL30") ? "TLS10" : named(text, VERSIONS, "version of TLS, such as TLS12");
  }

  /** A curve such as P256 or X25519, also written 29. */
  static String curve(String text) {
    return named(text, CURVES, "curve of TLS, such as P256 or X25519");
  }

  /** A cipher suite, also written 0xc02f; Go leaves the hash out of two names. */
  static String suite(String text) {
    var whole = text.endsWith("_POLY1305") ? text + "_SHA256" : text;
    return named(
        whole, SUITES, "cipher suite of TLS, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
  }

  private static String named(String text, Map<Integer, String> names, String kind) {
    var number = number(text);
    var name = number == null ? null : names.get(number);
    if (name == null && !names.containsValue(text)) {
      throw new IllegalArgumentException("\"" + Excerpt.of(text) + "\" is no " + kind);
    }
    return name == null ? text : name;
  }

  private static @Nullable Integer number(String text) {
    return text.matches("0[xX][0-9A-Fa-f]{1,4}|[0-9]{1,5}") ? Integer.decode(text) : null;
  }
}
