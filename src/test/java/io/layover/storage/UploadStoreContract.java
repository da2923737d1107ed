package io.layover.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link UploadStore} promises. */
@Timeout(120)
public abstract class UploadStoreContract {
  protected static final RepositoryName APP = RepositoryName.parse("team/app");
  protected static final UUID ID = UUID.fromString("0f8fad5b-d9cb-469f-a165-70867728950e");

  protected final Vertx vertx = Vertx.vertx();
  protected final Disk disk = new Disk(vertx, 8);
  @TempDir protected Path directory;
  private UploadStore store;

  /** The store as a server that starts finds it, whatever stood there before. */
  protected abstract UploadStore start() throws Exception;

  /** Where finished uploads are. */
  protected abstract BlobStore blobs() throws Exception;

  @BeforeEach
  final void startIt() throws Exception {
    store = start();
  }

  @AfterEach
  final void close() throws Exception {
    disk.close();
    result(vertx.close());
  }

  protected final UploadStore store() {
    return store;
  }

  @Test
  void knowsAnUploadInItsRepositoryOnly() throws Exception {
    assertNull(result(store.find(APP, ID)));
    result(store.create(APP, ID, "sha256"));

    assertEquals(0, found(store).size());
    assertNull(result(store.find(RepositoryName.parse("team/other"), ID)));
    assertNull(result(store.find(RepositoryName.parse("team"), ID)));
    assertNull(result(store.find(APP, UUID.randomUUID())));
  }

  @Test
  void removesUploadsThatWereLeftAlone() throws Exception {
    var nested = RepositoryName.parse("team/app/below");
    result(store.create(APP, ID, "sha256"));
    result(store.create(nested, ID, "sha256"));
    assertEquals(6 << 20, append(found(store), Bytes.of(6 << 20, 5)));

    assertEquals(0, result(store.purge(Instant.now().minusSeconds(3600), false)));
    assertEquals(2, result(store.purge(Instant.now().plusSeconds(3600), true)));
    assertNotNull(result(store.find(APP, ID)));
    assertEquals(2, result(store.purge(Instant.now().plusSeconds(3600), false)));
    assertNull(result(store.find(APP, ID)));
    assertNull(result(store.find(nested, ID)));
    assertEquals(0, result(store.purge(Instant.now().plusSeconds(3600), false)));
  }

  /** Sizes around those of the parts that an upload may be stored in. */
  @ParameterizedTest(name = "{0} bytes, then {1} and {2}")
  @CsvSource({
    "0,        0,       0",
    "0,        0,       77",
    "77,       0,       0",
    "1000,     1,       1000",
    "5242880,  1,       0",
    "5242879,  5242881, 1",
    "3000000,  6000000, 3000000",
    "12000000, 0,       1",
  })
  void becomesABlob(int first, int second, int last) throws Exception {
    var content = Bytes.of(first + second + last, 4);
    var digest = Digest.sha256(content);
    result(store.create(APP, ID, "sha256"));

    assertEquals(first, append(found(store), Arrays.copyOf(content, first)));
    assertEquals(first, found(store).size());
    assertEquals(
        first + second, append(found(store), Arrays.copyOfRange(content, first, first + second)));
    var upload = found(store);
    assertEquals(first + second, upload.size());
    finish(upload, digest, Arrays.copyOfRange(content, first + second, content.length));

    assertBlob(digest, content);
    result(upload.delete());
    assertNull(result(store.find(APP, ID)));
  }

  /** Another process goes on with it, as after a restart. */
  @ParameterizedTest
  @ValueSource(ints = {1, 100_000, 5 << 20, 11_000_000})
  void outlivesTheProcess(int size) throws Exception {
    var content = Bytes.of(3 * size, 5);
    var digest = Digest.sha256(content);
    result(store.create(APP, ID, "sha256"));
    append(found(start()), Arrays.copyOf(content, size));
    append(found(start()), Arrays.copyOfRange(content, size, 2 * size));

    var upload = found(start());
    assertEquals(2L * size, upload.size());
    finish(upload, digest, Arrays.copyOfRange(content, 2 * size, 3 * size));

    assertBlob(digest, content);
  }

  @Test
  void takesEitherAlgorithmWhateverWasExpected() throws Exception {
    var content = Bytes.of(100_000, 6);
    for (var algorithm : new String[] {"sha256", "sha512"}) {
      var digest = Digest.of(algorithm, Digest.hasher(algorithm).digest(content));
      for (var expected : new String[] {"sha256", "sha512"}) {
        var id = UUID.randomUUID();
        result(store.create(APP, id, expected));
        append(found(store, id), Arrays.copyOf(content, 1000));
        finish(found(store, id), digest, Arrays.copyOfRange(content, 1000, content.length));
        assertBlob(digest, content);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1000, 6_000_000})
  void isGoneWhenItIsSomethingElse(int size) throws Exception {
    var digest = Digest.sha256("something else");
    result(store.create(APP, ID, "sha256"));
    append(found(store), Bytes.of(size, 7));
    var upload = found(store);

    var failure =
        assertThrows(ExecutionException.class, () -> finish(upload, digest, Bytes.of(size, 8)));

    var known = assertInstanceOf(RegistryException.class, failure.getCause());
    assertEquals(ErrorCode.DIGEST_INVALID, known.code());
    assertNull(result(store.find(APP, ID)));
    assertNull(result(start().find(APP, ID)));
    assertNull(result(blobs().size(digest)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1000, 7_000_000})
  void keepsWhatCameBeforeABreak(int size) throws Exception {
    var content = Bytes.of(size + 1000, 9);
    var digest = Digest.sha256(content);
    result(store.create(APP, ID, "sha256"));
    var body = new HandStream();
    var appended = found(store).append(body);
    body.awaitResume();
    body.send(Arrays.copyOf(content, size));
    var cause = new IOException("the client left");
    body.breakOff(cause);
    var failure = assertThrows(ExecutionException.class, () -> result(appended));
    assertSame(cause, failure.getCause());

    var upload = found(store);
    assertEquals(size, upload.size());
    finish(upload, digest, Arrays.copyOfRange(content, size, content.length));
    assertBlob(digest, content);
  }

  /** The client may send the end again. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1000, 7_000_000})
  void isStillThereWhenItsEndBreaks(int size) throws Exception {
    var content = Bytes.of(size + 1000, 10);
    var digest = Digest.sha256(content);
    result(store.create(APP, ID, "sha256"));
    append(found(store), Arrays.copyOf(content, size));
    var body = new HandStream();
    var finished = found(store).finish(digest, body);
    body.awaitResume();
    body.send(Arrays.copyOfRange(content, size, size + 500));
    body.breakOff(new IOException("the client left"));
    assertThrows(ExecutionException.class, () -> result(finished));
    assertNull(result(blobs().size(digest)));

    var upload = found(store);
    finish(upload, digest, Arrays.copyOfRange(content, (int) upload.size(), content.length));
    assertBlob(digest, content);
  }

  @Test
  void becomesABlobThatIsThereAlready() throws Exception {
    var content = Bytes.of(6_000_000, 11);
    var digest = Digest.sha256(content);
    for (var i = 0; i < 2; i++) {
      result(store.create(APP, ID, "sha256"));
      append(found(store), content);
      var upload = found(store);
      finish(upload, digest, new byte[0]);
      result(upload.delete());
      assertBlob(digest, content);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1000, 6_000_000})
  void forgets(int size) throws Exception {
    result(store.create(APP, ID, "sha256"));
    append(found(store), Bytes.of(size, 12));
    var upload = found(store);

    result(upload.delete());
    result(upload.delete());

    assertNull(result(store.find(APP, ID)));
    assertNull(result(start().find(APP, ID)));
  }

  protected static Upload found(UploadStore store) throws Exception {
    return found(store, ID);
  }

  private static Upload found(UploadStore store, UUID id) throws Exception {
    var upload = result(store.find(APP, id));
    assertNotNull(upload);
    return upload;
  }

  /** Appends in pieces as a network delivers them. */
  protected static long append(Upload upload, byte[] content) throws Exception {
    var body = new HandStream();
    var appended = upload.append(body).onFailure(body::refuse);
    send(body, content);
    return result(appended);
  }

  /** The same, where the disk is given all of it in one go. */
  protected static void appendAtOnce(Upload upload, byte[] content) throws Exception {
    var body = new HandStream();
    var appended = upload.append(body).onFailure(body::refuse);
    body.awaitResume();
    body.send(content).end();
    result(appended);
  }

  protected static void finish(Upload upload, Digest digest, byte[] rest) throws Exception {
    var body = new HandStream();
    var finished = upload.finish(digest, body).onFailure(body::refuse);
    send(body, rest);
    result(finished);
  }

  private static void send(HandStream body, byte[] content) throws Exception {
    body.awaitResume();
    for (var at = 0; at < content.length; at += 64 << 10) {
      body.send(Arrays.copyOfRange(content, at, Math.min(content.length, at + (64 << 10))));
    }
    body.end();
  }

  private void assertBlob(Digest digest, byte[] content) throws Exception {
    var blob = result(blobs().open(digest));
    assertNotNull(blob);
    try (blob) {
      var sink = new RecordingSink();
      result(blob.writeTo(sink, 0, Blob.UNKNOWN));
      assertEquals(Buffer.buffer(content), Buffer.buffer(sink.bytes()));
    }
  }

  protected static <T extends @Nullable Object> T result(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }
}
