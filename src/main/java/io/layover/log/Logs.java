package io.layover.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.layover.config.Logging;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** Where log lines go: to standard output, and which of them. */
public final class Logs extends ContextAwareBase implements Configurator {
  /** Called once by Logback, before any configuration is known. */
  @Override
  public ExecutionStatus configure(LoggerContext context) {
    apply(context, new LineLayout(LineLayout.Form.TEXT, Map.of()), Level.INFO, true);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** Puts the configuration's {@code log} section into force. */
  public static void apply(Logging logging) {
    var layout =
        new LineLayout(LineLayout.Form.valueOf(logging.formatter().name()), logging.fields());
    apply(
        (LoggerContext) LoggerFactory.getILoggerFactory(),
        layout,
        Level.toLevel(logging.level().name()),
        !logging.accesslog().disabled());
  }

  /** Writes out what is waiting; for the end of the program. */
  public static void flush() {
    ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
  }

  private static void apply(
      LoggerContext context, LineLayout layout, Level level, boolean accessLog) {
    context.reset();
    layout.setContext(context);
    layout.start();
    var writer = new LineWriter(layout, System.out);
    writer.setContext(context);
    writer.start();
    var root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.addAppender(writer);
    // Libraries say little that an operator can use below a warning.
    root.setLevel(level.isGreaterOrEqual(Level.WARN) ? level : Level.WARN);
    context.getLogger("io.layover").setLevel(level);
    // It calls every connection that a client or an upstream breaks an error; whoever reads from it
    // or writes to it knows better what that means.
    context.getLogger("io.vertx.core.net.impl.ConnectionBase").setLevel(Level.OFF);
    context.getLogger("access").setLevel(accessLog ? Level.INFO : Level.OFF);
    // Who was let in is to be known, however little else is.
    context.getLogger("audit").setLevel(Level.INFO);
  }
}
