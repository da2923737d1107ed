package io.layover;

import io.layover.config.Storage;
import io.layover.log.Reason;
import io.layover.storage.Lease;
import io.layover.storage.UploadStore;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes uploads that nobody goes on with, from time to time, as the configuration says. */
final class Purging {
  private static final Logger LOG = LoggerFactory.getLogger(Purging.class);

  /** As in distribution: those that were started together do not all begin at the same time. */
  private static final Duration LATEST_START = Duration.ofHours(1);

  private final Storage.Maintenance.UploadPurging rules;
  private final UploadStore uploads;
  private final Lease lease;
  private final Counter purged;

  private Purging(
      Storage.Maintenance.UploadPurging rules, UploadStore uploads, Lease lease, Counter purged) {
    this.rules = rules;
    this.uploads = uploads;
    this.lease = lease;
    this.purged = purged;
  }

  /** Begins, unless nothing is to be removed; the timers end with {@code vertx}. */
  static void start(Vertx vertx, Storage storage, Storing storing, MeterRegistry meters) {
    var maintenance = storage.maintenance();
    var rules = maintenance.uploadpurging();
    if (!rules.enabled() || maintenance.readonly().enabled()) {
      return;
    }
    var stores = storing.stores();
    var purging =
        new Purging(
            rules,
            stores.uploads(),
            stores.leases().apply("purge"),
            Counter.builder("layover.uploads.purged")
                .description("uploads that were removed as nobody went on with them")
                .register(meters));
    var interval = Math.max(1, rules.interval().toMillis());
    var first = Math.min(interval, ThreadLocalRandom.current().nextLong(LATEST_START.toMillis()));
    vertx.setTimer(
        Math.max(1, first),
        t -> {
          purging.run();
          vertx.setPeriodic(interval, again -> purging.run());
        });
  }

  private void run() {
    lease
        .take()
        .compose(
            held ->
                held
                    ? uploads
                        .purge(Instant.now().minus(rules.age()), rules.dryrun())
                        .onSuccess(this::done)
                        .eventually(lease::release)
                    : Future.succeededFuture())
        .onFailure(e -> LOG.warn("uploads could not be purged: {}", Reason.of(e)));
  }

  private void done(int count) {
    if (!rules.dryrun()) {
      purged.increment(count);
    }
    if (count > 0) {
      LOG.info("{} uploads were left alone for {} or longer", count, rules.age());
    }
  }
}
