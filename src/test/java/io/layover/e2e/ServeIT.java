package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.parts.LayoverProcess;
import io.layover.parts.RealParts;
import io.layover.parts.RealRegistry;
import io.layover.parts.Skopeo;
import io.layover.parts.TestImages;
import io.layover.parts.Tools;
import org.junit.jupiter.api.Test;

/** Layover starts and stops as its users rely on. */
class ServeIT {
  @Test
  @RealParts("skopeo")
  void startsWithoutItsUpstreamAndSaysSo() {
    var unreachable = "127.0.0.1:" + Tools.freePort();
    try (var mirror = LayoverProcess.mirror("http://" + unreachable).start()) {
      assertTrue(
          mirror.output().lines().anyMatch(line -> line.contains(mirror.address())),
          mirror::output);
      var warning = "(?i).*warn.*" + unreachable + ".*";
      mirror.awaitOutput(warning);
      assertEquals(
          1, mirror.output().lines().filter(l -> l.matches(warning)).count(), mirror::output);
      Skopeo.tryPull(mirror.address() + "/library/alpine:latest").expectFailure();
      assertEquals(0, mirror.stop(), mirror::output);
    }
  }

  @Test
  @RealParts({"docker-registry", "skopeo", "umoci", "busybox"})
  void findsItsUpstreamWhenItComes() {
    try (var upstream = RealRegistry.plain();
        var mirror = LayoverProcess.mirror(upstream.url()).start()) {
      upstream.start();
      Skopeo.push(TestImages.tinyOci(), upstream.address() + "/late/tiny:1").orFail();
      Client.SKOPEO.pull(mirror.address() + "/late/tiny:1", Skopeo.digestOf(TestImages.tinyOci()));
    }
  }

  @Test
  void isConfiguredByTheEnvironment() {
    try (var registry = LayoverProcess.create().env("REGISTRY_LOG_FORMATTER", "json").start()) {
      assertTrue(
          registry.output().lines().anyMatch(line -> line.startsWith("{")), registry::output);
      assertEquals(0, registry.stop(), registry::output);
    }
  }
}
