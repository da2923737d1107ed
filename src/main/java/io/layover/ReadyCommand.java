package io.layover;

import io.layover.log.Reason;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
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
  private static final Duration LIMIT = Duration.ofSeconds(8);

  @Parameters(
      arity = "0..1",
      paramLabel = "URL",
      description = "Its debug address, http.debug.addr. Default: http://127.0.0.1:5001")
  private URI url = URI.create("http://127.0.0.1:5001");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws InterruptedException {
    try (var http = HttpClient.newBuilder().connectTimeout(LIMIT).build()) {
      var request = HttpRequest.newBuilder(url.resolve("/ready")).timeout(LIMIT).build();
      var answer = http.send(request, BodyHandlers.ofString());
      spec.commandLine().getOut().println(answer.body());
      return answer.statusCode() == 200 ? 0 : 1;
    } catch (IOException | IllegalArgumentException e) {
      spec.commandLine().getErr().println(url + ": " + Reason.of(e));
      return 1;
    }
  }
}
