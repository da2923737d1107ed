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
      VerifyCommand.class,
      WarmCommand.class,
      ReadyCommand.class,
      DemoCommand.class,
      HelpCommand.class
    })
public final class Layover {
  private Layover() {}

  public static void main(String[] args) {
    System.exit(isPlain(args) ? run(args) : new CommandLine(new Layover()).execute(args));
  }

  /**
   * True for nothing but {@code serve} and perhaps a file, whose start is waited for, and for
   * nothing but {@code ready} and perhaps an address, which is started again and again. These are
   * not picocli's, whose classes are compiled for Java 5: the JVM keeps none of them in its
   * ahead-of-time cache, and reads, verifies and interprets them for longer than all that follows
   * takes.
   */
  static boolean isPlain(String... args) {
    return args.length > 0
        && args.length <= 2
        && (args[0].equals("serve") || args[0].equals("ready"))
        && (args.length == 1 || args[1].matches("[^-@].*"));
  }

  private static int run(String... args) {
    try {
      if (args[0].equals("ready")) {
        var url = args.length == 1 ? ReadyCommand.DEFAULT : args[1];
        return ReadyCommand.ask(url, System.out::println, System.err::println);
      }
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
