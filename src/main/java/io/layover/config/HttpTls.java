package io.layover.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code http.tls}.
 *
 * @param certificate in PEM, followed by those it rests on
 * @param key in PEM
 * @param clientcas files with the authorities whose certificates clients may have
 * @param clientauth what is asked of clients
 * @param minimumtls tls1.0 to tls1.3
 * @param ciphersuites by the names of their standards; empty: the default
 */
public record HttpTls(
    Path certificate,
    Path key,
    List<Path> clientcas,
    ClientAuth clientauth,
    String minimumtls,
    List<String> ciphersuites,
    @Nullable LetsEncrypt letsencrypt) {
  private static final List<String> VERSIONS = List.of("tls1.0", "tls1.1", "tls1.2", "tls1.3");

  /** What is asked of clients; the names are those of distribution. */
  public enum ClientAuth {
    /** Nothing, which is the default without clientcas. */
    NO_CLIENT_CERT,
    /** A certificate may be sent, and nobody looks at it. */
    REQUEST_CLIENT_CERT,
    /** Some certificate must be sent, whoever made it. */
    REQUIRE_ANY_CLIENT_CERT,
    /** If one is sent, it must be of clientcas. */
    VERIFY_CLIENT_CERT_IF_GIVEN,
    /** One of clientcas must be sent, which is the default with clientcas. */
    REQUIRE_AND_VERIFY_CLIENT_CERT;

    /** True if a certificate that is sent must be of clientcas. */
    public boolean verifies() {
      return this == VERIFY_CLIENT_CERT_IF_GIVEN || this == REQUIRE_AND_VERIFY_CLIENT_CERT;
    }
  }

  /** A certificate from Let's Encrypt. */
  public record LetsEncrypt(
      @Nullable Path cachefile,
      @Nullable String email,
      List<String> hosts,
      @Nullable String directoryurl) {}

  static @Nullable HttpTls read(Section s) {
    var acme = s.section("letsencrypt");
    var letsencrypt =
        new LetsEncrypt(
            acme.path("cachefile"),
            acme.text("email"),
            acme.texts("hosts"),
            acme.text("directoryurl"));
    s.requireBoth("certificate", "key");
    var clientcas = s.paths("clientcas");
    var clientauth =
        s.choice(
            "clientauth",
            clientcas.isEmpty()
                ? ClientAuth.NO_CLIENT_CERT
                : ClientAuth.REQUIRE_AND_VERIFY_CLIENT_CERT);
    if (clientauth.verifies() && clientcas.isEmpty()) {
      s.problem("clientcas", "is required: nothing says which certificates are good");
    }
    var tls =
        new HttpTls(
            Objects.requireNonNullElse(s.path("certificate"), Path.of("")),
            Objects.requireNonNullElse(s.path("key"), Path.of("")),
            clientcas,
            clientauth,
            s.value("minimumtls", HttpTls::parseVersion, "tls1.2"),
            s.values("ciphersuites", TlsNames::suite),
            acme.isPresent() ? letsencrypt : null);
    if (!s.has("certificate")) {
      for (var key : List.of("clientcas", "clientauth", "minimumtls", "ciphersuites")) {
        if (s.has(key)) {
          s.warn(key, "has no effect without http.tls.certificate and http.tls.key");
        }
      }
      return null;
    }
    return tls;
  }

  private static String parseVersion(String text) {
    if (!VERSIONS.contains(text)) {
      throw new IllegalArgumentException("must be one of " + String.join(", ", VERSIONS));
    }
    return text;
  }
}
