package io.layover.storage.filesystem;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.storage.BlobStore;
import io.layover.storage.BlobStoreContract;
import io.layover.storage.RecordingSink;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FileBlobStoreTest extends BlobStoreContract {
  private static final String HELLO =
      "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

  @Override
  protected BlobStore start() throws Exception {
    return FileBlobStore.open(new Layout(root()), disk);
  }

  private Path root() {
    return directory.resolve("registry");
  }

  private Path temporary() {
    return root().resolve("layover/tmp");
  }

  @Test
  void liesWhereDistributionLooks() throws Exception {
    result(store().put(Digest.sha256("hello"), Buffer.buffer("hello")));
    result(store().publish(DIGEST, staged(CONTENT)));
    var sha512 = Digest.of("sha512", Digest.hasher("sha512").digest(CONTENT));
    result(store().publish(sha512, staged(CONTENT)));

    var blobs = root().resolve("docker/registry/v2/blobs");
    assertEquals("hello", Files.readString(blobs.resolve("sha256/2c/" + HELLO + "/data")));
    var hex = DIGEST.hex();
    assertArrayEquals(
        CONTENT,
        Files.readAllBytes(blobs.resolve("sha256/" + hex.substring(0, 2) + "/" + hex + "/data")));
    hex = sha512.hex();
    assertArrayEquals(
        CONTENT,
        Files.readAllBytes(blobs.resolve("sha512/" + hex.substring(0, 2) + "/" + hex + "/data")));
    assertEquals(3, files(blobs).size());
    assertEquals(List.of(), files(temporary()));
  }

  @Test
  void servesWhatDistributionLeft() throws Exception {
    var data = root().resolve("docker/registry/v2/blobs/sha256/2c/" + HELLO + "/data");
    Files.createDirectories(data.getParent());
    Files.writeString(data, "hello");

    assertEquals(Buffer.buffer("hello"), result(store().read(Digest.parse("sha256:" + HELLO))));
  }

  /** The kernel has some of it in memory; the rest comes from the disk, on its threads. */
  @Test
  void readsWhatTheKernelHasForgotten() throws Exception {
    var content = new byte[3 << 20];
    new Random(1).nextBytes(content);
    var digest = Digest.sha256(content);
    result(store().put(digest, Buffer.buffer(content)));
    var blob = Objects.requireNonNull(result(store().open(digest)));
    var sink = new RecordingSink();
    result(blob.writeTo(sink, 0, content.length));
    var data = new Layout(root()).blob(digest).toString();
    for (var part : List.of("skip=1", "skip=0")) {
      // dd drops what it was told to copy, as far as it is on the disk.
      var dropped =
          new ProcessBuilder("dd", "if=" + data, "iflag=nocache", "bs=1M", "count=0", part).start();
      assertEquals(0, dropped.waitFor());
      result(blob.writeTo(sink, 1, content.length - 1));
    }

    var all = Buffer.buffer(content);
    var most = all.slice(1, content.length);
    var expected = Buffer.buffer().appendBuffer(all).appendBuffer(most).appendBuffer(most);
    assertArrayEquals(expected.getBytes(), sink.bytes());
    blob.close();
  }

  /** A client that takes all at once has the event loop for a while, not for the whole blob. */
  @Test
  void letsOthersHaveTheEventLoopMeanwhile() throws Exception {
    var content = new byte[8 << 20];
    new Random(1).nextBytes(content);
    var digest = Digest.sha256(content);
    result(store().put(digest, Buffer.buffer(content)));
    var blob = Objects.requireNonNull(result(store().open(digest)));
    result(blob.writeTo(new RecordingSink(), 0, 1));
    var sink = new RecordingSink();
    Promise<Integer> sentBefore = Promise.promise();
    Promise<Void> sent = Promise.promise();

    var context = (ContextInternal) vertx.getOrCreateContext();
    context.runOnContext(
        v -> {
          context
              .nettyEventLoop()
              .schedule(() -> sentBefore.complete(sink.bytes().length), 0, TimeUnit.NANOSECONDS);
          blob.writeTo(sink, 0, content.length).onComplete(sent);
        });

    result(sent.future());
    assertTrue(result(sentBefore.future()) < content.length);
    assertArrayEquals(content, sink.bytes());
    blob.close();
  }

  @Test
  void keepsSmallBlobsInMemoryWhileTheyAreHot() throws Exception {
    var hello = Digest.sha256("hello");
    result(store().put(hello, Buffer.buffer("hello")));
    var large = new byte[(16 << 10) + 1];
    result(store().put(Digest.sha256(large), Buffer.buffer(large)));

    var blob = (FileBlob) Objects.requireNonNull(result(store().open(hello)));
    assertEquals(Buffer.buffer("hello"), blob.inMemory(0, 5));
    assertEquals(Buffer.buffer("ell"), blob.inMemory(1, 3));
    assertEquals(Buffer.buffer("hello"), blob.inMemory(0, 5));
    blob.close();
    var other = (FileBlob) Objects.requireNonNull(result(store().open(Digest.sha256(large))));
    assertNull(other.inMemory(0, 5));
    other.close();
  }

  @Test
  void clearsWhatAnEarlierRunDidNotFinish() throws Exception {
    result(store().put(Digest.sha256("hello"), Buffer.buffer("hello")));
    Files.writeString(temporary().resolve("half a manifest"), "{");
    Files.createDirectories(temporary().resolve("a directory/of someone"));

    var restarted = start();

    assertEquals(List.of(), files(root().resolve("layover")));
    assertEquals(Buffer.buffer("hello"), result(restarted.read(Digest.sha256("hello"))));
  }

  @Test
  void leavesNothingBehindWhereItCannotWrite() throws Exception {
    var blobs = root().resolve("docker/registry/v2/blobs/sha256");
    Files.createDirectories(blobs);
    Files.writeString(blobs.resolve("2c"), "this should be a directory");

    assertThrows(
        ExecutionException.class,
        () -> result(store().put(Digest.sha256("hello"), Buffer.buffer("hello"))));

    assertEquals(List.of(), files(temporary()));
  }

  @Test
  void deletesTheDirectoryWithTheBlob() throws Exception {
    result(store().publish(DIGEST, staged(CONTENT)));
    assertTrue(result(store().delete(DIGEST)));
    assertEquals(List.of(), files(root().resolve("docker")));
    assertFalse(Files.exists(blob(DIGEST).getParent()));
  }

  @Test
  void deletesABlobBesideWhichSomethingElseLies() throws Exception {
    result(store().publish(DIGEST, staged(CONTENT)));
    var other = blob(DIGEST).resolveSibling("notes");
    Files.writeString(other, "of an operator");

    assertTrue(result(store().delete(DIGEST)));

    assertAbsent(DIGEST);
    assertTrue(Files.exists(other));
  }

  /** More files are opened than are kept open, so that only the reader has this one. */
  @Test
  void keepsWhatIsReadForLongFromEviction() throws Exception {
    result(store().publish(DIGEST, staged(CONTENT)));
    try (var blob = opened(DIGEST)) {
      for (var i = 0; i < 1500; i++) {
        var other = Digest.sha256("other " + i);
        result(store().put(other, Buffer.buffer("other " + i)));
        opened(other).close();
      }
      assertEquals(CONTENT.length, blob.size());
      assertFalse(result(store().evict(DIGEST)));
      opened(DIGEST).close();
      assertFalse(result(store().evict(DIGEST)));
    }
    assertTrue(result(store().evict(DIGEST)));
    assertFalse(Files.exists(blob(DIGEST)));
  }

  /** What is not in its place is not told of. */
  @Test
  void passesOverWhatIsNoBlob() throws Exception {
    result(store().publish(DIGEST, staged(CONTENT)));
    var sha256 = root().resolve("docker/registry/v2/blobs/sha256");
    Files.writeString(sha256.resolve("a file"), "");
    Files.createDirectories(sha256.resolve("2c/" + HELLO));
    Files.createDirectories(sha256.resolve("2c/no digest"));
    Files.writeString(sha256.resolve("2c/no digest/data"), "");
    Files.writeString(sha256.resolve("2c/" + HELLO.replace('2', '3')), "");

    var found = new ArrayList<Digest>();
    result(store().each((digest, size, used) -> found.add(digest)));

    assertEquals(List.of(DIGEST), found);
  }

  @Test
  void doesNotStartWhereItCannotWrite() throws Exception {
    Files.writeString(directory.resolve("file"), "");
    assertThrows(
        IOException.class,
        () -> FileBlobStore.open(new Layout(directory.resolve("file/below")), disk));
  }

  private Path blob(Digest digest) {
    return new Layout(root()).blob(digest);
  }

  private static List<Path> files(Path below) throws IOException {
    try (Stream<Path> found = Files.walk(below)) {
      return found.filter(Files::isRegularFile).toList();
    }
  }
}
