package io.layover.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The section {@code storage}: one driver, and what holds for every driver. */
public record Storage(
    @Key("") Driver driver,
    Tag tag,
    Delete delete,
    Redirect redirect,
    Cache cache,
    Maintenance maintenance) {
  private static final List<String> DRIVERS =
      List.of("filesystem", "inmemory", "s3", "azure", "gcs", "oss", "swift");

  /** Where the bytes are kept. */
  public sealed interface Driver extends Choice permits Filesystem, InMemory, S3 {}

  /** A directory; a relative one is relative to where Layover was started. */
  public record Filesystem(Path rootdirectory, int maxthreads) implements Driver {
    private static final int FEWEST_THREADS = 25;

    @Override
    public String kind() {
      return "filesystem";
    }

    private static Filesystem read(Section s) {
      return new Filesystem(
          Objects.requireNonNullElse(s.path("rootdirectory"), Path.of("/var/lib/registry")),
          Math.max(FEWEST_THREADS, s.integer("maxthreads", 0, 100)));
    }
  }

  /** Nothing outlives the process. */
  public record InMemory() implements Driver {
    @Override
    public String kind() {
      return "inmemory";
    }
  }

  /** The most manifests looked at at once for a list of tags; 0 is the number of processors. */
  public record Tag(int concurrencylimit) {}

  public record Delete(boolean enabled) {}

  /** Whether a client is sent to the store itself, where the store has URLs. */
  public record Redirect(boolean disable) {}

  /** What is remembered of blobs; absent: nothing. */
  public record Cache(@Nullable BlobDescriptor blobdescriptor, int blobdescriptorsize) {
    /** Where. */
    public enum BlobDescriptor {
      INMEMORY,
      REDIS
    }

    private static Cache read(Section s) {
      // The older name of the key, which distribution still takes.
      var key = s.has("blobdescriptor") ? "blobdescriptor" : "layerinfo";
      s.skip("blobdescriptor", "layerinfo");
      return new Cache(
          s.has(key) ? s.choice(key, BlobDescriptor.INMEMORY) : null,
          s.integer("blobdescriptorsize", 0, 10_000));
    }
  }

  public record Maintenance(UploadPurging uploadpurging, ReadOnly readonly) {
    /** Uploads older than {@code age} are removed every {@code interval}. */
    public record UploadPurging(boolean enabled, Duration age, Duration interval, boolean dryrun) {}

    public record ReadOnly(boolean enabled) {}

    private static Maintenance read(Section s) {
      var purging = s.section("uploadpurging");
      return new Maintenance(
          new UploadPurging(
              purging.flag("enabled", true),
              purging.duration("age", Duration.ofDays(7)),
              purging.duration("interval", Duration.ofDays(1)),
              purging.flag("dryrun", false)),
          new ReadOnly(s.section("readonly").flag("enabled", false)));
    }
  }

  static Storage read(Section s) {
    return new Storage(
        driver(s),
        new Tag(s.section("tag").integer("concurrencylimit", 0, 0)),
        new Delete(s.section("delete").flag("enabled", false)),
        new Redirect(s.section("redirect").flag("disable", false)),
        Cache.read(s.section("cache")),
        Maintenance.read(s.section("maintenance")));
  }

  private static Driver driver(Section s) {
    var chosen = s.keys().stream().filter(DRIVERS::contains).toList();
    s.skip(DRIVERS.toArray(String[]::new));
    if (chosen.size() > 1) {
      var second = chosen.getLast();
      var replace =
          s.place(second).kind() == Place.Kind.VARIABLE
              ? "set REGISTRY_STORAGE=" + second + " as well, which replaces the whole section"
              : "only one can be";
      s.problem(second, "the driver is " + chosen.getFirst() + " already; " + replace);
    }
    return switch (chosen.isEmpty() ? "" : chosen.getFirst()) {
      case "s3" -> S3.read(s.section("s3"));
      case "inmemory" -> {
        s.section("inmemory");
        yield new InMemory();
      }
      default -> Filesystem.read(s.section("filesystem"));
    };
  }
}
