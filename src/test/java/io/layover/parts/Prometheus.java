package io.layover.parts;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Debian's Prometheus, which looks at debug addresses every second, by this project's rules. */
public final class Prometheus extends Daemon {
  private static final Path RULES = Path.of("deploy/prometheus").toAbsolutePath();

  private final HttpClient http = HttpClient.newHttpClient();
  private final Path folder;
  private final int port = Tools.freePort();

  private Prometheus(Path folder) {
    super(folder.resolve("prometheus.log"));
    this.folder = folder;
  }

  /** One that looks at these ports. */
  public static Prometheus watching(int... ports) {
    var prometheus = new Prometheus(Tools.freshFolder("prometheus"));
    var targets =
        Arrays.stream(ports)
            .mapToObj(port -> "'127.0.0.1:" + port + "'")
            .collect(Collectors.joining(", "));
    Tools.write(
        prometheus.folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 1s, evaluation_interval: 1s}
        rule_files: ['%s/recording.yml', '%s/alerts.yml']
        scrape_configs:
          - job_name: layover
            static_configs: [{targets: [%s]}]
        """
            .formatted(RULES, RULES, targets));
    prometheus.launch(Duration.ofSeconds(60));
    prometheus.awaitReady();
    return prometheus;
  }

  /** It answers before it can be asked. */
  private void awaitReady() {
    var end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (ask("/-/ready").statusCode() != 200) {
      if (System.nanoTime() > end) {
        throw new AssertionError("Prometheus is never ready\n" + output());
      }
      pause();
    }
  }

  @Override
  List<String> command() {
    return List.of(
        Tools.path("prometheus"),
        "--config.file=" + folder.resolve("prometheus.yml"),
        "--storage.tsdb.path=" + folder.resolve("tsdb"),
        "--web.listen-address=127.0.0.1:" + port);
  }

  @Override
  URI probe() {
    return URI.create("http://127.0.0.1:" + port + "/-/ready");
  }

  private JsonObject get(String path) {
    var json = new JsonObject(ask(path).body());
    if (!"success".equals(json.getString("status"))) {
      throw new AssertionError(path + ": " + json.getString("error"));
    }
    return json.getJsonObject("data");
  }

  private HttpResponse<String> ask(String path) {
    try {
      var uri = URI.create("http://127.0.0.1:" + port + path);
      return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** What a query comes to now; fails if it is none. */
  public JsonArray value(String query) {
    return get("/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8))
        .getJsonArray("result");
  }

  /** The health of each rule, as {@code name: health}; it is unknown until a rule was evaluated. */
  public List<String> rules() {
    return get("/api/v1/rules").getJsonArray("groups").stream()
        .map(JsonObject.class::cast)
        .flatMap(group -> group.getJsonArray("rules").stream())
        .map(JsonObject.class::cast)
        .map(rule -> rule.getString("name") + ": " + rule.getString("health"))
        .toList();
  }
}
