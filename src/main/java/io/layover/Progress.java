package io.layover;

import io.layover.upkeep.Collector;
import io.layover.upkeep.Verifier;
import io.layover.warm.Warmer;
import java.io.Console;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** How far it is, for a person at a terminal. */
final class Progress
    implements Collector.Observer, Verifier.Observer, Warmer.Observer, AutoCloseable {
  private final boolean isShown;
  private @Nullable ProgressBar bar;
  private boolean removes;

  private Progress(boolean isShown) {
    this.isShown = isShown;
  }

  /** One that shows nothing where nobody looks. */
  static Progress on(boolean quiet) {
    var isSeen = Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    return new Progress(isSeen && !quiet);
  }

  @Override
  public void looked(int repositories) {
    show("repositories", "", 1, repositories, -1);
  }

  @Override
  public void removed(int blobs, int all) {
    if (!removes) {
      close();
      removes = true;
    }
    show("blobs", "", 1, blobs, all);
  }

  @Override
  public synchronized void hashed(long bytes, long all) {
    show("hashed", " MB", 1_000_000, bytes, all);
  }

  @Override
  public synchronized void pulled(long bytes, long all) {
    show("pulled", " MB", 1_000_000, bytes, all);
  }

  private void show(String task, String unit, long size, long done, long all) {
    if (!isShown) {
      return;
    }
    if (bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(task)
              .setUnit(unit, size)
              .setInitialMax(all)
              .setStyle(ProgressBarStyle.ASCII)
              .build();
    }
    if (bar.getMax() != all) {
      // This draws the bar at once.
      bar.maxHint(all);
    }
    // What several threads say does not come in order, and a step back draws it at once, too.
    bar.stepTo(Math.max(done, bar.getCurrent()));
  }

  /** Ends the bar, so that something can be written; the next step begins another. */
  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
