package io.layover;

import io.layover.auth.Scope;
import io.layover.config.Auth;
import io.layover.config.AuthFileReader;
import io.layover.config.ConfigException;
import io.layover.config.ConfigPrinter;
import io.layover.config.ConfigReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Reads the configuration as {@code serve} would, and shows what it comes to. */
@Command(
    name = "check",
    customSynopsis = {
      "layover check [CONFIG]",
      "layover check --as USER [--address IP] [--service NAME] [--label KEY=VALUE]... SCOPE..."
          + " [CONFIG]"
    },
    description = {
      "Prints the effective configuration with secrets masked, or what is wrong with it. CONFIG is"
          + " distribution's or docker_auth's.",
      "With --as, it prints what a user would be granted by the rules of a token server, and which"
          + " rule decided."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0: the configuration is good; all that was asked for is granted",
      "1: the configuration or the command line is not good",
      "2: some of what was asked for is not granted"
    },
    exitCodeOnInvalidInput = 1,
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  private static final int NOT_GRANTED = 2;

  @Option(
      names = "--as",
      paramLabel = "USER",
      description = "Who asks for access; '' is everybody who does not say.")
  private @Nullable String user;

  @Option(names = "--address", paramLabel = "IP", description = "From which address.")
  private @Nullable String address;

  @Option(names = "--service", paramLabel = "NAME", description = "For which service.")
  private String service = "";

  @Option(
      names = "--label",
      paramLabel = "KEY=VALUE",
      description = "A label of the user's, beside those in the file.")
  private List<String> labels = new ArrayList<>();

  @Parameters(
      arity = "0..*",
      paramLabel = "SCOPE... CONFIG",
      description =
          "What is asked for, such as repository:library/alpine:pull,push, and the configuration"
              + " file. Default: config/layover.yml, or only the REGISTRY_ variables of the"
              + " environment where there is no such file.")
  private List<String> words = new ArrayList<>();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    var scopes = new ArrayList<Scope>();
    var file = arguments(scopes);
    try {
      return user == null ? show(file) : decide(user, scopes, rules(file));
    } catch (ConfigException e) {
      e.problems().forEach(spec.commandLine().getErr()::println);
      return 1;
    } catch (StartException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return 1;
    }
  }

  /** Takes the words apart: what reads as a scope is one, the other is the file. */
  private @Nullable Path arguments(List<Scope> scopes) {
    @Nullable Path file = null;
    for (var word : words) {
      var scope = user == null ? null : Scope.parse(word);
      if (scope != null && !scope.actions().isEmpty()) {
        scopes.add(scope);
      } else if (file == null) {
        file = Path.of(word);
      } else {
        throw wrong("\"" + word + "\" is one file too many");
      }
    }
    if (user != null && scopes.isEmpty()) {
      throw wrong("--as needs a scope, such as repository:library/alpine:pull");
    }
    if (user == null && (address != null || !service.isEmpty() || !labels.isEmpty())) {
      throw wrong("--address, --service and --label go with --as");
    }
    return file == null ? ConfigArgument.otherwise() : file;
  }

  private int show(@Nullable Path file) throws StartException {
    if (file != null && AuthFileReader.isOne(file)) {
      var effective = AuthFileReader.alone(file);
      print(effective.warnings(), ConfigPrinter.print(effective));
    } else {
      var effective = ConfigReader.read(file, System.getenv());
      if (effective.auth() instanceof Auth.TokenServer tokens) {
        AuthFileReader.embedded(tokens.server()).warnings().forEach(this::warn);
      }
      print(effective.warnings(), ConfigPrinter.print(effective));
    }
    Engine.check(System.getenv());
    return 0;
  }

  private void print(List<String> warnings, String text) {
    warnings.forEach(this::warn);
    spec.commandLine().getOut().print(text);
    spec.commandLine().getOut().flush();
  }

  private void warn(String sentence) {
    spec.commandLine().getErr().println("warning: " + sentence);
  }

  /** The file with the rules: this one, or that which it names. */
  private Path rules(@Nullable Path file) {
    if (file != null && AuthFileReader.isOne(file)) {
      return file;
    }
    if (ConfigReader.read(file, System.getenv()).auth() instanceof Auth.TokenServer tokens) {
      return tokens.server();
    }
    throw wrong("--as needs docker_auth's file, or a configuration with auth.token.server");
  }

  private int decide(String name, List<Scope> scopes, Path rules) {
    var file = AuthFileReader.embedded(rules);
    file.warnings().forEach(this::warn);
    var check = new AccessCheck(file, name, labels(), service, address);
    check.doubts().forEach(this::warn);
    var isGranted = true;
    for (var scope : scopes) {
      var answer = check.answer(scope);
      spec.commandLine().getOut().println(answer.sentence());
      isGranted &= answer.isGranted();
    }
    spec.commandLine().getOut().flush();
    return isGranted ? 0 : NOT_GRANTED;
  }

  private Map<String, List<String>> labels() {
    var all = new LinkedHashMap<String, List<String>>();
    for (var label : labels) {
      var equal = label.indexOf('=');
      if (equal < 0) {
        throw wrong("\"" + label + "\" is no label; write KEY=VALUE");
      }
      all.computeIfAbsent(label.substring(0, equal), key -> new ArrayList<>())
          .add(label.substring(equal + 1));
    }
    return all;
  }

  private ParameterException wrong(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }
}
