package io.layover.upstream;

import static io.layover.Mirror.header;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.Mirror;
import io.layover.oci.Digest;
import io.layover.standin.Auth;
import io.layover.standin.ChallengeForm;
import io.layover.standin.Content;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The registries of the world behind one Layover, each with its ways: as stand-ins, which behave as
 * they were seen to.
 */
class QuirksTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final Map<String, HubStandIn> REGISTRIES = new LinkedHashMap<>();
  private static final Map<String, Image> IMAGES = new LinkedHashMap<>();
  private static final String HUB = "docker.io";

  /** Where registry.k8s.io sends those who ask for manifests. */
  private static HubStandIn artifactRegistry;

  @TempDir private static Path root;
  private static Mirror mirror;

  @BeforeAll
  static void start() {
    artifactRegistry = HubStandIn.start(VERTX).auth(Auth.NONE);
    add(HUB, "library/app").user("alice", "secret1");
    add("ghcr.io", "org/app").challenge(ChallengeForm.FOREIGN_SCOPE);
    add("quay.io", "org/app").auth(Auth.TOKEN_FOR_SECRETS).challenge(ChallengeForm.NO_SCOPE);
    add("registry.k8s.io", "app").auth(Auth.NONE).manifestsAt(artifactRegistry.url());
    artifactRegistry.repository("app").put("1", image("registry.k8s.io"));
    add("gcr.io", "org/app").challenge(ChallengeForm.UNQUOTED);
    add("us-docker.pkg.dev", "org/repo/app").challenge(ChallengeForm.NO_SERVICE);
    add("mcr.microsoft.com", "app").auth(Auth.NONE);
    add("public.ecr.aws", "org/app")
        .challenge(ChallengeForm.AWS_SCOPE)
        .neededScope("aws")
        .headOfBlobs401(true)
        .expiredIs400(true);
    add("registry.gitlab.com", "org/group/app").realmHost("localhost");
    mirror = Mirror.of("", root, "REGISTRY_PROXY_UPSTREAMS", "[" + upstreams() + "]");
  }

  private static HubStandIn add(String name, String repository) {
    var registry = HubStandIn.start(VERTX);
    var image = Images.oci(80 + REGISTRIES.size(), 2, 3000);
    registry.repository(repository).put("1", image);
    REGISTRIES.put(name, registry);
    IMAGES.put(name, image);
    return registry;
  }

  private static String upstreams() {
    return REGISTRIES.entrySet().stream()
        .map(
            e ->
                "{name: %s, remoteurl: '%s', default: %s}"
                    .formatted(e.getKey(), e.getValue().url(), e.getKey().equals(HUB)))
        .collect(Collectors.joining(", "));
  }

  private static HubStandIn registry(String name) {
    return Objects.requireNonNull(REGISTRIES.get(name));
  }

  private static Image image(String registry) {
    return Objects.requireNonNull(IMAGES.get(registry));
  }

  @AfterAll
  static void close() {
    mirror.close();
    REGISTRIES.values().forEach(HubStandIn::close);
    artifactRegistry.close();
    VERTX.close().await();
  }

  @BeforeEach
  void forget() {
    REGISTRIES.values().forEach(registry -> registry.log().clear());
    REGISTRIES.values().forEach(HubStandIn::behave);
  }

  private static String repository(String registry) {
    return switch (registry) {
      case HUB -> "library/app";
      case "registry.k8s.io", "mcr.microsoft.com" -> "app";
      case "us-docker.pkg.dev" -> "org/repo/app";
      case "registry.gitlab.com" -> "org/group/app";
      default -> "org/app";
    };
  }

  static Stream<Arguments> waysToSelect() {
    var ways = new ArrayList<Arguments>();
    for (var registry : REGISTRIES.keySet()) {
      ways.add(Arguments.of(registry, "/v2/" + repository(registry), "?ns=" + registry));
      ways.add(Arguments.of(registry, "/v2/" + registry + "/" + repository(registry), ""));
    }
    ways.add(Arguments.of(HUB, "/v2/library/app", ""));
    ways.add(Arguments.of(HUB, "/v2/app", ""));
    ways.add(Arguments.of(HUB, "/v2/app", "?ns=docker.io"));
    ways.add(Arguments.of(HUB, "/v2/app", "?ns=index.docker.io"));
    ways.add(Arguments.of(HUB, "/v2/docker.io/app", ""));
    return ways.stream();
  }

  /** An image of each, whole, by each way to say where it is. */
  @ParameterizedTest(name = "{0} by {1}{2}")
  @MethodSource("waysToSelect")
  void pulls(String registry, String path, String query) throws Exception {
    var image = image(registry);
    var head = mirror.get("HEAD " + path + "/manifests/1" + query);
    assertEquals(image.digest().toString(), header(head, "Docker-Content-Digest"));
    var manifest = mirror.get(path + "/manifests/1" + query);
    assertArrayEquals(image.manifest().getBytes(), manifest.body());
    assertEquals(registry, header(manifest, "OCI-Namespace"));
    for (var blob : image.blobs().keySet()) {
      var answer = mirror.get(path + "/blobs/" + blob + query);
      assertEquals(blob, Digest.sha256(answer.body()), answer::toString);
    }
    for (var other : REGISTRIES.entrySet()) {
      if (!other.getKey().equals(registry)) {
        assertEquals(List.of(), other.getValue().requests(), other.getKey() + " was asked");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/org/app/manifests/1?ns=evil.example",
    "/v2/org/app/manifests/1?ns=127.0.0.1:1",
    "/v2/org/app/manifests/1?ns=ghcr.io/org",
    "/v2/org/app/manifests/1?ns=GHCR.IO",
    "/v2/org/app/blobs/sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855?ns=x",
    "/v2/org/app/tags/list?ns=evil.example",
  })
  void nobodyElseIsAsked(String path) throws Exception {
    assertEquals(404, mirror.get(path).statusCode());
    REGISTRIES.values().forEach(registry -> assertEquals(List.of(), registry.requests()));
  }

  /** What it refuses with a token that it gave a moment ago, it does not have for us. */
  @ParameterizedTest
  @CsvSource({"library/missing", "alice/private"})
  void hubSaysWith401WhatIsNotThere(String name) throws Exception {
    var hub = registry(HUB);
    hub.repository("alice/private").secret().put("1", image(HUB));
    assertEquals(404, mirror.get("/v2/" + name + "/manifests/1").statusCode());
    assertTrue(hub.requests().size() <= 3, hub.requests()::toString);
    assertEquals(1, hub.count("GET", "^/token"));
  }

  @Test
  void ghcrNamesSomeOtherImageInItsChallenge() throws Exception {
    var ghcr = registry("ghcr.io");
    ghcr.repository("org/second").put("1", image("ghcr.io"));
    assertEquals(200, mirror.get("/v2/ghcr.io/org/second/manifests/1").statusCode());
    var query = String.valueOf(ghcr.log().only("GET", "^/token").query());
    assertTrue(query.contains("scope=repository%3Aorg%2Fsecond%3Apull"), query);
    assertFalse(query.contains("user%2Fimage"), query);
  }

  @Test
  void ghcrRefusesPrivateImagesAtItsTokenServer() throws Exception {
    var ghcr = registry("ghcr.io").refuseAnonymous(true);
    try {
      assertEquals(404, mirror.get("/v2/ghcr.io/org/private/manifests/1").statusCode());
      assertEquals(1, ghcr.count("GET", "^/token"));
    } finally {
      ghcr.refuseAnonymous(false);
    }
  }

  @Test
  void quayAsksForATokenOnlyForWhatIsPrivate() throws Exception {
    var quay = registry("quay.io");
    quay.repository("org/public").put("1", image("quay.io"));
    quay.repository("org/private").secret().put("1", image("quay.io"));
    assertEquals(200, mirror.get("/v2/org/public/manifests/1?ns=quay.io").statusCode());
    assertEquals(0, quay.count("GET", "^/token"));
    assertEquals(404, mirror.get("/v2/org/private/manifests/1?ns=quay.io").statusCode());
    assertEquals(1, quay.count("GET", "^/token"));
  }

  @Test
  void k8sSendsToOtherHostsForManifestsAndBlobs() throws Exception {
    var k8s = registry("registry.k8s.io");
    var image = Images.oci(95, 1, 3000);
    k8s.repository("new").put("1", image);
    artifactRegistry.repository("new").put("1", image);
    artifactRegistry.log().clear();
    assertEquals(200, mirror.get("/v2/registry.k8s.io/new/manifests/1").statusCode());
    assertEquals(200, mirror.get("/v2/registry.k8s.io/new/blobs/" + image.config()).statusCode());
    assertEquals(1, artifactRegistry.count("HEAD", "/manifests/1$"));
    assertEquals(1, artifactRegistry.count("GET", "/manifests/sha256:"));
    assertEquals("cdn", k8s.log().only("GET", "^/cdn/").server());
    assertEquals(404, mirror.get("/v2/registry.k8s.io/new/manifests/2").statusCode());
  }

  /** Its blobs' HEAD is 401 whatever the token, their GET is a redirect. */
  @Test
  void ecrRefusesHeadsOfBlobs() throws Exception {
    var ecr = registry("public.ecr.aws");
    var blob = Content.random(96, 5000);
    ecr.repository("org/bare").putBlob(blob);
    var path = "/v2/public.ecr.aws/org/bare/blobs/" + blob.digest();
    var head = mirror.get("HEAD " + path);
    assertEquals(200, head.statusCode());
    assertEquals("5000", header(head, "Content-Length"));
    assertTrue(ecr.log().bytesSent() <= 1, "its bytes are not fetched for that");
    assertEquals(200, mirror.get(path).statusCode());

    // What came through one repository is shown to another's readers, if it has it too.
    ecr.repository("org/other").putBlob(blob);
    ecr.log().clear();
    assertEquals(200, mirror.get(path.replace("bare", "other")).statusCode());
    assertEquals(0, ecr.count("HEAD", "/blobs/"), "by then it is known to refuse these");
    assertEquals(404, mirror.get(path.replace("bare", "third")).statusCode());
  }

  @Test
  void ecrAnswersAnExpiredTokenWith400() throws Exception {
    var ecr = registry("public.ecr.aws");
    mirror.get("/v2/public.ecr.aws/org/app/manifests/1");
    ecr.expireTokens();
    ecr.log().clear();
    assertEquals(200, mirror.get("/v2/public.ecr.aws/org/app/manifests/1").statusCode());
    assertEquals(1, ecr.requests().stream().filter(r -> r.status() == 400).count());
    var query = String.valueOf(ecr.log().only("GET", "^/token").query());
    assertTrue(query.contains("&scope=aws&"), query);
  }

  @Test
  void gitlabsTokensComeFromAnotherHost() throws Exception {
    var gitlab = registry("registry.gitlab.com");
    gitlab.repository("org/second").put("1", image("registry.gitlab.com"));
    assertEquals(200, mirror.get("/v2/registry.gitlab.com/org/second/manifests/1").statusCode());
    var host = String.valueOf(gitlab.log().only("GET", "^/token").headers().get("Host"));
    assertTrue(host.startsWith("localhost:"), host);
  }

  @Test
  void mcrServesItsBlobsFromAnotherHostWithoutAToken() throws Exception {
    var mcr = registry("mcr.microsoft.com");
    var image = Images.oci(97, 1, 3000);
    mcr.repository("new").put("1", image);
    assertEquals(200, mirror.get("/v2/mcr.microsoft.com/new/manifests/1").statusCode());
    var blob = "/blobs/" + image.config();
    assertEquals(200, mirror.get("/v2/mcr.microsoft.com/new" + blob).statusCode());
    assertEquals(0, mcr.count("GET", "^/token"));
    assertEquals(1, mcr.count("GET", "^/cdn/"));
  }

  @Test
  void eachUpstreamHasItsOwnListsOfWhatMayBePulled(@TempDir Path own) throws Exception {
    var list =
        "[{name: docker.io, remoteurl: '%s', default: true, allow: ['library/**']},"
                .formatted(registry(HUB).url())
            + " {name: gcr.io, remoteurl: '%s', deny: ['org/secret*']}]"
                .formatted(registry("gcr.io").url());
    registry("gcr.io").repository("org/secrets").put("1", image("gcr.io"));
    try (var strict = Mirror.of("", own, "REGISTRY_PROXY_UPSTREAMS", list)) {
      assertEquals(200, strict.get("/v2/library/app/manifests/1").statusCode());
      assertEquals(200, strict.get("/v2/app/manifests/1").statusCode());
      assertEquals(200, strict.get("/v2/org/app/manifests/1?ns=gcr.io").statusCode());
      forget();
      assertEquals(404, strict.get("/v2/org/app/manifests/1").statusCode());
      assertEquals(404, strict.get("/v2/org/app/tags/list?ns=docker.io").statusCode());
      assertEquals(404, strict.get("/v2/org/secrets/manifests/1?ns=gcr.io").statusCode());
      assertEquals(404, strict.get("/v2/gcr.io/org/secrets/manifests/1").statusCode());
      assertEquals(
          404, strict.get("/v2/gcr.io/org/secrets/referrers/" + image(HUB).digest()).statusCode());
      REGISTRIES.values().forEach(registry -> assertEquals(List.of(), registry.requests()));
    }
  }
}
