package io.layover;

import io.layover.config.ConfigException;
import io.layover.config.ConfigPrinter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Reads the configuration as {@code serve} would, and shows what it comes to. */
@Command(
    name = "check",
    description =
        "Prints the effective configuration with secrets masked, or what is wrong with it.",
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  @Mixin private ConfigArgument config = new ConfigArgument();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    var terminal = spec.commandLine();
    try {
      var effective = config.read();
      effective.warnings().forEach(warning -> terminal.getErr().println("warning: " + warning));
      terminal.getOut().print(ConfigPrinter.print(effective));
      terminal.getOut().flush();
      return 0;
    } catch (ConfigException e) {
      e.problems().forEach(terminal.getErr()::println);
      return 1;
    }
  }
}
