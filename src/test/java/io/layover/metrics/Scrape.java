package io.layover.metrics;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Figures as Prometheus reads them. */
public record Scrape(String text) {
  private static final Pattern SAMPLE = Pattern.compile("^([a-z_0-9]+)(?:\\{(.*)})? (\\S+)$");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Pattern TYPE = Pattern.compile("^# TYPE (\\S+) (\\S+)$", Pattern.MULTILINE);

  /** One line. */
  public record Sample(String name, Map<String, String> labels, double value) {}

  /** Asks a debug address. */
  public static Scrape of(int port) throws IOException, InterruptedException {
    try (var http = HttpClient.newHttpClient()) {
      var uri = URI.create("http://127.0.0.1:" + port + "/metrics");
      return new Scrape(
          http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body());
    }
  }

  public List<Sample> samples() {
    return text.lines()
        .map(SAMPLE::matcher)
        .filter(matcher -> matcher.matches())
        .map(
            matcher ->
                new Sample(
                    matcher.group(1),
                    labels(matcher.group(2) == null ? "" : matcher.group(2)),
                    Double.parseDouble(matcher.group(3).replace("Inf", "Infinity"))))
        .toList();
  }

  private static Map<String, String> labels(String text) {
    return LABEL
        .matcher(text)
        .results()
        .collect(Collectors.toMap(match -> match.group(1), match -> match.group(2)));
  }

  /** All that the samples of this name and these labels come to; labels as name, value, … */
  public double sum(String name, String... labels) {
    return samples().stream()
        .filter(sample -> sample.name.equals(name))
        .filter(
            sample -> {
              for (var i = 0; i < labels.length; i += 2) {
                if (!labels[i + 1].equals(sample.labels.get(labels[i]))) {
                  return false;
                }
              }
              return true;
            })
        .mapToDouble(Sample::value)
        .sum();
  }

  /** The names and types of everything. */
  public Map<String, String> types() {
    return TYPE.matcher(text)
        .results()
        .collect(Collectors.toMap(match -> match.group(1), match -> match.group(2), (a, b) -> a));
  }
}
