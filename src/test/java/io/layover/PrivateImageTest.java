package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Private images of an upstream, which Layover may read, and not everybody whom it serves. */
@Timeout(120)
class PrivateImageTest {
  private static final Image SECRET = Images.oci(1, 2, 1000);
  private static final Image OPEN = Images.tiny(2);
  private static final List<String> NAMES =
      List.of("team/secret", "docker.io/team/secret", "team/secret?ns=docker.io");

  private final Vertx vertx = Vertx.vertx();

  @TempDir private Path folder;
  private HubStandIn hub;
  private TokenRegistry registry;

  @BeforeEach
  void start() throws Exception {
    hub = HubStandIn.start(vertx).user("layover", "secret1");
    hub.repository("team/secret").secret().put("1", SECRET);
    hub.repository("library/open").put("1", OPEN);
    registry =
        TokenRegistry.start(
            folder,
            TokenRegistry.USERS
                + """
                acl:
                  - {match: {account: alice}, actions: ["*"]}
                  - {match: {name: team/secret}, actions: []}
                  - {match: {}, actions: ["*"]}
                """,
            "REGISTRY_PROXY_UPSTREAMS",
            "[{name: docker.io, remoteurl: '%s', default: true, username: layover, password: secret1}]"
                .formatted(hub.url()),
            "REGISTRY_PROXY_ANSWERWITHIN",
            "30s");
    var alice = registry.token("alice", "repository:team/secret:pull", "repository:open:pull");
    assertEquals(200, registry.status("GET", "/v2/team/secret/manifests/1", alice));
    assertEquals(200, registry.status("GET", "/v2/open/manifests/1", alice));
    for (var digest : blobs()) {
      assertEquals(200, registry.status("GET", "/v2/team/secret/blobs/" + digest, alice));
    }
  }

  private static List<Digest> blobs() {
    return Stream.concat(Stream.of(SECRET.config()), SECRET.layers().stream()).toList();
  }

  @AfterEach
  void stop() {
    registry.close();
    hub.close();
    vertx.close().await();
  }

  /** Everything that an image can be asked for by. */
  private static List<String> paths() {
    return Stream.concat(
            Stream.of(
                "manifests/1",
                "manifests/" + SECRET.digest(),
                "tags/list",
                "referrers/" + SECRET.digest()),
            blobs().stream().map(digest -> "blobs/" + digest))
        .toList();
  }

  @Test
  void isNotServedToWhomItsNameIsClosed() throws Exception {
    for (var name : NAMES) {
      var bare = name.replaceFirst("\\?.*", "");
      var token = registry.token("", "repository:" + bare + ":pull", "repository:open:pull");
      for (var path : paths()) {
        var asked = "/v2/" + bare + "/" + path + name.substring(bare.length());
        assertEquals(401, registry.status("GET", asked, token), asked);
        assertEquals(401, registry.status("GET", asked, ""), asked);
        if (path.matches("(manifests|blobs)/.*")) {
          assertEquals(401, registry.status("HEAD", asked, token), asked);
        }
      }
    }
  }

  @Test
  void isNotServedByDigestThroughAnotherName() throws Exception {
    var token = registry.token("", "repository:open:pull", "repository:private/mine:pull,push");
    for (var name : List.of("open", "library/open", "private/mine")) {
      for (var digest : Stream.concat(Stream.of(SECRET.digest()), blobs().stream()).toList()) {
        var blob = "/v2/" + name + "/blobs/" + digest;
        assertEquals(404, registry.status("GET", blob, token), blob);
        assertEquals(404, registry.status("HEAD", blob, token), blob);
      }
      var manifest = "/v2/" + name + "/manifests/" + SECRET.digest();
      assertEquals(404, registry.status("GET", manifest, token), manifest);
    }
    for (var from : List.of("team/secret", "docker.io/team/secret", "library/open")) {
      var mount = "/v2/private/mine/blobs/uploads/?mount=" + SECRET.layer() + "&from=" + from;
      assertEquals(202, registry.status("POST", mount, token), mount);
    }
  }

  @Test
  void norWhenTheUpstreamIsGone() throws Exception {
    hub.close();
    var token = registry.token("", "repository:open:pull");
    assertEquals(200, registry.status("GET", "/v2/open/manifests/" + OPEN.digest(), token));
    for (var digest : blobs()) {
      var status = registry.status("GET", "/v2/open/blobs/" + digest, token);
      assertTrue(status >= 404, () -> digest + " is answered with " + status);
    }
  }
}
