package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.layover.metrics.Scrape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * docs/metrics.md lists what the program emits, and dashboards and rules name nothing else: a
 * figure that is renamed fails here, and not in front of an empty panel.
 */
@Timeout(180)
class MetricsReferenceTest {
  /** What this test's servers have no occasion for. */
  private static final Set<String> ELSEWHERE =
      Set.of("layover_token_requests_total", "layover_cache_uncached_total");

  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `([a-z_0-9]+)` \\| ([a-z]+) \\| ([^|]*)\\|");
  private static final Pattern LABEL = Pattern.compile("`([a-z]+)`");
  private static final Pattern NAME =
      Pattern.compile("\\b(?:layover|jvm|process|system)_[a-z_0-9]+");

  @TempDir private Path folder;

  private record Figure(String type, Set<String> labels) {}

  private static Map<String, Figure> documented() throws IOException {
    var all = new TreeMap<String, Figure>();
    var rows = ROW.matcher(Files.readString(Path.of("docs/metrics.md")));
    while (rows.find()) {
      var labels = new TreeSet<String>();
      LABEL.matcher(rows.group(3)).results().forEach(match -> labels.add(match.group(1)));
      all.put(rows.group(1), new Figure(rows.group(2), labels));
    }
    return all;
  }

  @Test
  void listsWhatIsEmitted() throws Exception {
    try (var busy = new BusyMirror(folder)) {
      busy.round();
      busy.round();
      busy.upstreamFails();
      Mirror.await("everything happened", () -> missing(busy).isEmpty());
      var emitted = emitted(busy.scrape());
      var documented = documented();
      emitted.forEach((name, figure) -> assertEquals(figure, documented.get(name), name));
    }
  }

  private static List<String> missing(BusyMirror busy) {
    try {
      var emitted = emitted(busy.scrape());
      return documented().keySet().stream()
          .filter(name -> name.startsWith("layover_"))
          .filter(name -> !emitted.containsKey(name) && !ELSEWHERE.contains(name))
          .toList();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Beside each timer stands its largest value, which is told once for all. */
  private static Map<String, Figure> emitted(Scrape scrape) {
    var types = scrape.types();
    var all = new TreeMap<String, Figure>();
    types.forEach(
        (name, type) -> {
          if (!name.endsWith("_max") || !types.containsKey(name.substring(0, name.length() - 4))) {
            all.put(name, new Figure(type, labels(scrape, name)));
          }
        });
    return all;
  }

  private static Set<String> labels(Scrape scrape, String name) {
    var labels = new TreeSet<String>();
    for (var sample : scrape.samples()) {
      if (series(name).contains(sample.name())) {
        labels.addAll(sample.labels().keySet());
      }
    }
    labels.removeAll(Set.of("le", "quantile"));
    return labels;
  }

  private static Set<String> series(String name) {
    UnaryOperator<String> with = end -> name + end;
    return Set.of(name, with.apply("_count"), with.apply("_sum"), with.apply("_bucket"));
  }

  @Test
  void dashboardsAndRulesNameNothingElse() throws IOException {
    var known = new HashSet<String>();
    documented()
        .forEach(
            (name, figure) -> {
              known.addAll(
                  figure.type.equals("histogram") || figure.type.equals("summary")
                      ? series(name)
                      : Set.of(name));
              known.add(name + "_max");
            });
    var unknown = new ArrayList<String>();
    for (var file : watchers()) {
      var text = Files.readString(file);
      // What a rule records is a name of its own.
      NAME.matcher(text.replaceAll("\\w+:layover_\\w+:\\w+", ""))
          .results()
          .filter(match -> !known.contains(match.group()))
          .forEach(match -> unknown.add(file.getFileName() + ": " + match.group()));
    }
    assertEquals(List.of(), unknown);
  }

  private static List<Path> watchers() throws IOException {
    try (var dashboards = Files.list(Path.of("grafana/dashboards"));
        var rules = Files.list(Path.of("deploy/prometheus"))) {
      var all = Stream.concat(dashboards, rules).sorted().toList();
      assertFalse(all.isEmpty());
      return all;
    }
  }

  /** An alert that nobody can act on is noise. */
  @Test
  void everyAlertHasARunbookAndATest() throws IOException {
    var alerts = Files.readString(Path.of("deploy/prometheus/alerts.yml"));
    var tests = Files.readString(Path.of("deploy/prometheus/tests.yml"));
    for (var alert : alerts.split("- alert: ", -1)) {
      if (alert.startsWith("Layover")) {
        var name = alert.lines().findFirst().orElse("");
        assertEquals(1, alert.split("runbook: \"", -1).length - 1, name);
        assertEquals(1, tests.split("alertname: " + name + "\n", -1).length - 1, name);
      }
    }
  }
}
