package io.layover.upkeep;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.layover.oci.Digest;
import io.layover.storage.BlobStore;
import io.layover.storage.Disk;
import io.layover.storage.Stores;
import io.layover.storage.filesystem.FileStores;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a disk or a bucket that fails is taken for. */
@Timeout(30)
class VerifierTest {
  private static final Buffer CONTENT = Buffer.buffer("content");
  private static final Digest DIGEST = Digest.sha256(CONTENT.getBytes());

  private final Vertx vertx = Vertx.vertx();
  private final Disk disk = new Disk(vertx, 4);

  @AfterEach
  void close() {
    disk.close();
    vertx.close().await();
  }

  private Verifier.Findings find(Stores stores) {
    return new Verifier(vertx, stores, disk, (bytes, all) -> {}).find();
  }

  /** Where no blob can be opened, as on a disk with an error that none of ours has. */
  private static Stores failing(Stores stores, boolean gone) {
    var blobs =
        (BlobStore)
            Proxy.newProxyInstance(
                VerifierTest.class.getClassLoader(),
                new Class<?>[] {BlobStore.class},
                (proxy, method, arguments) ->
                    switch (method.getName()) {
                      case "open" -> Future.failedFuture(new IOException("Input/output error"));
                      case "isStored" -> Future.succeededFuture(!gone);
                      default -> method.invoke(stores.blobs(), arguments);
                    });
    return stores.with(blobs);
  }

  @Test
  void whatCannotBeReadIsNotCalledBroken(@TempDir Path root) throws Exception {
    var stores = FileStores.open(root, disk);
    stores.blobs().put(DIGEST, CONTENT).await();
    assertEquals(new Verifier.Findings(1, 7, List.of(), Map.of()), find(stores));
    assertEquals(
        new Verifier.Findings(0, 0, List.of(), Map.of(DIGEST, "Input/output error")),
        find(failing(stores, false)));
    assertEquals(
        new Verifier.Findings(0, 0, List.of(), Map.of()),
        find(failing(stores, true)),
        "it was deleted meanwhile");
  }

  @Test
  void anEmptyBlobIsOne(@TempDir Path root) throws Exception {
    var stores = FileStores.open(root, disk);
    stores.blobs().put(Digest.sha256(new byte[0]), Buffer.buffer()).await();
    assertEquals(new Verifier.Findings(1, 0, List.of(), Map.of()), find(stores));
  }
}
