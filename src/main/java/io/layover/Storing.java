package io.layover;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.layover.config.Config;
import io.layover.config.S3;
import io.layover.config.Storage;
import io.layover.log.Reason;
import io.layover.storage.Disk;
import io.layover.storage.Stores;
import io.layover.storage.filesystem.FileStores;
import io.layover.storage.s3.Connection;
import io.layover.storage.s3.ObjectForm;
import io.layover.storage.s3.Parts;
import io.layover.storage.s3.S3Stores;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The storage that a configuration asks for, open.
 *
 * @param description what the start line says of it
 */
record Storing(Stores stores, Disk disk, String description) {
  /** As in distribution, where a store of one's own seldom has regions. */
  private static final String ANY_REGION = "us-east-1";

  /**
   * Opens the storage.
   *
   * @throws StartException if it cannot be used
   */
  static Storing open(Vertx vertx, Config config, MeterRegistry meters) throws StartException {
    return switch (config.storage().driver()) {
      case Storage.Filesystem directory -> directory(vertx, directory, meters, FileStores::open);
      case S3 s3 -> bucket(vertx, s3, config, meters, s3.cachesize());
      case Storage.InMemory memory ->
          throw new IllegalArgumentException("the reader lets no such driver through");
    };
  }

  /**
   * Opens the storage of a server that may be running.
   *
   * @throws StartException if it cannot be used
   */
  static Storing beside(Vertx vertx, Config config) throws StartException {
    var meters = new SimpleMeterRegistry();
    return config.storage().driver() instanceof Storage.Filesystem directory
        ? directory(vertx, directory, meters, FileStores::beside)
        : open(vertx, config, meters);
  }

  /**
   * The same, where what is read is what is stored, and never a copy of it.
   *
   * @throws StartException if it cannot be used
   */
  static Storing withoutCopies(Vertx vertx, Config config) throws StartException {
    return config.storage().driver() instanceof S3 s3
        ? bucket(vertx, s3, config, new SimpleMeterRegistry(), 0)
        : beside(vertx, config);
  }

  private interface Opening {
    Stores open(Path root, Disk disk) throws IOException;
  }

  private static Storing directory(
      Vertx vertx, Storage.Filesystem directory, MeterRegistry meters, Opening opening)
      throws StartException {
    var disk = new Disk(vertx, directory.maxthreads(), meters);
    try {
      return new Storing(
          opening.open(directory.rootdirectory(), disk),
          disk,
          directory.rootdirectory().toString());
    } catch (IOException e) {
      throw new StartException(
          "storage.filesystem.rootdirectory %s cannot be used: %s"
              .formatted(directory.rootdirectory(), Reason.of(e)),
          e);
    }
  }

  private static Storing bucket(
      Vertx vertx, S3 s3, Config config, MeterRegistry meters, long copies) throws StartException {
    var proxy = config.proxy();
    var mixed = proxy != null && !proxy.hosted().isEmpty();
    var storage = config.storage();
    var level = s3.loglevel().startsWith("debug") ? Level.DEBUG : Level.WARN;
    ((Logger) LoggerFactory.getLogger("software.amazon.awssdk")).setLevel(level);
    var disk = new Disk(vertx, meters);
    var connection = connection(s3);
    try {
      return new Storing(
          S3Stores.open(
              vertx,
              disk,
              meters,
              connection,
              place(s3, storage, mixed),
              near(s3, storage, copies)),
          disk,
          describe(s3, connection));
    } catch (IOException e) {
      throw new StartException(
          "storage.s3 cannot be used (%s): %s".formatted(describe(s3, connection), e.getMessage()),
          e);
    }
  }

  private static Connection connection(S3 s3) {
    var secret = s3.secretkey();
    var session = s3.sessiontoken();
    var region = Objects.requireNonNullElse(s3.region(), ANY_REGION);
    return new Connection(
        region,
        endpoint(s3, region),
        s3.forcepathstyle(),
        s3.accelerate(),
        s3.usedualstack(),
        s3.usefipsendpoint(),
        !s3.skipverify(),
        s3.useragent(),
        s3.accesskey() == null || secret == null
            ? null
            : new Connection.Keys(
                s3.accesskey(), secret.reveal(), session == null ? null : session.reveal()));
  }

  private static @Nullable URI endpoint(S3 s3, String region) {
    var host = s3.regionendpoint();
    if (host == null) {
      return s3.secure() ? null : URI.create("http://s3." + region + ".amazonaws.com");
    }
    return url(s3, host);
  }

  private static URI url(S3 s3, String host) {
    return host.contains("://")
        ? URI.create(host)
        : URI.create((s3.secure() ? "https://" : "http://") + host);
  }

  private static S3Stores.Place place(S3 s3, Storage storage, boolean mixed) {
    return new S3Stores.Place(
        s3.bucket(),
        Objects.requireNonNullElse(s3.rootdirectory(), ""),
        new ObjectForm(
            s3.encrypt(),
            s3.keyid(),
            s3.storageclass().equals("NONE") ? null : s3.storageclass(),
            // What S3 does without being told, and what buckets without access lists refuse to be
            // told.
            s3.objectacl().equals("private") ? null : s3.objectacl()),
        new Parts(
            s3.chunksize(),
            s3.multipartcopychunksize(),
            s3.multipartcopymaxconcurrency(),
            s3.multipartcopythresholdsize()),
        new S3Stores.Redirect(
            !storage.redirect().disable(),
            s3.redirectendpoint() == null ? null : url(s3, s3.redirectendpoint())),
        mixed);
  }

  private static S3Stores.Near near(S3 s3, Storage storage, long copies) {
    return new S3Stores.Near(
        Objects.requireNonNullElseGet(
            s3.spooldirectory(), () -> Path.of(System.getProperty("java.io.tmpdir"), "layover")),
        copies,
        s3.cacheblobsize(),
        storage.cache().blobdescriptorsize(),
        s3.linkttl(),
        s3.tagttl());
  }

  private static String describe(S3 s3, Connection connection) {
    var endpoint = connection.endpoint();
    return "bucket %s %s"
        .formatted(
            s3.bucket(),
            endpoint == null
                ? "in " + connection.region()
                : "at " + endpoint.getScheme() + "://" + endpoint.getRawAuthority());
  }
}
