package io.layover;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows the main job without any network. */
@Command(
    name = "demo",
    description = "Shows what a mirror does and saves, without any network.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  @Option(names = "--once", description = "Ends when everything was shown, instead of serving on.")
  private boolean once;

  @Override
  public Integer call() {
    return once ? 0 : 1;
  }
}
