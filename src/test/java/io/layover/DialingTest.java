package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.config.ConfigReader;
import io.layover.config.Proxy;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.layover.standin.ProxyStandIn;
import io.layover.upstream.UpstreamClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How upstreams are reached: forward proxies, authorities, client certificates, patience. */
class DialingTest {
  private static final Image IMAGE = Images.tiny(72);
  private static final String LATEST = "/v2/library/app/manifests/latest";
  private static final String BLOB = "/v2/library/app/blobs/" + IMAGE.layers().getFirst();

  private static X509Bundle authority;
  private static X509Bundle server;
  private static X509Bundle client;

  private final Vertx vertx = Vertx.vertx();

  @TempDir Path root;

  @BeforeAll
  static void certify() throws Exception {
    authority =
        new CertificateBuilder()
            .subject("CN=authority")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    server =
        new CertificateBuilder()
            .subject("CN=server")
            .addSanDnsName("localhost")
            .addSanDnsName("registry.example")
            .addSanIpAddress("127.0.0.1")
            .buildIssuedBy(authority);
    client = new CertificateBuilder().subject("CN=layover").buildIssuedBy(authority);
  }

  @AfterEach
  void close() {
    vertx.close().await();
  }

  private static HubStandIn filled(HubStandIn hub) {
    hub.repository("library/app").put("latest", IMAGE);
    return hub;
  }

  private Mirror mirror(String url, String more) {
    return Mirror.of(
        url,
        root.resolve("data"),
        "REGISTRY_PROXY_UPSTREAMS",
        "[{name: docker.io, remoteurl: '%s', default: true, %s}]".formatted(url, more));
  }

  private static void pulls(Mirror mirror) throws Exception {
    assertEquals(200, mirror.get(LATEST).statusCode());
    assertEquals(200, mirror.get(BLOB).statusCode());
  }

  private static Function<String, HttpServerOptions> tls() {
    var options =
        new HttpServerOptions()
            .setSsl(true)
            .setKeyCertOptions(
                new PemKeyCertOptions()
                    .setCertValue(Buffer.buffer(server.getCertificatePathPEM()))
                    .setKeyValue(Buffer.buffer(server.getPrivateKeyPEM())));
    return name -> new HttpServerOptions(options);
  }

  private Path file(String name, String text) throws Exception {
    return Files.writeString(root.resolve(name), text);
  }

  @Test
  void anAuthorityOfItsOwnIsTrusted() throws Exception {
    var ca = file("ca.pem", "# ours\n" + authority.getCertificatePEM());
    try (var hub = filled(HubStandIn.start(vertx, tls()));
        var mirror = mirror(hub.url(), "ca: '" + ca + "'")) {
      pulls(mirror);
      assertEquals(
          "registry cdn",
          hub.log().requests("GET", "/manifests/|^/cdn/").stream()
              .map(r -> r.server())
              .distinct()
              .reduce((a, b) -> a + " " + b)
              .orElse(""));
    }
  }

  @Test
  void whatNobodyVouchesForIsNotTrustedUnlessToldTo() throws Exception {
    try (var hub = filled(HubStandIn.start(vertx, tls()))) {
      try (var mirror = mirror(hub.url(), "")) {
        assertEquals(502, mirror.get(LATEST).statusCode());
        assertEquals(0, hub.requests().size());
      }
      try (var mirror = mirror(hub.url(), "skipverify: true")) {
        pulls(mirror);
      }
    }
  }

  /** Whoever is asked on the upstream's word is none of those who may know who we are. */
  @Test
  void theUpstreamAndItsTokenServerSeeOurCertificateAndNobodyElse() throws Exception {
    var ca = file("ca.pem", authority.getCertificatePEM());
    var certificate = file("me.pem", client.getCertificatePathPEM());
    var key = file("me.key", client.getPrivateKeyPEM());
    var trust = new PemTrustOptions().addCertValue(Buffer.buffer(authority.getCertificatePEM()));
    Function<String, HttpServerOptions> asking =
        name ->
            tls()
                .apply(name)
                .setTrustOptions(trust)
                .setClientAuth(name.equals("cdn") ? ClientAuth.REQUEST : ClientAuth.REQUIRED);
    var files = "ca: '%s', certificate: '%s', key: '%s'".formatted(ca, certificate, key);
    try (var hub = filled(HubStandIn.start(vertx, asking))) {
      try (var mirror = mirror(hub.url(), files)) {
        pulls(mirror);
        assertTrue(hub.log().only("GET", "^/token").hadCertificate());
        assertTrue(hub.log().requests("GET", "^/v2/").stream().allMatch(r -> r.hadCertificate()));
        assertFalse(hub.log().only("GET", "^/cdn/").hadCertificate());
      }
      try (var mirror = mirror(hub.url(), "ca: '" + ca + "'")) {
        hub.log().clear();
        assertEquals(200, mirror.get(LATEST).statusCode(), "from the cache");
        assertEquals(0, hub.requests().size(), "not without a certificate");
      }
    }
  }

  @Test
  void filesThatCannotBeUsedAreNamedAtTheStart() throws Exception {
    var none = file("none.pem", "nothing");
    var ca = file("ca.pem", authority.getCertificatePEM());
    for (var more :
        List.of(
            "ca: " + root.resolve("absent.pem"),
            "ca: " + none,
            "certificate: %s, key: %s".formatted(ca, root.resolve("absent.key")),
            "certificate: %s, key: %s".formatted(ca, none))) {
      var upstream = upstream("https://a.example", more);
      var dialing = Dialing.by(vertx, Map.of());
      var e = assertThrows(StartException.class, () -> dialing.dialer(upstream), more);
      var message = String.valueOf(e.getMessage());
      assertTrue(message.startsWith("proxy.upstreams a.example: "), message);
      assertTrue(message.contains(more.replaceAll("^.*/", "")), message);
    }
    var e =
        assertThrows(
            StartException.class, () -> Dialing.by(vertx, Map.of("HTTPS_PROXY", "ftp://p")));
    assertTrue(String.valueOf(e.getMessage()).startsWith("HTTPS_PROXY must begin"), e::getMessage);
  }

  private static io.layover.config.Upstream upstream(String url, String more) {
    var list = "[{remoteurl: '%s', default: true, %s}]".formatted(url, more);
    Proxy proxy = ConfigReader.read(null, Map.of("REGISTRY_PROXY_UPSTREAMS", list)).proxy();
    if (proxy == null) {
      throw new AssertionError("there is one");
    }
    return proxy.upstreams().getFirst();
  }

  /** Nobody knows these names but the proxy. */
  @Test
  void everythingGoesThroughTheProxyThatIsConfigured() throws Exception {
    try (var hub =
            filled(HubStandIn.start(vertx).realmHost("auth.example").cdnHost("cdn.example"));
        var proxy = ProxyStandIn.start("me", "p:w@d");
        var mirror =
            mirror(
                "http://registry.example:" + hub.port(),
                "proxy: 'http://me:p%3Aw%40d@" + proxy.address() + "'")) {
      pulls(mirror);
      assertTrue(
          proxy.asked().contains("GET registry.example:" + hub.port()), proxy.asked()::toString);
      assertEquals(
          List.of("auth.example", "cdn.example", "registry.example"),
          proxy.asked().stream()
              .map(a -> a.replaceAll("GET |:.*", ""))
              .distinct()
              .sorted()
              .toList());
    }
  }

  @Test
  void tlsGoesThroughAsATunnel() throws Exception {
    var ca = file("ca.pem", authority.getCertificatePEM());
    try (var hub = filled(HubStandIn.start(vertx, tls()));
        var proxy = ProxyStandIn.start();
        var mirror =
            mirror(
                "https://registry.example:" + hub.port(),
                "ca: '%s', proxy: '%s'".formatted(ca, proxy.address()))) {
      hub.realmHost("registry.example").cdnHost("registry.example");
      pulls(mirror);
      assertTrue(
          proxy.asked().stream().allMatch(a -> a.startsWith("CONNECT registry.example:")),
          proxy.asked()::toString);
    }
  }

  @Test
  void socksIsSpokenToo() throws Exception {
    try (var hub =
            filled(HubStandIn.start(vertx).realmHost("auth.example").cdnHost("cdn.example"));
        var proxy = ProxyStandIn.start();
        var mirror =
            mirror(
                "http://registry.example:" + hub.port(),
                "proxy: 'socks5://" + proxy.address() + "'")) {
      pulls(mirror);
      assertTrue(
          proxy.asked().contains("SOCKS registry.example:" + hub.port()), proxy.asked()::toString);
    }
  }

  @Test
  void aProxyThatRefusesIsTheUpstreamsFailure() throws Exception {
    try (var hub = filled(HubStandIn.start(vertx));
        var proxy = ProxyStandIn.start("me", "right");
        var mirror =
            mirror(
                "http://registry.example:" + hub.port(),
                "proxy: 'http://me:wrong@" + proxy.address() + "'")) {
      assertEquals(502, mirror.get(LATEST).statusCode());
      assertEquals(0, hub.requests().size());
    }
  }

  /** A proxy stands inside, and can be made to ask what only it can reach, as we could. */
  @Test
  void aProxyIsNotAskedToCallInside() throws Exception {
    try (var hub =
            filled(HubStandIn.start(vertx).realmHost("auth.example").cdnHost("cdn.example"));
        var proxy = ProxyStandIn.start();
        var mirror =
            mirror(
                "http://registry.example:" + hub.port(),
                "proxy: 'http://" + proxy.address() + "'")) {
      pulls(mirror);
      for (var inside :
          List.of(
              "http://127.0.0.1:1/",
              "http://localhost:1/",
              "http://10.0.0.1/",
              "http://2130706433/")) {
        var asked = proxy.asked().size();
        var other = "/v2/library/app/blobs/" + IMAGE.config();
        hub.when("GET", other).redirect(inside);
        assertEquals(502, mirror.get(other).statusCode());
        assertTrue(
            proxy.asked().stream().skip(asked).allMatch(a -> a.contains(".example:")),
            proxy.asked()::toString);
      }
    }
  }

  @Test
  void theEnvironmentNamesAProxyAndWhatIsCalledWithoutIt() throws Exception {
    try (var hub = filled(HubStandIn.start(vertx));
        var proxy = ProxyStandIn.start()) {
      var environment =
          Map.of("http_proxy", "http://" + proxy.address(), "NO_PROXY", "direct.example");
      var url = "http://registry.example:" + hub.port();
      assertEquals(401, ping(upstream(url, ""), environment));
      assertEquals(List.of("GET registry.example:" + hub.port()), proxy.asked());
      assertEquals(401, ping(upstream(hub.url(), ""), environment), "this machine's own");
      assertThrows(Exception.class, () -> ping(upstream("http://direct.example", ""), environment));
      assertThrows(Exception.class, () -> ping(upstream(url, "proxy: none"), environment));
      assertEquals(1, proxy.asked().size());
    }
  }

  private int ping(io.layover.config.Upstream configured, Map<String, String> environment)
      throws Exception {
    var dialer = Dialing.by(vertx, environment).dialer(configured);
    var client =
        new UpstreamClient(
            Upstreaming.upstream(configured, false), dialer, new SimpleMeterRegistry());
    // Answers are received on an event loop: elsewhere one may have ended before it is looked at.
    return Future.<Integer>future(
            answered -> vertx.runOnContext(v -> client.ping().onComplete(answered)))
        .await();
  }

  @Test
  void patienceIsConfigured() throws Exception {
    try (var hub = filled(HubStandIn.start(vertx));
        var mirror = mirror(hub.url(), "timeouts: {answer: 300ms}")) {
      hub.when("HEAD", "/manifests/").hang();
      assertEquals(502, mirror.get(LATEST).statusCode());
      hub.behave();
      pulls(mirror);
    }
  }
}
