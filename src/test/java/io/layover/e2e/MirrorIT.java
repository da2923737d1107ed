package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.parts.LayoverProcess;
import io.layover.parts.RealParts;
import io.layover.parts.RealRegistry;
import io.layover.parts.Registry;
import io.layover.parts.Skopeo;
import io.layover.parts.TestImages;
import io.layover.parts.TokenServer;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Images are pulled once from a token-protected upstream, and then without it. */
@RealParts({"docker-registry", "skopeo", "umoci", "buildah", "busybox"})
class MirrorIT {
  private static TokenServer tokens;
  private static RealRegistry upstream;
  private static Registry mirror;

  @BeforeAll
  static void start() {
    tokens = TokenServer.start();
    upstream = RealRegistry.token(tokens).start();
    mirror = UnderTest.mirror(upstream.url());
  }

  @AfterAll
  static void stop() {
    mirror.close();
    upstream.close();
    tokens.close();
  }

  /** The test before may have failed with the upstream stopped. */
  @BeforeEach
  void upstreamRuns() {
    if (!upstream.running()) {
      upstream.start();
    }
  }

  static Stream<Arguments> clientsAndImages() {
    var pulls =
        Stream.of(Client.values())
            .flatMap(
                client ->
                    Stream.of("tiny-oci", "tiny-docker", "multi", "many")
                        .map(image -> Arguments.of(client, image)));
    return Stream.concat(pulls, Stream.of(Arguments.of(Client.SKOPEO, "big")));
  }

  @ParameterizedTest(name = "{0} pulls {1}")
  @MethodSource("clientsAndImages")
  void pullsOnceFromUpstreamAndThenWithoutIt(Client client, String image)
      throws InterruptedException {
    client.here();
    var source = TestImages.named(image);
    var digest = Skopeo.digestOf(source);
    var name = "/" + client.name().toLowerCase(Locale.ROOT) + "/" + image + ":1";
    Skopeo.pushAsAlice(source, upstream.address() + name).orFail();

    client.pull(mirror.address() + name, digest);
    UnderTest.settle();
    upstream.stop();
    client.pull(mirror.address() + name, digest);
  }

  @Test
  void fetchesEveryBlobOnce() {
    UnderTest.isLayover();
    var name = "/once/many:1";
    Skopeo.pushAsAlice(TestImages.many(), upstream.address() + name).orFail();
    try (var fresh = UnderTest.mirror(upstream.url())) {
      upstream.forgetRequests();
      Skopeo.pull(fresh.address() + name);
      Skopeo.pull(fresh.address() + name);
      assertEquals(32, upstream.count("GET", "/blobs/sha256:"), "31 layers and a config");
      assertEquals(1, upstream.count("GET", "/manifests/"));
      assertEquals(0, upstream.count("GET", "/blobs/sha256:", "401"), "with a token at once");
    }
  }

  @Test
  void servesWhatItKeptAfterAKillAndWithoutItsUpstream() {
    var name = "/kept/multi:1";
    Skopeo.pushAsAlice(TestImages.multi(), upstream.address() + name).orFail();
    try (var fresh = UnderTest.mirror(upstream.url())) {
      Skopeo.pull(fresh.address() + name);
      fresh.kill();
      UnderTest.isLayover();
      upstream.stop();
      fresh.start();
      Client.SKOPEO.pull(fresh.address() + name, Skopeo.digestOf(TestImages.multi()));
    }
  }

  @Test
  void saysThatAnImageIsUnknown() {
    var output = Skopeo.tryPull(mirror.address() + "/nobody/knows:1").expectFailure();
    assertTrue(output.contains("unknown"), output);
  }

  @Test
  void usesItsOwnPasswordForAPrivateUpstream() {
    UnderTest.isLayover();
    try (var locked = RealRegistry.basic().start();
        var fresh = LayoverProcess.create()) {
      Skopeo.pushAsAlice(TestImages.tinyOci(), locked.address() + "/p/tiny:1").orFail();
      fresh
          .config(
              """
              proxy: {remoteurl: "%s", username: alice, password: secret1}
              """
                  .formatted(locked.url()))
          .start();
      Client.SKOPEO.pull(fresh.address() + "/p/tiny:1", Skopeo.digestOf(TestImages.tinyOci()));
      assertFalse(fresh.output().contains("secret1"), "no password in the log");
    }
  }
}
