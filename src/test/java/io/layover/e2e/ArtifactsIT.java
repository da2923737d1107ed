package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.parts.Command;
import io.layover.parts.GoClients;
import io.layover.parts.LayoverProcess;
import io.layover.parts.RealParts;
import io.layover.parts.Registry;
import io.layover.parts.Skopeo;
import io.layover.parts.TestImages;
import io.layover.parts.Tools;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is pushed besides images, and images that are built on the way. */
class ArtifactsIT {
  private static Registry registry;

  @BeforeAll
  static void start() {
    UnderTest.isLayover();
    registry = LayoverProcess.create().env("REGISTRY_STORAGE_DELETE_ENABLED", "true").start();
  }

  @AfterAll
  static void stop() {
    if (registry != null) {
      registry.close();
    }
  }

  private static Path file(String name, String content) throws IOException {
    return Files.writeString(Tools.freshFolder("artifact").resolve(name), content);
  }

  private static String oras(String command, String... arguments) {
    var all = new ArrayList<>(List.of(command.split(" ", -1)));
    all.addAll(List.of(arguments));
    if (!command.equals("cp")) {
      all.add("--plain-http");
    }
    return GoClients.oras(all.toArray(String[]::new)).orFail();
  }

  @Test
  @RealParts({"oras"})
  void orasPushesAndPullsAnArtifact() throws IOException {
    var file = file("note.txt", "what was to be told");
    var image = registry.address() + "/artifacts/note:1";
    oras(
        "push",
        "--disable-path-validation",
        "--artifact-type",
        "application/vnd.example.note",
        image,
        file + ":text/plain");
    var folder = Tools.freshFolder("pulled");
    oras("pull", "--allow-path-traversal", "-o", folder.toString(), image);
    try (var pulled = Files.walk(folder)) {
      var all = pulled.filter(Files::isRegularFile).toList();
      // oras may write to the path that was pushed, which then still has the same content.
      for (var one : all) {
        assertEquals("what was to be told", Files.readString(one));
      }
    }
    assertEquals("what was to be told", Files.readString(file));
    assertTrue(oras("manifest fetch", image).contains("application/vnd.example.note"));
  }

  @Test
  @RealParts({"oras", "skopeo", "umoci", "busybox"})
  void orasAttachesAndDiscovers() throws IOException {
    var image = registry.address() + "/artifacts/app:1";
    Skopeo.push(TestImages.tinyOci(), image).orFail();
    for (var type : List.of("sbom/example", "signature/example", "sbom/example")) {
      oras(
          "attach",
          "--disable-path-validation",
          "--artifact-type",
          type,
          "--annotation",
          "n=" + System.nanoTime(),
          image,
          file("note", type) + ":text/plain");
    }
    assertEquals(3, referrers(oras("discover", "--format", "json", image)));
    var filtered = oras("discover", "--format", "json", "--artifact-type", "sbom/example", image);
    assertEquals(2, referrers(filtered), filtered);
    // With the API there are no fallback tags.
    assertFalse(oras("repo tags", registry.address() + "/artifacts/app").contains("sha256-"));
    // All of it is copied with the image.
    oras(
        "cp",
        "-r",
        "--from-plain-http",
        "--to-plain-http",
        image,
        registry.address() + "/artifacts/copy:1");
    assertEquals(
        3,
        referrers(oras("discover", "--format", "json", registry.address() + "/artifacts/copy:1")));
  }

  private static int referrers(String discovered) {
    var json = new JsonObject(discovered);
    var list = json.containsKey("referrers") ? "referrers" : "manifests";
    return json.getJsonArray(list).size();
  }

  @Test
  @RealParts({"regctl", "skopeo", "umoci", "busybox"})
  void regctlAttachesAndLists() throws IOException {
    var host = registry.address();
    var image = host + "/artifacts/regctl:1";
    Skopeo.push(TestImages.tinyOci(), image).orFail();
    GoClients.regctl(
            host,
            "artifact",
            "put",
            "--artifact-type",
            "application/vnd.example",
            "--subject",
            image,
            "-f",
            file("note", "a note").toString())
        .orFail();
    var listed = GoClients.regctl(host, "artifact", "list", image).orFail();
    assertTrue(listed.contains("application/vnd.example"), listed);
    var tags = GoClients.regctl(host, "tag", "ls", host + "/artifacts/regctl").orFail();
    assertEquals("1", tags.strip());
    GoClients.regctl(host, "tag", "delete", image).orFail();
    Skopeo.tryPull(image).expectFailure();
  }

  /** cosign's way: a manifest under a tag that is made of the image's digest. */
  @Test
  @RealParts({"oras", "crane", "skopeo", "umoci", "busybox"})
  void aSignatureUnderItsTag() throws IOException {
    var name = registry.address() + "/signed/app";
    Skopeo.push(TestImages.tinyOci(), name + ":1").orFail();
    var digest = Skopeo.digest(name + ":1");
    var tag = "sha256-" + digest.hex() + ".sig";
    var payload =
        file(
            "payload.json",
            "{\"critical\":{\"image\":{\"docker-manifest-digest\":\"" + digest + "\"}}}");
    oras(
        "push",
        "--disable-path-validation",
        "--artifact-type",
        "application/vnd.oci.image.config.v1+json",
        "--annotation",
        "dev.cosignproject.cosign/signature=MEUCIQ",
        name + ":" + tag,
        payload + ":application/vnd.dev.cosign.simplesigning.v1+json");
    var manifest = GoClients.crane("manifest", name + ":" + tag).orFail();
    assertTrue(manifest.contains("application/vnd.dev.cosign.simplesigning.v1+json"), manifest);
    var tags = GoClients.crane("ls", name).orFail().lines().sorted().toList();
    assertEquals(List.of("1", tag), tags);
    // The tag is no fallback tag, and its manifest refers to nothing.
    var answer = Http.send("GET", registry.url() + "/v2/signed/app/referrers/" + digest, null);
    assertEquals(200, answer.statusCode());
  }

  @Test
  @RealParts({"crane", "skopeo", "umoci", "buildah", "busybox"})
  void craneCopiesTagsAndDeletes() {
    var host = registry.address();
    Skopeo.push(TestImages.multi(), host + "/crane/app:1").orFail();
    var digest = Skopeo.digestOf(TestImages.multi());
    GoClients.crane("copy", host + "/crane/app:1", host + "/crane/copy:1").orFail();
    GoClients.crane("tag", host + "/crane/copy:1", "latest").orFail();
    assertEquals(digest, Skopeo.digest(host + "/crane/copy:latest"));
    assertTrue(GoClients.crane("catalog", host).orFail().contains("crane/copy"));
    GoClients.crane("validate", "--platform", "linux/amd64", "--remote", host + "/crane/copy:1")
        .orFail();
    GoClients.crane("delete", host + "/crane/copy@" + digest).orFail();
    Skopeo.tryPull(host + "/crane/copy:latest").expectFailure();
    Client.CRANE.pull(host + "/crane/app:1", digest);
  }

  @Test
  @RealParts({"buildah", "skopeo", "busybox"})
  void buildahBuildsAndPushes() throws IOException {
    var store = Files.createTempDirectory("layover-buildah");
    var context = Tools.freshFolder("context");
    Files.copy(Tools.find("busybox").orElseThrow(), context.resolve("busybox"));
    Files.writeString(
        context.resolve("Containerfile"),
        """
        FROM scratch
        COPY busybox /bin/busybox
        LABEL made=by-buildah
        CMD ["/bin/busybox"]
        """);
    var image = registry.address() + "/built/buildah:1";
    for (var format : List.of("oci", "docker")) {
      buildah(store, "bud", "--layers", "--format", format, "-t", "built", context.toString());
      buildah(
          store, "push", "--tls-verify=false", "--format", format, "built", "docker://" + image);
      var config = Skopeo.run("inspect", "--config", "--tls-verify=false", "docker://" + image);
      assertTrue(config.orFail().contains("by-buildah"));
    }
    buildah(store, "rmi", "--all", "--force");
    buildah(store, "pull", "--tls-verify=false", image);
    Command.of("rm", "-rf", store.toString()).run();
  }

  private static void buildah(Path store, String... arguments) {
    Command.of("buildah", "--root", store.resolve("root").toString())
        .with("--runroot", store.resolve("run").toString(), "--storage-driver", "vfs")
        .with(arguments)
        .env("BUILDAH_ISOLATION", "chroot")
        .run()
        .orFail();
  }

  @Test
  @RealParts({"oras"})
  void aDigestOfAnUnknownThingIsUnknown() {
    var absent = registry.address() + "/artifacts/none@" + Digest.sha256("none");
    GoClients.oras("manifest", "fetch", "--plain-http", absent).expectFailure();
  }
}
