package io.layover;

import io.layover.config.Config;
import io.layover.config.ConfigException;
import io.layover.log.Reason;
import io.layover.registry.LocalRegistry;
import io.layover.storage.filesystem.FileStores;
import io.layover.storage.filesystem.Layout;
import io.layover.storage.filesystem.Trees;
import io.layover.upkeep.Broken;
import io.layover.upkeep.Repairer;
import io.layover.upkeep.Repairer.Repair;
import io.layover.upkeep.Verifier;
import io.layover.upkeep.Verifier.Findings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Looks for what the disk, or whoever had it, has changed. */
@Command(
    name = "verify",
    description = {
      "Reads all that is stored and compares it with its digests. The registry may be running."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0: all that is stored is right, or is so now",
      "1: the configuration or the storage cannot be used",
      "2: something is broken, or could not be read"
    },
    exitCodeOnInvalidInput = 1,
    mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
  private static final int BROKEN = 2;

  @Option(
      names = "--repair",
      description = "Fetches what is broken again, as far as an upstream has it.")
  private boolean repair;

  @Option(
      names = {"-q", "--quiet"},
      description = "Says only what is broken, and how much it was.")
  private boolean quiet;

  @Mixin private ConfigArgument config = new ConfigArgument();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    var vertx = Vertx.vertx();
    try {
      var effective = config.read();
      return verify(vertx, effective, Storing.withoutCopies(vertx, effective));
    } catch (ConfigException e) {
      e.problems().forEach(spec.commandLine().getErr()::println);
    } catch (StartException e) {
      spec.commandLine().getErr().println("nothing can be verified: " + e.getMessage());
    } catch (IOException | RuntimeException e) {
      spec.commandLine().getErr().println("not all can be verified: " + Reason.of(e));
    } finally {
      vertx.close().await();
    }
    return 1;
  }

  private int verify(Vertx vertx, Config effective, Storing storing)
      throws StartException, IOException {
    Findings findings;
    try (var progress = Progress.on(quiet)) {
      findings = new Verifier(vertx, storing.stores(), storing.disk(), progress).find();
    }
    findings.unread().forEach((digest, why) -> say(digest + " could not be read: " + why));
    var isRight = findings.unread().isEmpty();
    if (!repair || findings.broken().isEmpty()) {
      findings.broken().forEach(this::show);
      isRight &= findings.broken().isEmpty();
    } else {
      isRight &= repair(vertx, effective, storing, findings);
    }
    say(
        "%d blobs of %.1f MB in all were read; broken: %d"
            .formatted(findings.blobs(), findings.bytes() / 1e6, findings.broken().size()));
    return isRight ? 0 : BROKEN;
  }

  private void show(Broken broken) {
    say(
        "%s (%d bytes, of %s) is broken: its digest is %s"
            .formatted(
                broken.digest(),
                broken.size(),
                broken.links().isEmpty() ? "no repository" : String.join(", ", broken.names()),
                broken.actual()));
  }

  /** True if all of it is right then. */
  private boolean repair(Vertx vertx, Config effective, Storing storing, Findings findings)
      throws StartException, IOException {
    var scratch = storing.stores().parts().directory().resolveSibling("repair");
    try {
      var repairing = repairing(vertx, effective, storing, new Layout(scratch));
      var isRight = true;
      for (var broken : findings.broken()) {
        show(broken);
        var done = repairing.apply(broken);
        say("  " + done.sentence());
        isRight &= done.isDone();
      }
      return isRight;
    } finally {
      Trees.delete(scratch);
    }
  }

  private Function<Broken, Repair> repairing(
      Vertx vertx, Config effective, Storing storing, Layout scratch)
      throws StartException, IOException {
    var proxy = effective.proxy();
    if (proxy == null) {
      return broken -> Repairer.PUSHED;
    }
    var disk = storing.disk();
    var figures = new SimpleMeterRegistry();
    var stores = FileStores.open(scratch.root(), disk);
    var local = new LocalRegistry(stores.blobs(), stores.repositories(), stores.referrers());
    var fills = Upstreaming.fills(vertx, disk, stores, proxy.downloads());
    var routing = Upstreaming.routing(vertx, proxy, local, fills, figures, false);
    return new Repairer(vertx, storing.stores(), disk, routing, scratch)::repair;
  }

  private void say(String line) {
    spec.commandLine().getOut().println(line);
    spec.commandLine().getOut().flush();
  }
}
