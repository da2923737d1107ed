package io.layover;

import io.layover.config.Line;
import io.layover.config.Upstream;
import io.layover.log.Reason;
import io.layover.net.ProxyChoice;
import io.layover.upstream.Dialer;
import io.layover.upstream.Names;
import io.layover.upstream.Patience;
import io.layover.upstream.Reach;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes what upstreams are reached by, as the configuration and the environment say. */
final class Dialing {
  private static final Logger LOG = LoggerFactory.getLogger(Dialing.class);
  private static final int CHUNK = 128 << 10;
  private static final int LARGEST_HEADERS = 32 << 10;
  private static final int CONNECTIONS = 64;
  private static final int WAITING = 10_000;

  /** A small body is given at least this much time, whatever its pieces are given. */
  private static final Duration DOCUMENT = Duration.ofSeconds(60);

  private final Vertx vertx;
  private final ProxyChoice environment;

  private Dialing(Vertx vertx, ProxyChoice environment) {
    this.vertx = vertx;
    this.environment = environment;
  }

  /**
   * @throws StartException if the environment names a proxy that cannot be one
   */
  static Dialing by(Vertx vertx, Map<String, String> environment) throws StartException {
    try {
      return new Dialing(vertx, ProxyChoice.of(environment));
    } catch (IllegalArgumentException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * The dialer of an upstream.
   *
   * @throws StartException if one of its files cannot be used
   */
  Dialer dialer(Upstream upstream) throws StartException {
    var line = upstream.line();
    var proxies = line.proxy() == null ? environment : line.proxy();
    var proxy = proxies.of(upstream.remoteurl());
    if (proxy != null) {
      LOG.info("upstream {} is reached through {}", upstream.name(), proxy);
    }
    return new Dialer(
        clients(upstream.name(), line),
        Names.of(vertx),
        new Reach(upstream.name(), line.redirects()),
        proxies,
        patience(line.timeouts()));
  }

  private static Patience patience(Line.Timeouts timeouts) {
    var twice = timeouts.silence().multipliedBy(2);
    return new Patience(
        timeouts.connect(),
        timeouts.answer(),
        timeouts.silence(),
        twice.compareTo(DOCUMENT) > 0 ? twice : DOCUMENT);
  }

  private Dialer.Clients clients(String name, Line line) throws StartException {
    var options =
        new HttpClientOptions()
            .setMaxChunkSize(CHUNK)
            .setMaxHeaderSize(LARGEST_HEADERS)
            .setDecompressionSupported(false);
    if (line.skipverify()) {
      LOG.warn("upstream {}: its certificate is not verified, as skipverify says", name);
      options.setTrustAll(true).setVerifyHost(false);
    }
    if (line.ca() != null) {
      options.setTrustOptions(TrustOptions.wrap(trusting(name, line.ca())));
    }
    var pool = new PoolOptions().setHttp1MaxSize(CONNECTIONS).setMaxWaitQueueSize(WAITING);
    var unknown = vertx.createHttpClient(options, pool);
    if (line.certificate() == null || line.key() == null) {
      return new Dialer.Clients(unknown, unknown);
    }
    var certificate = certificate(name, line.certificate(), line.key());
    var known = new HttpClientOptions(options).setKeyCertOptions(certificate);
    return new Dialer.Clients(vertx.createHttpClient(known, pool), unknown);
  }

  private PemKeyCertOptions certificate(String name, Path certificate, Path key)
      throws StartException {
    var options =
        new PemKeyCertOptions().setCertPath(certificate.toString()).setKeyPath(key.toString());
    try {
      options.getKeyManagerFactory(vertx);
      return options;
    } catch (Exception e) {
      throw new StartException(
          "proxy.upstreams %s: certificate %s and key %s cannot be used: %s"
              .formatted(name, certificate, key, Reason.of(e)),
          e);
    }
  }

  /** Trusts those that the system trusts, and the certificates of a file. */
  private static TrustManager trusting(String name, Path ca) throws StartException {
    try (var in = Files.newInputStream(ca)) {
      var store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      var count = 0;
      for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("file-" + count++, certificate);
      }
      if (count == 0) {
        throw new CertificateException("there is none in it");
      }
      for (var certificate : trustManager(null).getAcceptedIssuers()) {
        store.setCertificateEntry("system-" + count++, certificate);
      }
      return trustManager(store);
    } catch (IOException | GeneralSecurityException e) {
      throw new StartException(
          "proxy.upstreams %s: ca %s cannot be used: %s".formatted(name, ca, Reason.of(e)), e);
    }
  }

  private static X509TrustManager trustManager(@Nullable KeyStore store)
      throws GeneralSecurityException {
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (var manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager x509) {
        return x509;
      }
    }
    throw new GeneralSecurityException("this Java trusts no certificates");
  }
}
