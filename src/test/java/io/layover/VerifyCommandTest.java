package io.layover;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.parts.S3Server;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.layover.storage.filesystem.Trees;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is stored is verified, and repaired, while the mirror runs that has fetched it. */
@Timeout(60)
class VerifyCommandTest {
  private static final Image IMAGE = Images.oci(11, 2, 100_000);
  private static final Digest LAYER = IMAGE.layer();
  private static final String REPOSITORY = "/v2/library/app/";

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);
  @TempDir private Path folder;
  private Mirror mirror;

  @BeforeEach
  void start() throws Exception {
    hub.repository("library/app").put("latest", IMAGE);
    mirror = Mirror.of(hub.url(), data());
    Files.writeString(
        config(),
        """
        version: 0.1
        storage: {filesystem: {rootdirectory: "%s"}}
        proxy:
          hosted: ["private/**"]
          upstreams: [{name: docker.io, remoteurl: "%s", default: true}]
        """
            .formatted(data(), hub.url()));
    assertEquals(200, mirror.get(REPOSITORY + "manifests/latest").statusCode());
    for (var blob : IMAGE.blobs().keySet()) {
      assertEquals(200, mirror.get(REPOSITORY + "blobs/" + blob).statusCode());
    }
    hub.log().clear();
  }

  @AfterEach
  void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  private Path data() {
    return folder.resolve("data");
  }

  private Path config() {
    return folder.resolve("config.yml");
  }

  private Path file(Digest digest) {
    return data()
        .resolve("docker/registry/v2/blobs/sha256")
        .resolve(digest.hex().substring(0, 2))
        .resolve(digest.hex())
        .resolve("data");
  }

  /** Changes the last byte of a blob, as a disk may. */
  private byte[] spoil(Digest digest) throws IOException {
    var bytes = Files.readAllBytes(file(digest));
    bytes[bytes.length - 1] ^= 1;
    Files.write(file(digest), bytes);
    return bytes;
  }

  private void push(String content, String path) throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + mirror.port() + path))
              .POST(HttpRequest.BodyPublishers.ofString(content));
      var answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      assertEquals(201, answer.statusCode(), answer.body());
    }
  }

  private Ran verify(String... options) {
    var words = Arrays.copyOf(options, options.length + 1);
    words[options.length] = config().toString();
    return Ran.of(new VerifyCommand(), words);
  }

  private static void assertSays(Ran ran, String line) {
    assertTrue(Pattern.compile("(?m)^" + line + "$").matcher(ran.out()).find(), ran.out());
  }

  @Test
  void allIsRight() {
    var ran = verify("--repair");
    assertEquals(0, ran.exit(), ran.err());
    assertEquals("4 blobs of 0.2 MB in all were read; broken: 0\n", ran.out());
    assertEquals(0, hub.requests().size());
  }

  @Test
  void whatIsBrokenIsNamed() throws Exception {
    var broken = Digest.sha256(spoil(LAYER));
    Files.write(file(IMAGE.digest()), new byte[7]);
    var ran = verify();
    assertEquals(2, ran.exit(), ran.err());
    assertSays(
        ran, LAYER + " \\(100000 bytes, of library/app\\) is broken: its digest is " + broken);
    assertSays(ran, IMAGE.digest() + " \\(7 bytes, of library/app\\) is broken: .*");
    assertSays(ran, "4 blobs of 0[.]2 MB in all were read; broken: 2");
    assertEquals(0, hub.requests().size(), "nothing is fetched without being asked for");
  }

  @Test
  void whatIsBrokenIsFetchedAgain() throws Exception {
    var right = Files.readAllBytes(file(LAYER));
    spoil(LAYER);
    spoil(IMAGE.digest());
    var ran = verify("--repair");
    assertEquals(0, ran.exit(), ran.out() + ran.err());
    assertSays(ran, "  fetched again for library/app");
    assertArrayEquals(right, Files.readAllBytes(file(LAYER)));
    assertEquals(IMAGE.digest(), Digest.sha256(Files.readAllBytes(file(IMAGE.digest()))));
    assertEquals(1, hub.count("GET", "/cdn/"), "only what is broken");
    assertFalse(Files.exists(data().resolve("layover/repair")));
    assertEquals(0, verify().exit());
  }

  @Test
  void whatCannotBeFetchedStaysAsItIs() throws Exception {
    var broken = spoil(LAYER);
    hub.close();
    var ran = verify("--repair");
    assertEquals(2, ran.exit(), ran.err());
    assertSays(ran, "  it cannot be fetched for library/app: .*");
    assertArrayEquals(broken, Files.readAllBytes(file(LAYER)));
    assertFalse(Files.exists(data().resolve("layover/repair")));
  }

  @Test
  void whatTheUpstreamSpoilsStaysAsItIs() throws Exception {
    var broken = spoil(LAYER);
    hub.when("GET", "/cdn/").corrupt(5);
    var ran = verify("--repair");
    assertEquals(2, ran.exit(), ran.err());
    assertArrayEquals(broken, Files.readAllBytes(file(LAYER)));
  }

  @Test
  void whatWasPushedIsNotAskedFor() throws Exception {
    var content = "pushed".repeat(10);
    var digest = Digest.sha256(content);
    push(content, "/v2/private/app/blobs/uploads/?digest=" + digest);
    spoil(digest);
    var ran = verify("--repair");
    assertEquals(2, ran.exit(), ran.err());
    assertSays(ran, "  it was pushed here, .*");
    assertEquals(0, hub.requests().size());
  }

  @Test
  void whatNobodyHasIsLeftToGarbageCollection() throws Exception {
    spoil(LAYER);
    Trees.delete(data().resolve("docker/registry/v2/repositories"));
    var ran = verify("--repair");
    assertEquals(2, ran.exit(), ran.err());
    assertSays(ran, LAYER + " \\(100000 bytes, of no repository\\) is broken: .*");
    assertSays(ran, "  no repository has it, .*");
  }

  /** Of what a bucket holds nothing is kept near that would be taken for it. */
  @Test
  void whatIsBrokenInABucketIsFetchedAgain() throws Exception {
    var s3 = S3Server.shared();
    var bucket = s3.newBucket();
    var digest = IMAGE.config();
    var below = "/sha256/" + digest.hex();
    var blob =
        "docker/registry/v2/blobs/sha256/" + digest.hex().substring(0, 2) + "/" + digest.hex();
    s3.put(bucket, blob + "/data", "{}");
    s3.put(
        bucket,
        "docker/registry/v2/repositories/library/app/_layers" + below + "/link",
        digest.toString());
    Files.writeString(
        config(),
        Files.readString(config())
            .replaceFirst("filesystem: .*", s3.section(bucket) + "}")
            .replace(
                "chunksize", "spooldirectory: \"" + folder.resolve("spool") + "\", chunksize"));
    var ran = verify("--repair");
    assertEquals(0, ran.exit(), ran.out() + ran.err());
    assertSays(ran, digest + " \\(2 bytes, of library/app\\) is broken: .*");
    assertEquals(digest, Digest.sha256(s3.bytes(bucket, blob + "/data")));
    assertEquals(1, hub.count("GET", "/cdn/"));
    assertEquals(0, verify().exit());
  }

  @Test
  void aConfigurationThatIsWrongIsSaid() throws Exception {
    Files.writeString(config(), "version: 0.1\nstorag: {}\n");
    var ran = verify();
    assertEquals(1, ran.exit());
    assertTrue(ran.err().contains("storag: unknown key"), ran.err());
  }
}
