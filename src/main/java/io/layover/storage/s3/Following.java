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
    spool
        .grown(writer.nextEnd() - 1)
        .onSuccess(
            size -> {
              if (!stopped) {
                writer.grown(size);
                go();
              }
            });
  }

  void stop() {
    stopped = true;
  }
}
