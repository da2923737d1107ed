package io.layover.storage.s3;

import io.layover.storage.Spool;

/** Sends each part of a file as soon as the file has all of it. */
final class Following {
  private final Spool spool;
  private final PartsWriter writer;
  private volatile boolean stopped;

  Following(Spool spool, PartsWriter writer) {
    this.spool = spool;
    this.writer = writer;
  }

  void go() {
    await(writer.nextEnd() - 1);
  }

  /** Each time there is more than before, as the writer remembers what it cannot send yet. */
  private void await(long size) {
    spool
        .grown(size)
        .onSuccess(
            grown -> {
              if (!stopped) {
                writer.grown(grown);
                await(Math.max(grown, writer.nextEnd() - 1));
              }
            });
  }

  void stop() {
    stopped = true;
  }
}
