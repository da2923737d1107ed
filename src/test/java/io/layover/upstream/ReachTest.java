package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.net.InetAddresses;
import io.layover.net.HostPattern;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom an upstream can make us call, and whom not. */
class ReachTest {
  private static final Image IMAGE = Images.tiny(71);
  private static final String BLOB = "/v2/library/app/blobs/" + IMAGE.layers().getFirst();

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);

  @TempDir Path root;

  @BeforeEach
  void fill() {
    hub.repository("library/app").put("latest", IMAGE);
  }

  @AfterEach
  void close() {
    hub.close();
    vertx.close().await();
  }

  @ParameterizedTest(name = "from {0} to {1}, with [{2}]: {3}")
  @CsvSource({
    "8.8.8.8, 9.9.9.9, '', true",
    "10.0.0.1, 9.9.9.9, '', true",
    "8.8.8.8, 10.0.0.1, '', false",
    "8.8.8.8, 127.0.0.1, '', false",
    "8.8.8.8, ::1, '', false",
    "8.8.8.8, ::ffff:127.0.0.1, '', false",
    "8.8.8.8, fd00::1, '', false",
    "8.8.8.8, 169.254.1.1, '', false",
    "8.8.8.8, 100.64.0.1, '', false",
    "8.8.8.8, 0.0.0.0, '', false",
    "8.8.8.8, 224.0.0.1, '', false",
    "8.8.8.8, 64:ff9b::a00:1, '', false",
    // Neighbours.
    "10.0.0.1, 192.168.0.1, '', true",
    "fd00::1, 10.0.0.1, '', true",
    "127.0.0.1, ::1, '', true",
    "10.0.0.1, 127.0.0.1, '', false",
    "127.0.0.1, 10.0.0.1, '', false",
    "169.254.1.1, 169.254.1.2, '', true",
    "169.254.1.1, 169.254.169.254, '', false",
    "fd00::1, fd00:ec2::254, '', false",
    "169.254.169.254, 169.254.169.254, '', false",
    "0.0.0.0, 0.0.0.0, '', false",
    // What is listed.
    "8.8.8.8, 10.0.0.1, 10.0.0.0/8, true",
    "8.8.8.8, 10.0.0.1, 10.0.0.2, false",
    "8.8.8.8, 10.0.0.1, host.example, true",
    "8.8.8.8, 10.0.0.1, *.example, true",
    "8.8.8.8, 10.0.0.1, other.example, false",
    "8.8.8.8, 169.254.169.254, host.example, false",
    "8.8.8.8, 169.254.169.254, 169.254.169.254, true",
  })
  void decides(String from, String to, String listed, boolean allowed) {
    var reach = new Reach("docker.io", patterns(listed));
    var sender = Sender.at(InetAddresses.forString(from));
    var there = InetAddresses.forString(to);
    if (allowed) {
      reach.check("host.example", there, sender);
    } else {
      var refused =
          assertThrows(UpstreamFailure.class, () -> reach.check("host.example", there, sender));
      assertEquals(Refusal.ADDRESS, refused.refusal());
    }
    // What the configuration names is called wherever it is.
    reach.check("host.example", there, Sender.CONFIGURATION);
  }

  private static List<HostPattern> patterns(String listed) {
    return Stream.of(listed).filter(l -> !l.isEmpty()).map(HostPattern::parse).toList();
  }

  /** Behind a forward proxy only the name is known. */
  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "cdn.example, true",
    "internal.example, true",
    "localhost, false",
    "a.LOCALHOST., false",
    "metadata.google.internal, false",
    "2130706433, false",
    "0x7f.1, false",
    "0x7f000001, false",
    "127.1, false",
    "listed.internal, true",
  })
  void decidesByName(String host, boolean allowed) {
    var reach = new Reach("docker.io", patterns("listed.internal"));
    if (allowed) {
      reach.checkName(host, Sender.at(null));
    } else {
      assertThrows(UpstreamFailure.class, () -> reach.checkName(host, Sender.at(null)));
    }
    reach.checkName(host, Sender.CONFIGURATION);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://[fd00:ec2::254]/",
        "http://0.0.0.0/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://private.example/",
      })
  void aRedirectOutOfReachIsNotFollowed(String location) throws Exception {
    Names names = host -> address(host.equals("private.example") ? "192.168.7.7" : "127.0.0.1");
    try (var mirror = MirrorFixture.in(names, hub.url(), root)) {
      mirror.get("/v2/library/app/manifests/latest");
      hub.when("GET", BLOB).redirect(location);
      assertEquals(502, mirror.get(BLOB).statusCode());
      assertEquals(1, refused(mirror));
      hub.behave();
      assertEquals(200, mirror.get(BLOB).statusCode());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://169.254.169.254/token", "http://10.0.0.1/", "http://inside/t"})
  void aRealmOutOfReachIsNotAsked(String realm) throws Exception {
    Names names = host -> address(host.equals("inside") ? "172.16.0.1" : "127.0.0.1");
    try (var mirror = MirrorFixture.in(names, hub.url(), root)) {
      hub.when(".*", "/manifests/")
          .status(401)
          .header("WWW-Authenticate", "Bearer realm=\"" + realm + "\",service=\"x\"");
      assertEquals(502, mirror.get("/v2/library/app/manifests/latest").statusCode());
      assertEquals(1, refused(mirror));
      assertEquals(0, hub.count("GET", "^/token"));
    }
  }

  /** A name that means something else a moment later: what was looked at is what is called. */
  @Test
  void aNameIsAskedForOnceAndNotAgainToConnect() throws Exception {
    var asked = new AtomicInteger();
    Names names = host -> address(asked.incrementAndGet() == 1 ? "127.0.0.1" : "10.255.255.1");
    try (var mirror = MirrorFixture.in(names, hub.url(), root)) {
      mirror.get("/v2/library/app/manifests/latest");
      assertEquals(0, asked.get(), "the stand-in's realm is an address");
      // The stand-in's second host is called localhost.
      assertEquals(200, mirror.get(BLOB).statusCode());
      assertEquals(1, asked.get());
      assertTrue(
          String.valueOf(hub.log().only("GET", "^/cdn/").headers().get("Host"))
              .startsWith("localhost:"));
      var other = "/v2/library/app/blobs/" + IMAGE.config();
      assertEquals(502, mirror.get(other).statusCode());
      assertEquals(1, refused(mirror));
    }
  }

  @Test
  void whatIsListedMayBeAnywhere() throws Exception {
    Names names = host -> address("127.0.0.1");
    // Which leads to this machine, but is none of its addresses.
    hub.when(".*", "/manifests/")
        .status(401)
        .header("WWW-Authenticate", "Bearer realm=\"http://0.0.0.0:1/\",service=\"x\"");
    try (var mirror = MirrorFixture.in(names, hub.url(), root)) {
      assertEquals(502, mirror.get("/v2/library/app/manifests/latest").statusCode());
      assertEquals(1, refused(mirror));
    }
    try (var mirror = MirrorFixture.in(names, hub.url(), root, HostPattern.parse("0.0.0.0"))) {
      assertEquals(502, mirror.get("/v2/library/app/manifests/latest").statusCode());
      assertEquals(0, refused(mirror), "it was called, though nobody is there");
    }
  }

  private static Future<InetAddress> address(String text) {
    return Future.succeededFuture(InetAddresses.forString(text));
  }

  private static double refused(MirrorFixture mirror) {
    return mirror
        .figures
        .get("layover.upstream.refused")
        .tag("reason", "address")
        .counter()
        .count();
  }
}
