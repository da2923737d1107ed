package io.layover;

import io.layover.upkeep.Collector;
import java.io.Console;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** How far garbage collection is, for a person at a terminal. */
final class Progress implements Collector.Observer, AutoCloseable {
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
    show("repositories", repositories, -1);
  }

  @Override
  public void removed(int blobs, int all) {
    if (!removes) {
      close();
      removes = true;
    }
    show("blobs", blobs, all);
  }

  private void show(String task, int done, int all) {
    if (!isShown) {
      return;
    }
    if (bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(task)
              .setInitialMax(all)
              .setStyle(ProgressBarStyle.ASCII)
              .build();
    }
    bar.stepTo(done);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
