package io.layover.storage.filesystem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.storage.RepositoryStore;
import io.layover.storage.RepositoryStore.Durability;
import io.layover.storage.RepositoryStore.Kind;
import io.layover.storage.RepositoryStoreContract;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileRepositoryStoreTest extends RepositoryStoreContract {
  private static final String ONE_HEX =
      "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";

  @Override
  protected RepositoryStore start() throws Exception {
    // The temporary directory is the blob store's to make.
    Files.createDirectories(directory.resolve("layover/tmp"));
    return new FileRepositoryStore(new Layout(directory), disk);
  }

  private Path repositories() {
    return directory.resolve("docker/registry/v2/repositories");
  }

  @ParameterizedTest
  @EnumSource
  void liesWhereDistributionLooks(Durability durability) throws Exception {
    result(store().link(APP, Kind.LAYER, ONE, durability));
    result(store().link(APP, Kind.MANIFEST, ONE, durability));
    result(store().tag(APP, LATEST, ONE, durability));
    result(store().tag(APP, LATEST, TWO, durability));

    assertEquals(
        List.of(
            "_layers/sha256/" + ONE_HEX + "/link",
            "_manifests/revisions/sha256/" + ONE_HEX + "/link",
            "_manifests/tags/latest/current/link",
            "_manifests/tags/latest/index/sha256/" + TWO.hex() + "/link",
            "_manifests/tags/latest/index/sha256/" + ONE_HEX + "/link"),
        files(repositories().resolve("team/app")));
    var app = repositories().resolve("team/app");
    assertEquals(
        "sha256:" + ONE_HEX, Files.readString(app.resolve("_layers/sha256/" + ONE_HEX + "/link")));
    assertEquals(
        TWO.toString(), Files.readString(app.resolve("_manifests/tags/latest/current/link")));
    assertEquals(List.of(), files(directory.resolve("layover")));
  }

  /** A link that a fetch left may be lost with the power; a push that relies on it may not. */
  @Test
  void isWrittenAgainForSomeoneWhoMustBeSure() throws Exception {
    var link = new Layout(directory).link(APP, Kind.LAYER, ONE);
    result(store().link(APP, Kind.LAYER, ONE, Durability.CACHED));
    var cached = key(link);
    result(store().link(APP, Kind.LAYER, ONE, Durability.CACHED));
    assertEquals(cached, key(link));

    result(store().link(APP, Kind.LAYER, ONE, Durability.SYNCED));
    var synced = key(link);
    assertNotEquals(cached, synced);

    result(store().link(APP, Kind.LAYER, ONE, Durability.SYNCED));
    result(store().link(APP, Kind.LAYER, ONE, Durability.CACHED));
    assertEquals(synced, key(link));
  }

  private static Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  @Test
  void servesWhatDistributionLeft() throws Exception {
    var app = repositories().resolve("team/app");
    write(app.resolve("_layers/sha256/" + ONE_HEX + "/link"), "sha256:" + ONE_HEX);
    write(app.resolve("_manifests/tags/1.0/current/link"), "sha256:" + ONE_HEX + "\n");

    assertTrue(result(store().isLinked(APP, Kind.LAYER, ONE)));
    assertEquals(ONE, result(store().resolve(APP, Tag.parse("1.0"))));
    assertEquals(List.of("1.0"), result(store().tags(APP, null, 10)));
    assertEquals(List.of("team/app"), result(store().repositories(null, 10)));
  }

  /** As a power loss may leave it where the content was not synced. */
  @ParameterizedTest
  @ValueSource(strings = {"", "\0\0\0\0", "sha256:", "sha256:short", "garbage", "\u00ff\u00fe"})
  void aBrokenLinkCountsAsAbsent(String content) throws Exception {
    var app = repositories().resolve("team/app");
    write(app.resolve("_layers/sha256/" + ONE_HEX + "/link"), content);
    write(app.resolve("_manifests/tags/latest/current/link"), content);

    assertFalse(result(store().isLinked(APP, Kind.LAYER, ONE)));
    assertNull(result(store().resolve(APP, LATEST)));

    result(store().link(APP, Kind.LAYER, ONE, Durability.SYNCED));
    result(store().tag(APP, LATEST, ONE, Durability.SYNCED));
    assertTrue(result(start().isLinked(APP, Kind.LAYER, ONE)));
    assertEquals(ONE, result(start().resolve(APP, LATEST)));
  }

  @Test
  void aLinkToSomethingElseCountsAsAbsent() throws Exception {
    write(repositories().resolve("team/app/_layers/sha256/" + ONE_HEX + "/link"), TWO.toString());
    assertFalse(result(store().isLinked(APP, Kind.LAYER, ONE)));
  }

  @Test
  void listsNothingThatIsNoTagOrRepository() throws Exception {
    result(store().tag(APP, LATEST, ONE, Durability.CACHED));
    write(repositories().resolve("team/app/_manifests/tags/.hidden/current/link"), "x");
    write(repositories().resolve("team/app/_manifests/tags/-bad/current/link"), "x");
    write(repositories().resolve("UPPER/_manifests/tags/latest/current/link"), "x");
    write(repositories().resolve("team/uploading/_uploads/id/data"), "x");
    write(repositories().resolve("team/app/_layers/x/_manifests/link"), "x");
    write(repositories().resolve("file"), "x");

    assertEquals(List.of("latest"), result(store().tags(APP, null, 10)));
    assertEquals(List.of("team/app"), result(store().repositories(null, 10)));
    assertFalse(result(store().exists(RepositoryName.parse("team/uploading"))));
  }

  @Test
  void leavesNothingOfWhatIsRemoved() throws Exception {
    result(store().link(APP, Kind.LAYER, ONE, Durability.CACHED));
    result(store().tag(APP, LATEST, ONE, Durability.CACHED));
    result(store().tag(APP, LATEST, TWO, Durability.CACHED));
    result(store().unlink(APP, Kind.LAYER, ONE));
    result(store().untag(APP, LATEST));

    assertEquals(List.of(), files(repositories()));
    assertFalse(Files.exists(repositories().resolve("team/app/_manifests/tags/latest")));
    assertFalse(Files.exists(repositories().resolve("team/app/_layers/sha256/" + ONE_HEX)));
  }

  private static void write(Path file, String content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, content, StandardCharsets.ISO_8859_1);
  }

  /** The files below, in order. */
  private static List<String> files(Path below) throws IOException {
    try (Stream<Path> found = Files.walk(below)) {
      return found
          .filter(Files::isRegularFile)
          .map(file -> below.relativize(file).toString())
          .sorted()
          .toList();
    }
  }
}
