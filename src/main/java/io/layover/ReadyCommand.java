package io.layover;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.layover.log.Reason;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.concurrent.Callable;
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
  private static final int LIMIT_MILLIS = 8_000;

  @Parameters(
      arity = "0..1",
      paramLabel = "URL",
      description = "Its debug address, http.debug.addr. Default: http://127.0.0.1:5001")
  private URI url = URI.create("http://127.0.0.1:5001");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    try {
      // The lightest client that there is: in an image it is started twice a minute.
      if (url.resolve("/ready").toURL().openConnection() instanceof HttpURLConnection asked) {
        return ask(asked);
      }
      throw new IOException("not an HTTP address");
    } catch (IOException | IllegalArgumentException e) {
      spec.commandLine().getErr().println(url + ": " + Reason.of(e));
      return 1;
    }
  }

  private int ask(HttpURLConnection asked) throws IOException {
    asked.setConnectTimeout(LIMIT_MILLIS);
    asked.setReadTimeout(LIMIT_MILLIS);
    var isReady = asked.getResponseCode() == 200;
    try (var body = isReady ? asked.getInputStream() : asked.getErrorStream()) {
      if (body != null) {
        spec.commandLine().getOut().println(new String(body.readAllBytes(), UTF_8));
      }
    }
    return isReady ? 0 : 1;
  }
}
