package io.layover.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The three forms of a line that distribution knows: text, JSON and Logstash's JSON. What looks
 * like a secret is covered in all of them.
 */
final class LineLayout extends LayoutBase<ILoggingEvent> {
  /** What a character asks for where it stands in a value. */
  private static final byte[] KINDS = kinds("._:/@^+-");

  private static final byte ESCAPED = 0;
  private static final byte QUOTED = 1;
  private static final byte PLAIN = 2;

  /** The form of a line. */
  enum Form {
    TEXT,
    JSON,
    LOGSTASH
  }

  private final Form form;
  private final Map<String, String> fields;
  private volatile Moment last = new Moment(Long.MIN_VALUE, "");

  /** A time to the millisecond: many lines are written in one. */
  private record Moment(long epochMilli, String text) {
    private static final DateTimeFormatter FORM =
        DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    static Moment of(long epochMilli) {
      return new Moment(epochMilli, FORM.format(Instant.ofEpochMilli(epochMilli)));
    }
  }

  LineLayout(Form form, Map<String, String> fields) {
    this.form = form;
    this.fields = fields;
  }

  @Override
  public String doLayout(ILoggingEvent event) {
    var lines = new StringBuilder();
    append(lines, event);
    return lines.toString();
  }

  /** Appends the line of an event to those of others. */
  void append(StringBuilder lines, ILoggingEvent event) {
    switch (form) {
      case TEXT -> text(lines, event);
      case JSON -> lines.append(json(event, "time", "msg", Map.of()));
      case LOGSTASH -> lines.append(json(event, "@timestamp", "message", Map.of("@version", "1")));
    }
  }

  /** Written as it comes: this is done for every request. */
  private void text(StringBuilder text, ILoggingEvent event) {
    if (begin(text, "time")) {
      text.append(time(event));
    }
    if (begin(text, "level")) {
      text.append(level(event));
    }
    append(text, "msg", event.getFormattedMessage());
    if (event.getKeyValuePairs() != null) {
      for (var pair : event.getKeyValuePairs()) {
        append(text, pair.key, pair.value);
      }
    }
    fields.forEach((key, value) -> append(text.append(' ').append(key).append('='), value));
    var thrown = event.getThrowableProxy();
    if (thrown != null) {
      append(text, "error", error(thrown));
    }
    text.append('\n');
    if (thrown != null) {
      text.append(trace(thrown));
    }
  }

  /** Appends what the configuration gives no value of its own. */
  private void append(StringBuilder text, String key, @Nullable Object value) {
    if (!begin(text, key)) {
      return;
    }
    if (isPlain(value)) {
      text.append(value);
    } else {
      append(text, Mask.over(String.valueOf(value)));
    }
  }

  /** Appends a key, unless the configuration gives it a value of its own: then it says false. */
  private boolean begin(StringBuilder text, String key) {
    if (fields.containsKey(key)) {
      return false;
    }
    if (!text.isEmpty() && text.charAt(text.length() - 1) != '\n') {
      text.append(' ');
    }
    text.append(key).append('=');
    return true;
  }

  private String json(
      ILoggingEvent event, String timeKey, String textKey, Map<String, Object> more) {
    var line = new LinkedHashMap<String, Object>();
    line.put(timeKey, time(event));
    line.put("level", level(event));
    line.put(textKey, shown(event.getFormattedMessage()));
    line.putAll(more);
    if (event.getKeyValuePairs() != null) {
      event.getKeyValuePairs().forEach(pair -> line.put(pair.key, shown(pair.value)));
    }
    line.putAll(fields);
    var thrown = event.getThrowableProxy();
    if (thrown != null) {
      line.put("error", shown(error(thrown)));
      line.put("stack", shown(ThrowableProxyUtil.asString(thrown)));
    }
    return new JsonObject(line).encode() + "\n";
  }

  private static String level(ILoggingEvent event) {
    return event.getLevel().equals(Level.INFO)
        ? "info"
        : event.getLevel().toString().toLowerCase(Locale.ROOT);
  }

  private static String error(IThrowableProxy thrown) {
    return thrown.getClassName() + ": " + thrown.getMessage();
  }

  /** A value without its secrets. */
  private static @Nullable Object shown(@Nullable Object value) {
    return isPlain(value) ? value : Mask.over(String.valueOf(value));
  }

  private String time(ILoggingEvent event) {
    var moment = last;
    if (moment.epochMilli != event.getTimeStamp()) {
      moment = Moment.of(event.getTimeStamp());
      last = moment;
    }
    return moment.text;
  }

  /** What JSON writes without quotes, and is no text. */
  private static boolean isPlain(@Nullable Object value) {
    return value == null || value instanceof Number || value instanceof Boolean;
  }

  /** Every line of it begins with a tab, so that none can look like a line of the log. */
  private static String trace(IThrowableProxy thrown) {
    return Mask.over(ThrowableProxyUtil.asString(thrown))
        .lines()
        .map(below -> (below.startsWith("\t") ? below : "\t" + below) + "\n")
        .collect(Collectors.joining());
  }

  /** Quotes what needs it, so that no value can look like another key or another line. */
  private static void append(StringBuilder text, String value) {
    var kind = kind(value);
    if (kind == PLAIN) {
      text.append(value);
      return;
    }
    if (kind == QUOTED) {
      text.append('"').append(value).append('"');
      return;
    }
    text.append('"');
    for (var i = 0; i < value.length(); i++) {
      var c = value.charAt(i);
      switch (c) {
        case '"', '\\' -> text.append('\\').append(c);
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        default -> text.append(isLineEndOrControl(c) ? '\uFFFD' : c);
      }
    }
    text.append('"');
  }

  /** What the character asks for that asks for the most. */
  private static byte kind(String value) {
    var kind = value.isEmpty() ? QUOTED : PLAIN;
    for (var i = 0; i < value.length(); i++) {
      var c = value.charAt(i);
      var its = c < KINDS.length ? KINDS[c] : ESCAPED;
      kind = its < kind ? its : kind;
    }
    return kind;
  }

  /**
   * The kinds of ASCII.
   *
   * @param plain the characters besides letters and digits that need no quotes
   */
  private static byte[] kinds(String plain) {
    var kinds = new byte[128];
    for (var c = '\0'; c < kinds.length; c++) {
      kinds[c] =
          Character.isLetterOrDigit(c) || plain.indexOf(c) >= 0
              ? PLAIN
              : Character.isISOControl(c) || c == '"' || c == '\\' ? ESCAPED : QUOTED;
    }
    return kinds;
  }

  private static boolean isLineEndOrControl(char c) {
    return Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
  }
}
