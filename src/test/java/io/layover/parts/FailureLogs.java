package io.layover.parts;

import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** A test that fails shows what its servers wrote last, as it may not do so a second time. */
public final class FailureLogs implements TestExecutionExceptionHandler, AfterEachCallback {
  private static final int LINES = 60;

  @Override
  public void handleTestExecutionException(ExtensionContext test, Throwable failure)
      throws Throwable {
    for (var daemon : Daemon.started()) {
      failure.addSuppressed(new AssertionError(daemon.log() + " ends with\n" + lastOf(daemon)));
    }
    throw failure;
  }

  private static String lastOf(Daemon daemon) {
    List<String> lines = daemon.output().lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES), lines.size()));
  }

  @Override
  public void afterEach(ExtensionContext test) {
    Daemon.forgetStopped();
  }
}
