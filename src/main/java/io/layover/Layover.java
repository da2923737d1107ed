package io.layover;

import java.nio.file.Path;
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
    System.exit(isPlainServe(args) ? serve(args) : new CommandLine(new Layover()).execute(args));
  }

  /**
   * True for nothing but {@code serve} and perhaps a file. Such a start is not picocli's, whose
   * classes are compiled for Java 5: the JVM keeps none of them in its ahead-of-time cache, and
   * reads, verifies and interprets them for longer than all that follows takes.
   */
  static boolean isPlainServe(String... args) {
    return args.length > 0
        && args.length <= 2
        && args[0].equals("serve")
        && (args.length == 1 || args[1].matches("[^-@].*"));
  }

  private static int serve(String... args) {
    try {
      var file = args.length == 1 ? ConfigArgument.otherwise() : Path.of(args[1]);
      return Serving.run(file, System.err::println);
    } catch (Exception e) {
      // A fault of the program, for its author to see, as picocli shows it.
      e.printStackTrace();
      return 1;
    }
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
