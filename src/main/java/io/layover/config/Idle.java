package io.layover.config;

import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What is read and not used by this version. Who sets such a key is told, unless nothing is missing
 * then. A row whose key comes to be used is removed here.
 */
final class Idle {
  private static final String SENTENCE = "understood, but without effect in this version";

  /**
   * A path, in which {@code #} is any index.
   *
   * @param missed whether this value asks for something that is not done; absent: no value does
   */
  record Row(String path, @Nullable Predicate<Tree> missed) {}

  static final List<Row> ROWS =
      List.of(
          new Row("log.reportcaller", Unserved.ON),
          new Row("policy", Unserved::filled),
          // The state of an upload is on disk and not in its URL, so there is nothing to sign.
          // The only value that is not refused is what is done.
          new Row("http.net", null),
          new Row("storage.s3.v4auth", null),
          // A list of tags is a list of names in a directory: no manifests are looked at.
          new Row("storage.tag", null),
          // What a blob is, its file says; what is known of S3's is in memory.
          new Row("storage.cache.blobdescriptor", null),
          new Row("storage.cache.layerinfo", null),
          // Schema 1 is refused, and off is what it is.
          new Row("compatibility", null));

  private final Row row;
  private final Problems problems;

  private Idle(Row row, Problems problems) {
    this.row = row;
    this.problems = problems;
  }

  /** Warns of every row that the configuration has and whose effect is missed. */
  static void warn(Tree.Fields root, Problems problems) {
    var pulls = isFilled(root, "proxy.remoteurl") || isFilled(root, "proxy.upstreams");
    for (var row : ROWS) {
      // Without an upstream the whole section has no effect, which is told elsewhere.
      if (pulls || !row.path.startsWith("proxy.")) {
        new Idle(row, problems).look(root, "", List.of(row.path.split("\\.", -1)));
      }
    }
  }

  private void look(Tree in, String shown, List<String> rest) {
    var key = rest.getFirst();
    switch (in) {
      case Tree.Fields fields -> {
        var field = fields.fields().get(key);
        if (field != null) {
          reach(field, shown.isEmpty() ? key : shown + "." + key, rest.subList(1, rest.size()));
        }
      }
      case Tree.Items list when key.equals("#") -> {
        for (var i = 0; i < list.items().size(); i++) {
          look(list.items().get(i), shown + "[" + i + "]", rest.subList(1, rest.size()));
        }
      }
      default -> {
        // A wrong type, which the reader notes.
      }
    }
  }

  private void reach(Tree.Field field, String shown, List<String> rest) {
    if (!rest.isEmpty()) {
      look(field.value(), shown, rest);
    } else if (row.missed != null && !field.value().isEmpty() && row.missed.test(field.value())) {
      problems.warn(field.place(), shown + ": " + SENTENCE);
    }
  }

  private static boolean isFilled(Tree.Fields root, String path) {
    var field = root.find(path);
    return field != null && !field.value().isEmpty();
  }
}
