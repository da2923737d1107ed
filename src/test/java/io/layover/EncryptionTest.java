package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.config.ConfigReader;
import io.layover.oci.Digest;
import io.layover.parts.Certificates;
import io.layover.parts.Certificates.Pair;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class EncryptionTest {
  private static final long LIMIT_SECONDS = 30;

  @TempDir private Path directory;
  private final Vertx vertx = Vertx.vertx();
  private Certificates certificates;
  private Pair authority;
  private @Nullable Server server;

  @BeforeEach
  void makeAuthority() throws Exception {
    certificates = new Certificates(directory);
    authority = certificates.authority("authority");
  }

  @AfterEach
  void stop() throws Exception {
    if (server != null) {
      server.close().await(LIMIT_SECONDS, TimeUnit.SECONDS);
    }
    vertx.close().await(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  private Server serve(Pair pair, String... more) throws StartException {
    var variables = new HashMap<String, String>();
    variables.put("REGISTRY_HTTP_ADDR", "127.0.0.1:0");
    variables.put(
        "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", directory.resolve("data").toString());
    variables.put("REGISTRY_HTTP_TLS_CERTIFICATE", pair.certificate().toString());
    variables.put("REGISTRY_HTTP_TLS_KEY", pair.key().toString());
    for (var i = 0; i < more.length; i += 2) {
      variables.put(more[i], more[i + 1]);
    }
    server = Server.start(ConfigReader.read(null, Map.copyOf(variables)));
    return server;
  }

  private int port() {
    return Objects.requireNonNull(server).port();
  }

  /** A client that trusts the authority. */
  private HttpClientOptions client() {
    return new HttpClientOptions()
        .setSsl(true)
        .setUseAlpn(true)
        .setProtocolVersion(HttpVersion.HTTP_2)
        .setTrustOptions(new PemTrustOptions().addCertPath(authority.certificate().toString()));
  }

  /** What is known of an answer. */
  private record Seen(int status, HttpVersion version, String subject, Buffer body) {}

  private Seen get(HttpClientOptions options, String path) throws Exception {
    return send(options, HttpMethod.GET, path, Buffer.buffer());
  }

  private Seen send(HttpClientOptions options, HttpMethod method, String path, Buffer body)
      throws Exception {
    var client = vertx.createHttpClient(options);
    try {
      return client
          .request(
              new RequestOptions()
                  .setMethod(method)
                  .setHost("localhost")
                  .setServer(io.vertx.core.net.SocketAddress.inetSocketAddress(port(), "127.0.0.1"))
                  .setPort(port())
                  .setURI(path))
          .compose(request -> request.send(body))
          .compose(answer -> answer.body().map(bytes -> seen(answer, bytes)))
          .await(LIMIT_SECONDS, TimeUnit.SECONDS);
    } finally {
      client.close();
    }
  }

  private static Seen seen(HttpClientResponse answer, Buffer body) {
    try {
      var own = (X509Certificate) answer.request().connection().peerCertificates().getFirst();
      return new Seen(
          answer.statusCode(), answer.version(), own.getSubjectX500Principal().getName(), body);
    } catch (javax.net.ssl.SSLPeerUnverifiedException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"PKCS#8", "PKCS#1", "EC"})
  void everyFormOfKeyIsRead(String form) throws Exception {
    var pair =
        switch (form) {
          case "EC" -> certificates.signedEc("server", authority);
          case "PKCS#1" -> certificates.traditional(certificates.signed("server", authority));
          default -> certificates.signed("server", authority);
        };
    serve(pair);
    assertEquals(200, get(client(), "/v2/").status());
  }

  @Test
  void aChainIsSentWhole() throws Exception {
    var pair = certificates.signed("server", authority);
    Files.writeString(
        pair.certificate(),
        Files.readString(pair.certificate()) + Files.readString(authority.certificate()));
    serve(pair);
    assertEquals("CN=server", get(client(), "/v2/").subject());
  }

  @ParameterizedTest
  @CsvSource({"false, HTTP_2", "true, HTTP_1_1"})
  void speaksHttp2UnlessItIsDisabled(String disabled, HttpVersion version) throws Exception {
    serve(certificates.signed("server", authority), "REGISTRY_HTTP_HTTP2_DISABLED", disabled);
    assertEquals(version, get(client(), "/v2/").version());
  }

  @Test
  void blobsComeAndGo() throws Exception {
    serve(certificates.signed("server", authority));
    var bytes = new byte[3_000_000];
    new java.util.SplittableRandom(1).nextBytes(bytes);
    var content = Buffer.buffer(bytes);
    var digest = Digest.sha256(bytes);
    assertEquals(
        201,
        send(client(), HttpMethod.POST, "/v2/app/blobs/uploads/?digest=" + digest, content)
            .status());
    var plain = client().setProtocolVersion(HttpVersion.HTTP_1_1).setUseAlpn(false);
    for (var options : List.of(client(), plain)) {
      assertEquals(content, get(options, "/v2/app/blobs/" + digest).body());
    }
  }

  @Test
  void anOldVersionIsRefused() throws Exception {
    serve(certificates.signed("server", authority), "REGISTRY_HTTP_TLS_MINIMUMTLS", "tls1.3");
    var old = client().setEnabledSecureTransportProtocols(Set.of("TLSv1.2"));
    assertThrows(Exception.class, () -> get(old, "/v2/"));
    assertEquals(200, get(client(), "/v2/").status());
  }

  @Test
  void onlyTheChosenSuitesAreSpoken() throws Exception {
    serve(
        certificates.signed("server", authority),
        "REGISTRY_HTTP_TLS_CIPHERSUITES",
        "[TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]");
    var old = client().setEnabledSecureTransportProtocols(Set.of("TLSv1.2"));
    var other =
        new HttpClientOptions(old).addEnabledCipherSuite("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    var chosen =
        new HttpClientOptions(old).addEnabledCipherSuite("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
    assertThrows(Exception.class, () -> get(other, "/v2/"));
    assertEquals(200, get(chosen, "/v2/").status());
  }

  /** Who gets in: nobody's certificate, a stranger's, one of the authority's. */
  @ParameterizedTest
  @CsvSource({
    "'',                             true,  false, false, true",
    "require-and-verify-client-cert, true,  false, false, true",
    "verify-client-cert-if-given,    true,  true,  false, true",
    "require-any-client-cert,        false, false, true,  true",
    "request-client-cert,            false, true,  true,  true",
  })
  void clientsShowCertificates(
      String rule, boolean named, boolean none, boolean stranger, boolean own) throws Exception {
    var pair = certificates.signed("server", authority);
    var clientcas = named ? "[" + authority.certificate() + "]" : "[]";
    if (rule.isEmpty()) {
      serve(pair, "REGISTRY_HTTP_TLS_CLIENTCAS", clientcas);
    } else {
      serve(pair, "REGISTRY_HTTP_TLS_CLIENTCAS", clientcas, "REGISTRY_HTTP_TLS_CLIENTAUTH", rule);
    }
    assertEquals(none, getsIn(client()), "without a certificate");
    var strange = certificates.signed("stranger", certificates.authority("elsewhere"));
    assertEquals(stranger, getsIn(with(strange)), "with a stranger's");
    assertEquals(own, getsIn(with(certificates.signed("client", authority))), "with its own");
  }

  /** A client that shows its certificate whomever the server says to trust. */
  private HttpClientOptions with(Pair pair) throws Exception {
    var own =
        new PemKeyCertOptions()
            .addCertPath(pair.certificate().toString())
            .addKeyPath(pair.key().toString())
            .getKeyManagerFactory(vertx)
            .getKeyManagers()[0];
    return client().setKeyCertOptions(KeyCertOptions.wrap(new Insistent((X509KeyManager) own)));
  }

  private static final class Insistent extends X509ExtendedKeyManager {
    private final X509KeyManager keys;

    private Insistent(X509KeyManager keys) {
      this.keys = keys;
    }

    @Override
    public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
      return keys.getClientAliases("RSA", null)[0];
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      return keys.getClientAliases("RSA", null)[0];
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      return keys.getClientAliases("RSA", null);
    }

    @Override
    public String @Nullable [] getServerAliases(String type, Principal[] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      return null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return keys.getCertificateChain(alias);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return keys.getPrivateKey(alias);
    }
  }

  private boolean getsIn(HttpClientOptions options) {
    try {
      return get(options, "/v2/").status() == 200;
    } catch (Exception e) {
      return false;
    }
  }

  /** Renewed as by certbot: both files are replaced by renames, one after the other. */
  @Test
  void aRenewedCertificateIsUsedWithoutCuttingWhoIsConnected() throws Exception {
    var pair = certificates.signed("server", authority);
    serve(pair);
    var connected = vertx.createHttpClient(client());
    var renewed = certificates.signed("renewed", authority);
    assertEquals("CN=server", get(client(), "/v2/").subject());
    var before = over(connected);

    Files.move(renewed.key(), pair.key(), StandardCopyOption.REPLACE_EXISTING);
    Files.move(renewed.certificate(), pair.certificate(), StandardCopyOption.REPLACE_EXISTING);

    await(() -> get(client(), "/v2/").subject().equals("CN=renewed"));
    assertEquals(HttpVersion.HTTP_2, get(client(), "/v2/").version());
    assertEquals("CN=server", before);
    assertEquals("CN=server", over(connected), "the connection that was open");
  }

  private String over(io.vertx.core.http.HttpClient client) throws Exception {
    return client
        .request(HttpMethod.GET, port(), "localhost", "/v2/")
        .compose(request -> request.send())
        .compose(answer -> answer.body().map(bytes -> seen(answer, bytes).subject()))
        .await(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(Condition condition) throws Exception {
    var end = System.nanoTime() + Duration.ofSeconds(LIMIT_SECONDS).toNanos();
    while (!condition.holds()) {
      assertTrue(System.nanoTime() < end, "it did not come about in time");
    }
  }

  @Test
  void filesThatDoNotGoTogetherAreRefused() throws Exception {
    var one = certificates.signed("one", authority);
    var other = certificates.signed("other", authority);
    assertEquals(
        "http.tls cannot be used: the key in %s does not belong to the certificate in %s"
            .formatted(other.key(), one.certificate()),
        refusal(new Pair(one.certificate(), other.key())));
    assertEquals(
        "http.tls cannot be used: %s holds no certificate in PEM".formatted(one.key()),
        refusal(new Pair(one.key(), one.key())));
    assertEquals(
        "http.tls cannot be used: %s holds no private key in PEM".formatted(one.certificate()),
        refusal(new Pair(one.certificate(), one.certificate())));
    var nowhere = directory.resolve("nowhere");
    assertTrue(refusal(new Pair(one.certificate(), nowhere)).contains(nowhere + " cannot be read"));
  }

  private String refusal(Pair pair) {
    return String.valueOf(assertThrows(StartException.class, () -> serve(pair)).getMessage());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void http2WithoutTlsIsSpokenWhenItIsEnabled(boolean enabled) throws Exception {
    server =
        Server.start(
            ConfigReader.read(
                null,
                Map.of(
                    "REGISTRY_HTTP_ADDR", "127.0.0.1:0",
                    "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", directory.toString(),
                    "REGISTRY_HTTP_H2C_ENABLED", String.valueOf(enabled))));
    var options =
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setHttp2ClearTextUpgrade(false);
    var client = vertx.createHttpClient(options);
    var answered =
        client
            .request(HttpMethod.GET, port(), "127.0.0.1", "/v2/")
            .compose(request -> request.send())
            .map(answer -> answer.version() == HttpVersion.HTTP_2)
            .otherwise(false)
            .await(LIMIT_SECONDS, TimeUnit.SECONDS);
    assertEquals(enabled, answered);
  }
}
