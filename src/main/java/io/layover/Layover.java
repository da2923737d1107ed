package io.layover;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;

/** The program: arguments to a command, and its result to an exit code. */
@Command(
    name = "layover",
    description = "A pull-through cache and registry for container images.",
    mixinStandardHelpOptions = true,
    versionProvider = Layover.Version.class,
    subcommands = {
      ServeCommand.class,
      CheckCommand.class,
      HtpasswdCommand.class,
      TokensCommand.class,
      GarbageCollectCommand.class,
      ReadyCommand.class,
      DemoCommand.class,
      HelpCommand.class
    })
public final class Layover {
  private Layover() {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new Layover()).execute(args));
  }

  /** The version that the build wrote into the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"layover " + text()};
    }

    static String text() {
      var version = Layover.class.getPackage().getImplementationVersion();
      return version == null ? "(not packaged)" : version;
    }
  }
}
