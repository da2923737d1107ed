package io.layover;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.layover.log.Reason;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Asks a running Layover whether it is ready; for images that have no other client in them. */
@Command(
    name = "ready",
    description = "Asks a running Layover whether it is ready to serve.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0: it is", "1: it is not, or does not answer"},
    exitCodeOnInvalidInput = 1,
    mixinStandardHelpOptions = true)
final class ReadyCommand implements Callable<Integer> {
  static final String DEFAULT = "http://127.0.0.1:5001";
  private static final int LIMIT_MILLIS = 8_000;

  @Parameters(
      arity = "0..1",
      paramLabel = "URL",
      description = "Its debug address, http.debug.addr. Default: " + DEFAULT)
  private String url = DEFAULT;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    var terminal = spec.commandLine();
    return ask(url, terminal.getOut()::println, terminal.getErr()::println);
  }

  /** Asks, and returns the program's exit code. */
  static int ask(String url, Consumer<String> out, Consumer<String> err) {
    try {
      // The lightest client that there is: in an image it is started twice a minute.
      if (URI.create(url).resolve("/ready").toURL().openConnection()
          instanceof HttpURLConnection asked) {
        return ask(asked, out);
      }
      throw new IOException("not an HTTP address");
    } catch (IOException | IllegalArgumentException e) {
      err.accept(url + ": " + Reason.of(e));
      return 1;
    }
  }

  private static int ask(HttpURLConnection asked, Consumer<String> out) throws IOException {
    asked.setConnectTimeout(LIMIT_MILLIS);
    asked.setReadTimeout(LIMIT_MILLIS);
    var isReady = asked.getResponseCode() == 200;
    try (var body = isReady ? asked.getInputStream() : asked.getErrorStream()) {
      if (body != null) {
        out.accept(new String(body.readAllBytes(), UTF_8));
      }
    }
    return isReady ? 0 : 1;
  }
}
