package io.layover.http;

import static io.layover.http.RegistryFixture.code;
import static io.layover.http.RegistryFixture.descriptor;
import static io.layover.http.RegistryFixture.expect;
import static io.layover.http.RegistryFixture.header;
import static io.layover.http.RegistryFixture.manifest;
import static io.layover.http.RegistryFixture.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.layover.oci.Digest;
import io.layover.oci.MediaTypes;
import io.layover.standin.Content;
import io.layover.storage.SmallDisk;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A push to a disk that is full is refused, and nothing of it is there; it can be gone on with. */
@Timeout(120)
class FullDiskPushTest {
  private static final int SIZE = 3_000_000;
  private static final int ROOM = 16 << 20;
  private static final byte[] CONTENT = Content.random(3, SIZE).read(0, SIZE).getBytes();
  private static final Digest DIGEST = Digest.sha256(CONTENT);
  private static final String UPLOADS = "/v2/app/blobs/uploads/";

  private SmallDisk disk;
  private RegistryFixture registry;

  @BeforeEach
  void start(@TempDir Path place) throws Exception {
    disk = SmallDisk.at(place.resolve("disk"), 2 << 20);
    registry = RegistryFixture.start(disk.root());
  }

  @AfterEach
  void close() throws Exception {
    if (registry != null) {
      registry.close();
      disk.close();
    }
  }

  private void assertRefused(HttpResponse<byte[]> answer) throws Exception {
    expect(507, answer);
    assertEquals("UNAVAILABLE", code(answer));
    assertFalse(text(answer).contains(disk.root().toString()), text(answer));
    expect(404, registry.get("/v2/app/blobs/" + DIGEST));
    assertEquals(List.of(), registry.blobs());
  }

  @Test
  void aChunkIsRefusedAndTheUploadGoesOn() throws Exception {
    var location = header(registry.send("POST", UPLOADS, null), "Location");
    assertRefused(registry.send("PATCH", location, CONTENT));

    disk.makeRoom(ROOM);
    var state = registry.get(location);
    expect(204, state);
    var last = Integer.parseInt(header(state, "Range").substring(2));
    var rest = Arrays.copyOfRange(CONTENT, last + 1, SIZE);
    expect(201, registry.send("PUT", header(state, "Location") + "?digest=" + DIGEST, rest));
    assertArrayEquals(CONTENT, registry.get("/v2/app/blobs/" + DIGEST).body());
    assertEquals(List.of(), registry.uploads("app"));
  }

  @Test
  void aWholeBlobIsRefused() throws Exception {
    assertRefused(registry.send("POST", UPLOADS + "?digest=" + DIGEST, CONTENT));

    disk.makeRoom(ROOM);
    expect(201, registry.send("POST", UPLOADS + "?digest=" + DIGEST, CONTENT));
    assertArrayEquals(CONTENT, registry.get("/v2/app/blobs/" + DIGEST).body());
  }

  @Test
  void aManifestIsRefusedAndTheTagStays() throws Exception {
    var first = registry.pushImage("app", "latest", new byte[] {1});
    var layer = new byte[] {1};
    var config = new byte[] {'{', '}'};
    registry.pushBlob("app", config);
    var second =
        manifest(
            descriptor(Digest.sha256(config), config.length),
            Stream.of(descriptor(Digest.sha256(layer), layer.length)));
    var blobs = registry.blobs().size();
    disk.fill();

    var answer = registry.pushManifest("app", "latest", second, MediaTypes.OCI_MANIFEST);
    expect(507, answer);
    assertEquals("UNAVAILABLE", code(answer));
    assertEquals(first, text(registry.get("/v2/app/manifests/latest")));
    var digest = Digest.sha256(second.getBytes(StandardCharsets.UTF_8));
    expect(404, registry.get("/v2/app/manifests/" + digest));
    assertEquals(blobs, registry.blobs().size());

    disk.makeRoom(ROOM);
    expect(201, registry.pushManifest("app", "latest", second, MediaTypes.OCI_MANIFEST));
    assertEquals(second, text(registry.get("/v2/app/manifests/latest")));
  }
}
