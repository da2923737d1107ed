package io.layover;

import io.layover.config.Config;
import io.layover.config.ConfigException;
import io.layover.config.GoDuration;
import io.layover.config.Proxy;
import io.layover.log.Reason;
import io.layover.oci.RepositoryName;
import io.layover.registry.PushRules;
import io.layover.registry.Registry;
import io.layover.storage.Stores;
import io.layover.upkeep.Collector;
import io.layover.upkeep.Collector.Garbage;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Frees the space of what no image needs any more. */
@Command(
    name = "garbage-collect",
    description = {
      "Removes blobs that no manifest needs, and links to them. The registry may be running: what"
          + " was written or read a short time ago stays."
    },
    mixinStandardHelpOptions = true)
final class GarbageCollectCommand implements Callable<Integer> {
  @Option(
      names = {"-d", "--dry-run"},
      description = "Says what would go, and leaves it.")
  private boolean dryRun;

  @Option(
      names = {"-m", "--delete-untagged"},
      description =
          "Removes manifests, too, that no tag leads to; of what was pushed here, not of what is"
              + " cached.")
  private boolean deleteUntagged;

  @Option(
      names = "--age",
      paramLabel = "TIME",
      defaultValue = "1h",
      converter = Age.class,
      description =
          "What was written or read within this time stays. Default: ${DEFAULT-VALUE}. 0 is for a"
              + " registry that is stopped.")
  private Duration age = Duration.ofHours(1);

  @Option(
      names = {"-q", "--quiet"},
      description = "Says only how much it was.")
  private boolean quiet;

  @Mixin private ConfigArgument config = new ConfigArgument();
  @Spec private CommandSpec spec = CommandSpec.create();

  private static final class Age implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      try {
        return GoDuration.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  @Override
  public Integer call() {
    var vertx = Vertx.vertx();
    try {
      var effective = config.read();
      return collect(effective, Storing.beside(vertx, effective));
    } catch (ConfigException e) {
      e.problems().forEach(spec.commandLine().getErr()::println);
    } catch (StartException e) {
      spec.commandLine().getErr().println("garbage cannot be collected: " + e.getMessage());
    } catch (RuntimeException e) {
      spec.commandLine().getErr().println("garbage cannot be collected: " + Reason.of(e));
    } finally {
      vertx.close().await();
    }
    return 1;
  }

  private int collect(Config effective, Storing storing) {
    var stores = storing.stores();
    var lease = stores.leases().apply("collect");
    if (!lease.take().await()) {
      spec.commandLine().getErr().println("somebody else collects garbage there");
      return 1;
    }
    try {
      report(collect(effective.proxy(), stores));
      return 0;
    } finally {
      lease.release().await();
    }
  }

  private Garbage collect(@Nullable Proxy proxy, Stores stores) {
    var rules = new Collector.Rules(untagged(proxy), Instant.now().minus(age));
    var pushes = Registry.over(stores, new PushRules(false, child -> true, url -> true)).pushes();
    try (var progress = Progress.on(quiet)) {
      var collector = new Collector(stores, pushes, rules, progress);
      return dryRun ? collector.find() : collector.remove();
    }
  }

  private Predicate<RepositoryName> untagged(@Nullable Proxy proxy) {
    return name ->
        deleteUntagged
            && (proxy == null
                || proxy.hosted().stream().anyMatch(pattern -> pattern.matches(name.value())));
  }

  private void report(Garbage garbage) {
    var out = spec.commandLine().getOut();
    if (!quiet) {
      garbage.manifests().forEach(manifest -> out.println("manifest " + manifest));
      garbage.blobs().forEach((digest, size) -> out.println("blob " + digest + "  " + size));
    }
    out.printf(
        "%d manifests stay; %s: %d manifests, %d blobs of %.1f MB in all, %d links%n",
        garbage.manifestsKept(),
        dryRun ? "these would go" : "these are gone",
        garbage.manifests().size(),
        garbage.blobs().size(),
        garbage.bytes() / 1e6,
        garbage.links());
    out.flush();
  }
}
