package io.layover.upkeep;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.registry.LocalRegistry;
import io.layover.registry.Routing;
import io.layover.storage.Disk;
import io.layover.storage.RepositoryStore.Durability;
import io.layover.storage.RepositoryStore.Kind;
import io.layover.storage.filesystem.FileStores;
import io.layover.storage.filesystem.Layout;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class RepairerTest {
  private static final RepositoryName NAME = new RepositoryName("library/app");
  private static final Buffer CONTENT = Buffer.buffer("content");
  private static final Digest DIGEST = Digest.sha256(CONTENT.getBytes());

  private final Vertx vertx = Vertx.vertx();
  private final Disk disk = new Disk(vertx, 4);
  @TempDir private Path root;

  @AfterEach
  void close() {
    disk.close();
    vertx.close().await();
  }

  /** As where the disk is full: what is fetched passes by, and nothing of it is kept. */
  @Test
  void whatIsNotKeptReplacesNothing() throws Exception {
    var stores = FileStores.open(root.resolve("broken"), disk);
    stores.blobs().put(DIGEST, CONTENT).await();
    var file = new Layout(root.resolve("broken")).blob(DIGEST);
    var broken = "changed".getBytes(UTF_8);
    Files.write(file, broken);
    var there = FileStores.open(root.resolve("there"), disk);
    there.blobs().put(DIGEST, CONTENT).await();
    there.repositories().link(NAME, Kind.LAYER, DIGEST, Durability.CACHED).await();
    var source = new LocalRegistry(there.blobs(), there.repositories(), there.referrers());
    var passing =
        new Routing() {
          @Override
          public Target target(RepositoryName name, @Nullable String namespace) {
            return new Target(source, name, false, "");
          }

          @Override
          public String pushRule() {
            return "";
          }
        };

    var repair =
        new Repairer(vertx, stores, disk, passing, new Layout(root.resolve("empty")))
            .repair(
                new Broken(
                    DIGEST,
                    broken.length,
                    Digest.sha256(broken),
                    List.of(new Link(NAME, Kind.LAYER, DIGEST))));

    assertFalse(repair.isDone(), repair.sentence());
    assertArrayEquals(broken, Files.readAllBytes(file));
  }
}
