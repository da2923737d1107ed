package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedirectsTest {
  private static final URI FROM = URI.create("https://registry.example/v2/a/blobs/x");

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({
    "https://cdn.example/b?sig=a%2Fb, https://cdn.example/b?sig=a%2Fb",
    "/b, https://registry.example/b",
    "y, https://registry.example/v2/a/blobs/y",
    "//cdn.example/b, https://cdn.example/b",
    "HTTPS://cdn.example:8443/b, HTTPS://cdn.example:8443/b",
    "?hop=1, https://registry.example/v2/a/blobs/?hop=1",
  })
  void goesTo(String location, URI target) {
    assertEquals(target, Redirects.target(FROM, location));
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        " ",
        "http://cdn.example/b",
        "http://registry.example/b",
        "file:///etc/passwd",
        "ftp://cdn.example/b",
        "javascript:alert(1)",
        "mailto:a@example",
        "https://",
        "https:///b",
        "https://cdn.example:0/b",
        "https://cdn.example:99999/b",
        "https://a b/",
        "https://[::1",
        "\u0000",
      })
  void refuses(String location) {
    assertThrows(UpstreamFailure.class, () -> Redirects.target(FROM, location));
  }

  @ParameterizedTest(name = "{0} and {1}: {2}")
  @CsvSource({
    "https://a.example/x, https://a.example/y, true",
    "https://a.example/x, https://A.example:443/y, true",
    "http://a.example/x, HTTP://a.example:80/y, true",
    "https://a.example/x, https://b.example/x, false",
    "https://a.example/x, https://a.example:444/x, false",
    "http://a.example/x, https://a.example/x, false",
  })
  void knowsItsOwn(URI a, URI b, boolean same) {
    assertEquals(same, Redirects.sameOrigin(a, b));
  }

  /** Authorization goes along on the same server, and nowhere else; five hops and no more. */
  @Test
  void keepsAuthorizationToOneServer(@TempDir Path root) throws Exception {
    Image image = Images.oci(9, 2, 2000);
    var from = "/v2/library/app/blobs/" + image.layers().getFirst();
    var to = "/v2/library/app/blobs/" + image.layers().getLast();
    var vertx = Vertx.vertx();
    try (var hub = HubStandIn.start(vertx);
        var mirror = MirrorFixture.patient(hub.url(), root)) {
      hub.repository("library/app").put("latest", image);
      mirror.get("/v2/library/app/manifests/latest");
      hub.when("GET", from).redirect(hub.url() + to);
      // Which is not the blob that was asked for.
      assertThrows(IOException.class, () -> mirror.get(from));
      assertTrue(hub.log().only("GET", to).hadAuthorization());
      assertTrue(hub.log().requests("GET", "^/cdn/").stream().noneMatch(r -> r.hadAuthorization()));

      hub.behave();
      hub.when("GET", from).redirectLoop();
      hub.log().clear();
      assertEquals(502, mirror.get(from).statusCode());
      assertEquals(1 + Redirects.MOST, hub.count("GET", from));
    } finally {
      vertx.close().await();
    }
  }
}
