package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.JibContainerBuilder;
import com.google.cloud.tools.jib.api.RegistryImage;
import com.google.cloud.tools.jib.api.buildplan.ImageFormat;
import com.google.cloud.tools.jib.api.buildplan.Platform;
import io.layover.oci.Digest;
import io.layover.parts.LayoverProcess;
import io.layover.parts.Tools;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** jib builds images here and pushes them, onto one another and for two platforms. */
class JibIT {
  @ParameterizedTest
  @EnumSource
  void jibPushesAndBuildsOnWhatItPushed(ImageFormat format) throws Exception {
    try (var server = LayoverProcess.create().start()) {
      var file = Files.writeString(Tools.freshFolder("jib").resolve("app.txt"), "an application");
      var base =
          push(
              Jib.fromScratch().setFormat(format).addLayer(List.of(file), "/app"),
              server.address() + "/jib/base:1");
      assertServed(server, "jib/base", "1", base);
      var builder =
          Jib.from(RegistryImage.named(server.address() + "/jib/base:1"))
              .setFormat(format)
              .setProgramArguments("x");
      var child = push(builder, server.address() + "/jib/child:1");
      assertServed(server, "jib/child", "1", child);
      if (format == ImageFormat.Docker) {
        // jib makes no OCI index yet.
        var both =
            Jib.fromScratch()
                .setPlatforms(
                    Set.of(new Platform("amd64", "linux"), new Platform("arm64", "linux")))
                .addLayer(List.of(file), "/app");
        assertServed(server, "jib/both", "1", push(both, server.address() + "/jib/both:1"));
      }
    }
  }

  private static Digest push(JibContainerBuilder builder, String image) throws Exception {
    Path cache = Tools.freshFolder("jib-cache");
    var pushed =
        builder.containerize(
            Containerizer.to(RegistryImage.named(image))
                .setAllowInsecureRegistries(true)
                .setBaseImageLayersCache(cache)
                .setApplicationLayersCache(cache));
    assertTrue(pushed.isImagePushed());
    return Digest.parse(pushed.getDigest().toString());
  }

  private static void assertServed(LayoverProcess server, String name, String tag, Digest digest) {
    var answer =
        Http.send(
            "GET",
            server.url() + "/v2/" + name + "/manifests/" + tag,
            null,
            "Accept",
            "application/vnd.docker.distribution.manifest.list.v2+json");
    assertEquals(200, answer.statusCode());
    assertEquals(digest, Digest.sha256(answer.body()));
  }
}
