package io.layover.config;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code log}.
 *
 * @param fields are part of every line
 */
public record Logging(
    AccessLog accesslog,
    Level level,
    Formatter formatter,
    Map<String, String> fields,
    boolean reportcaller,
    List<Hook> hooks) {

  public record AccessLog(boolean disabled) {}

  /** From the fewest lines to the most. */
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG
  }

  /** The form of a line. */
  public enum Formatter {
    TEXT,
    JSON,
    LOGSTASH
  }

  /** Sends a message when a line of one of {@code levels} is logged. */
  public record Hook(String type, boolean disabled, List<String> levels, Mail options) {
    public record Mail(Smtp smtp, @Nullable String from, List<String> to) {}

    public record Smtp(
        @Nullable String addr,
        @Nullable String username,
        @Nullable Secret password,
        boolean insecure) {}

    private static Hook read(Section s) {
      var options = s.section("options");
      var smtp = options.section("smtp");
      return new Hook(
          s.required("type"),
          s.flag("disabled", false),
          s.texts("levels"),
          new Mail(
              new Smtp(
                  smtp.text("addr"),
                  smtp.text("username"),
                  smtp.secret("password"),
                  smtp.flag("insecure", false)),
              options.text("from"),
              options.texts("to")));
    }
  }

  /** {@code loglevel} is the deprecated key at the top, which {@code log.level} overrules. */
  static Logging read(Section s, Level loglevel) {
    return new Logging(
        new AccessLog(s.section("accesslog").flag("disabled", false)),
        s.choice("level", loglevel),
        s.choice("formatter", Formatter.TEXT),
        s.section("fields").texts(),
        s.flag("reportcaller", false),
        s.sections("hooks").stream().map(Hook::read).toList());
  }
}
