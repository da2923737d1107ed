package io.layover.storage.s3;

import io.layover.parts.S3Server;
import io.layover.storage.Disk;
import io.layover.storage.Stores;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** Storages in a fresh bucket of the tests' S3 server. */
final class S3Fixture {
  static final long MIB = 1 << 20;
  static final Parts PARTS = new Parts(5 * MIB, 6 * MIB, 3, 8 * MIB);

  private static final long LARGEST_COPY = 3 * MIB;

  final S3Server server = S3Server.shared();
  final String bucket = server.newBucket();
  final MeterRegistry meters = new SimpleMeterRegistry();
  private final Vertx vertx;
  private final Disk disk;
  private final Path directory;

  /**
   * @param directory for what is local
   */
  S3Fixture(Vertx vertx, Disk disk, Path directory) {
    this.vertx = vertx;
    this.disk = disk;
    this.directory = directory;
  }

  static Connection connection(URI endpoint) {
    return new Connection(
        S3Server.REGION,
        endpoint,
        true,
        false,
        false,
        false,
        true,
        null,
        new Connection.Keys(S3Server.ACCESS_KEY, S3Server.SECRET_KEY, null));
  }

  /** A replica that keeps no copies, and believes what it has read for a minute. */
  Stores open() throws IOException {
    return open(0, Duration.ofMinutes(1));
  }

  Stores open(long cacheSize, Duration trusted) throws IOException {
    return open(connection(server.url()), cacheSize, trusted);
  }

  Stores open(Connection connection, long cacheSize, Duration trusted) throws IOException {
    return open(connection, cacheSize, trusted, false);
  }

  /** A replica that may evict, where others push. */
  Stores openMixed() throws IOException {
    return open(connection(server.url()), 0, Duration.ofMinutes(1), true);
  }

  /** What is asked of S3 without any store between. */
  Bucket bucket() {
    return bucket(connection(server.url()));
  }

  Bucket bucket(Connection connection) {
    return Bucket.open(
        vertx, disk, meters, connection, bucket, new ObjectForm(false, null, null, null));
  }

  private Stores open(Connection connection, long cacheSize, Duration trusted, boolean mixed)
      throws IOException {
    return S3Stores.open(
        vertx,
        disk,
        meters,
        connection,
        new S3Stores.Place(
            bucket,
            "",
            new ObjectForm(false, null, null, null),
            PARTS,
            new S3Stores.Redirect(false, null),
            mixed),
        new S3Stores.Near(directory, cacheSize, LARGEST_COPY, 1000, trusted, trusted));
  }

  /** How many requests S3 has been asked, of this kind. */
  long count(S3Meters.Operation operation) {
    return meters.find("layover.storage.operations").timers().stream()
        .filter(
            timer ->
                operation
                    .name()
                    .toLowerCase(java.util.Locale.ROOT)
                    .equals(timer.getId().getTag("operation")))
        .mapToLong(timer -> timer.count())
        .sum();
  }

  /** How many requests S3 has been asked. */
  long count() {
    return meters.find("layover.storage.operations").timers().stream()
        .mapToLong(timer -> timer.count())
        .sum();
  }
}
