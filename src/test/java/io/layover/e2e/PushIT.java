package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.parts.DockerDaemon;
import io.layover.parts.LayoverProcess;
import io.layover.parts.RealParts;
import io.layover.parts.RealRegistry;
import io.layover.parts.Registry;
import io.layover.parts.Skopeo;
import io.layover.parts.TestImages;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images are pushed to hosted names beside a mirror, and to a plain registry. */
@RealParts({"docker-registry", "skopeo", "umoci", "buildah", "busybox"})
class PushIT {
  private static RealRegistry upstream;
  private static Registry plain;

  @BeforeAll
  static void start() {
    upstream = RealRegistry.plain().start();
    plain = UnderTest.plain();
  }

  @AfterAll
  static void stop() {
    plain.close();
    upstream.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-docker", "multi", "many", "big"})
  void skopeoPushesEveryKindOfImage(String image) {
    pushAndPull(Client.SKOPEO, TestImages.named(image), plain.address() + "/kinds/" + image);
  }

  @ParameterizedTest
  @EnumSource
  void everyClientPushes(Client client) {
    var name = client.here().name().toLowerCase(Locale.ROOT);
    pushAndPull(client, TestImages.tinyOci(), plain.address() + "/clients/" + name);
  }

  @Test
  void aPushThatWasAnsweredSurvivesAKill() {
    var image = plain.address() + "/survives/many:1";
    Skopeo.push(TestImages.many(), image).orFail();
    plain.kill();
    plain.start();
    Client.SKOPEO.pull(image, Skopeo.digestOf(TestImages.many()));
  }

  @ParameterizedTest
  @EnumSource(names = {"SKOPEO", "PODMAN"})
  void hostedNamesArePushedBesideAMirror(Client client) {
    client.here();
    try (var mirror = mirrorWithHosted()) {
      Skopeo.push(TestImages.tinyOci(), upstream.address() + "/public/tiny:1").orFail();
      upstream.forgetRequests();
      pushAndPull(client, TestImages.tinyOci(), mirror.address() + "/private/team/tiny");
      assertEquals(0, upstream.count(".*", "/private/", "..."), upstream::output);
      Skopeo.pull(mirror.address() + "/public/tiny:1");
      Skopeo.push(TestImages.tinyOci(), mirror.address() + "/public/tiny:2").expectFailure();
      Skopeo.tryPull(upstream.address() + "/public/tiny:2").expectFailure();
    }
  }

  @Test
  @RealParts(
      value = {"dockerd", "docker"},
      asRoot = true)
  void dockerPushes() {
    try (var mirror = mirrorWithHosted();
        var docker = DockerDaemon.start()) {
      Skopeo.push(TestImages.many(), upstream.address() + "/public/many:1").orFail();
      docker.docker("pull", mirror.address() + "/public/many:1").orFail();
      for (var registry : new Registry[] {plain, mirror}) {
        var image = registry.address() + "/private/docker:1";
        docker.docker("tag", mirror.address() + "/public/many:1", image).orFail();
        var output = docker.docker("push", image).orFail();
        var digest = output.replaceFirst("(?s).*digest: (sha256:[0-9a-f]*).*", "$1");
        Client.SKOPEO.pull(image, Digest.parse(digest));
      }
    }
  }

  @Test
  void distributionServesWhatLayoverStored() {
    UnderTest.isLayover();
    var digest = Skopeo.digestOf(TestImages.multi());
    Skopeo.push(TestImages.multi(), plain.address() + "/layout/multi:1").orFail();
    try (var other = RealRegistry.plain().storage(plain.storage()).start()) {
      Client.SKOPEO.pull(other.address() + "/layout/multi:1", digest);
    }
  }

  @Test
  void layoverServesWhatDistributionStored() {
    UnderTest.isLayover();
    var digest = Skopeo.digestOf(TestImages.multi());
    Skopeo.push(TestImages.multi(), upstream.address() + "/layout/multi:1").orFail();
    try (var other = LayoverProcess.create().storage(upstream.storage()).start()) {
      Client.SKOPEO.pull(other.address() + "/layout/multi:1", digest);
    }
  }

  private static LayoverProcess mirrorWithHosted() {
    UnderTest.isLayover();
    return LayoverProcess.create()
        .config(
            """
            proxy:
              remoteurl: "%s"
              hosted: ["private/**"]
            """
                .formatted(upstream.url()))
        .start();
  }

  private static void pushAndPull(Client client, String source, String repository) {
    client.push(source, repository + ":1").orFail();
    var digest = Skopeo.digest(repository + ":1");
    if (client != Client.PODMAN) {
      assertEquals(Skopeo.digestOf(source), digest, "what was pushed is what was meant");
    }
    client.pull(repository + ":1", digest);
    assertTrue(
        Skopeo.run("list-tags", "--tls-verify=false", "docker://" + repository)
            .orFail()
            .contains("\"1\""));
  }
}
