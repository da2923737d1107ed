package io.layover;

import io.layover.config.HttpTls;
import io.layover.config.HttpTls.ClientAuth;
import io.layover.watch.FileWatch;
import io.layover.watch.Watched;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.TrustOptions;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.X509TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS at an address. Certificates and keys are read again when their files change; connections that
 * are open stay as they are.
 */
final class Encryption implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Encryption.class);
  private static final List<String> VERSIONS = List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");

  /** Lets everybody in: whether a certificate is good is not asked where this is used. */
  private static final X509TrustManager ANYONE =
      new X509TrustManager() {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
          return new X509Certificate[0];
        }
      };

  /**
   * What is asked of connections.
   *
   * @param leastVersion 0 to 3, for TLS 1.0 to 1.3
   * @param suites empty: the engine's default
   */
  record Rules(ClientAuth clients, int leastVersion, List<String> suites, boolean http2) {
    static Rules of(HttpTls tls, boolean http2) {
      var least = tls.minimumtls().charAt(tls.minimumtls().length() - 1) - '0';
      return new Rules(tls.clientauth(), least, tls.ciphersuites(), http2);
    }

    private Set<String> versions() {
      return new LinkedHashSet<>(VERSIONS.subList(leastVersion, VERSIONS.size()));
    }
  }

  private final Rules rules;
  private final Watched<KeyMaterial> material;
  private Future<Boolean> updated = Future.succeededFuture(false);

  /**
   * Reads the files.
   *
   * @param what the files by a name for the log
   * @throws IllegalArgumentException if a file is not what it should be
   */
  Encryption(
      FileWatch watch,
      String what,
      Path certificate,
      Path key,
      List<Path> authorities,
      Rules rules) {
    this.rules = rules;
    this.material =
        new Watched<>(
            watch,
            what,
            Stream.concat(Stream.of(certificate, key), authorities.stream()).toList(),
            () -> KeyMaterial.read(certificate, key, authorities));
  }

  /** Makes a server's connections encrypted. */
  void apply(HttpServerOptions options) {
    var ssl = options(material.get());
    options
        .setSsl(true)
        .setUseAlpn(true)
        .setAlpnVersions(
            rules.http2
                ? List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1)
                : List.of(HttpVersion.HTTP_1_1))
        .setEnabledSecureTransportProtocols(ssl.getEnabledSecureTransportProtocols())
        .setKeyCertOptions(ssl.getKeyCertOptions())
        .setTrustOptions(ssl.getTrustOptions())
        .setClientAuth(ssl.getClientAuth());
    rules.suites.forEach(options::addEnabledCipherSuite);
    if (OpenSSLEngineOptions.isAvailable()) {
      options.setSslEngineOptions(new OpenSSLEngineOptions());
    }
  }

  /** Has a server use new files as soon as they are there, those since {@link #apply} included. */
  void follow(HttpServer server) {
    material.onChange(changed -> update(server, changed));
    update(server, material.get());
  }

  /** One after the other: a server does not bear two updates at a time. */
  private synchronized void update(HttpServer server, KeyMaterial changed) {
    updated =
        updated
            .transform(before -> server.updateSSLOptions(options(changed)))
            .onFailure(e -> LOG.error("the certificate in the files is not in force", e));
  }

  private ServerSSLOptions options(KeyMaterial material) {
    var options =
        new ServerSSLOptions()
            .setKeyCertOptions(
                new PemKeyCertOptions()
                    .addCertValue(Buffer.buffer(material.certificate()))
                    .addKeyValue(Buffer.buffer(material.key())))
            .setUseAlpn(true)
            .setEnabledSecureTransportProtocols(rules.versions())
            .setClientAuth(clientAuth());
    rules.suites.forEach(options::addEnabledCipherSuite);
    if (rules.clients != ClientAuth.NO_CLIENT_CERT) {
      options.setTrustOptions(trust(material));
    }
    return options;
  }

  private TrustOptions trust(KeyMaterial material) {
    if (!rules.clients.verifies()) {
      return TrustOptions.wrap(ANYONE);
    }
    var trusted = new PemTrustOptions();
    material.authorities().forEach(pem -> trusted.addCertValue(Buffer.buffer(pem)));
    return trusted;
  }

  private io.vertx.core.http.ClientAuth clientAuth() {
    return switch (rules.clients) {
      case NO_CLIENT_CERT -> io.vertx.core.http.ClientAuth.NONE;
      case REQUEST_CLIENT_CERT, VERIFY_CLIENT_CERT_IF_GIVEN ->
          io.vertx.core.http.ClientAuth.REQUEST;
      case REQUIRE_ANY_CLIENT_CERT, REQUIRE_AND_VERIFY_CLIENT_CERT ->
          io.vertx.core.http.ClientAuth.REQUIRED;
    };
  }

  @Override
  public void close() {
    material.close();
  }
}
