package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.parts.Command;
import io.layover.parts.Prometheus;
import io.layover.parts.RealParts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus watches a Layover under traffic, and every panel has something to show. */
@RealParts({"prometheus", "promtool"})
@Timeout(300)
class DashboardsIT {
  private static final Path RULES = Path.of("deploy/prometheus").toAbsolutePath();

  @TempDir private Path folder;

  @Test
  void rulesAreGoodAndEveryAlertFires() {
    Command.of("promtool", "check", "rules", "recording.yml", "alerts.yml")
        .in(RULES)
        .run()
        .orFail();
    Command.of("promtool", "check", "config", "prometheus.yml").in(RULES).run().orFail();
    Command.of("promtool", "test", "rules", "tests.yml").in(RULES).run().orFail();
  }

  @Test
  void everyPanelShowsSomething() throws Exception {
    var queries = queries();
    assertTrue(queries.size() > 50, "found only " + queries);
    try (var busy = new BusyMirror(folder);
        var prometheus = Prometheus.watching(busy.ports())) {
      Mirror.await("Prometheus looks at both", () -> prometheus.value("up").size() == 2);
      busy.round();
      busy.round();
      busy.upstreamFails();
      var empty = new ArrayList<>(queries);
      for (var i = 0; i < 20 && !empty.isEmpty(); i++) {
        busy.round();
        empty.removeIf(query -> !prometheus.value(query).isEmpty());
      }
      assertEquals(List.of(), empty);
      Mirror.await(
          "every rule can be evaluated",
          () -> prometheus.rules().stream().allMatch(rule -> rule.endsWith(": ok")));
    }
  }

  private static List<String> queries() throws IOException {
    var all = new ArrayList<String>();
    try (Stream<Path> files = Files.list(Path.of("grafana/dashboards"))) {
      for (var file : files.sorted().toList()) {
        var panels = new JsonObject(Files.readString(file)).getJsonArray("panels");
        for (var panel : objects(panels)) {
          for (var target : objects(panel.getJsonArray("targets"))) {
            all.add(
                target
                    .getString("expr")
                    .replace("$instance", ".*")
                    .replace("$__rate_interval", "1m"));
          }
        }
      }
    }
    return all;
  }

  private static List<JsonObject> objects(JsonArray array) {
    return array.stream().map(JsonObject.class::cast).toList();
  }
}
