package io.layover.eviction;

import io.layover.log.Reason;
import io.layover.storage.Disk;
import io.layover.storage.Lease;
import io.layover.storage.Stores;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what is cached within its limits. Whatever is done with {@link #stores()} stands in books,
 * which are written to a journal every second and compared with the storage once after each start.
 * Of several who share a storage one evicts: it compares its books again when its turn comes, and
 * every hour, as the others change things too.
 */
public final class Eviction {
  private static final Logger LOG = LoggerFactory.getLogger(Eviction.class);
  private static final long TICK_MILLIS = 1000;

  /** After the journal could not be written, or the storage not be read. */
  private static final int PAUSE_TICKS = 60;

  /** How often who has no right to evict asks for it. */
  private static final int TURN_TICKS = 15;

  /** How often the storage is looked through where others change it. */
  private static final int SHARED_TICKS = 3600;

  private final Disk disk;
  private final Stores raw;
  private final Stores booked;
  private final Census census;
  private final Recorder recorder;
  private final Evictor evictor;
  private final Vertx vertx;
  private final Lease lease;
  private volatile long timer;
  private boolean flushing;
  private int flushPause;
  private int censusPause;
  private int turnPause;
  private boolean mine;

  private Eviction(
      Vertx vertx,
      Disk disk,
      Stores raw,
      Stores booked,
      Census census,
      Recorder recorder,
      Evictor evictor) {
    this.vertx = vertx;
    this.disk = disk;
    this.raw = raw;
    this.lease = raw.leases().apply("eviction");
    this.booked = booked;
    this.census = census;
    this.recorder = recorder;
    this.evictor = evictor;
  }

  /** Reads the books, and begins to compare them with the storage. */
  public static Eviction start(
      Vertx vertx, Disk disk, Stores stores, Limits limits, MeterRegistry registry) {
    var ledger = new Ledger(limits, InstantSource.system());
    var recorder = Recorder.open(ledger, stores.books());
    var holds = new Holds();
    var census = new Census(ledger);
    var books = new Books(ledger, holds, census);
    var choice = new Choice(ledger, holds, census);
    var context = vertx.getOrCreateContext();
    var evictor =
        new Evictor(
            context, choice, stores, new EvictionMeters(registry, ledger, census, recorder));
    var booked =
        stores
            .with(new BookedBlobs(stores.blobs(), books, choice, evictor, disk))
            .with(new BookedRepositories(stores.repositories(), stores.blobs(), books, evictor));
    var eviction = new Eviction(vertx, disk, stores, booked, census, recorder, evictor);
    context.runOnContext(v -> eviction.run());
    return eviction;
  }

  /** The stores, through which everything has to go from now on. */
  public Stores stores() {
    return booked;
  }

  private void run() {
    timer = vertx.setPeriodic(TICK_MILLIS, t -> tick());
    if (lease.equals(Lease.ALONE)) {
      mine = true;
      evictor.allow(true);
      takeCensus(Integer.MAX_VALUE);
    }
  }

  /**
   * Looks through the storage.
   *
   * @param next after how many ticks it is looked through again
   */
  private void takeCensus(int next) {
    censusPause = Integer.MAX_VALUE;
    census
        .take(raw.blobs(), raw.repositories(), disk)
        .onSuccess(
            v -> {
              censusPause = next;
              evictor.allow(mine);
              evictor.sweep();
            })
        .onFailure(
            e -> {
              if (census.isStopped()) {
                return;
              }
              LOG.warn(
                  "the storage could not be looked through, so nothing is evicted: {}",
                  Reason.of(e));
              censusPause = PAUSE_TICKS;
            });
  }

  private void tick() {
    if (!lease.equals(Lease.ALONE)) {
      takeTurn();
    }
    evictor.sweep();
    if (mine && --censusPause <= 0) {
      takeCensus(lease.equals(Lease.ALONE) ? Integer.MAX_VALUE : SHARED_TICKS);
    }
    if (flushing || --flushPause > 0) {
      return;
    }
    flushing = true;
    disk.run(
            () -> {
              recorder.flush();
              return null;
            })
        .onFailure(
            e -> {
              LOG.warn("the eviction books could not be written: {}", Reason.of(e));
              flushPause = PAUSE_TICKS;
            })
        .onComplete(v -> flushing = false);
  }

  /** Asks for the right to evict; what has become of the storage is looked at before it is used. */
  private void takeTurn() {
    if (lease.isHeld() != mine) {
      mine = !mine;
      evictor.allow(false);
      censusPause = 0;
    }
    if (!mine && --turnPause <= 0) {
      turnPause = TURN_TICKS;
      lease
          .take()
          .onFailure(e -> LOG.debug("whether this replica evicts is not known: {}", Reason.of(e)));
    }
  }

  /** Writes the books. Nothing is used or evicted any more. */
  public Future<Void> close() {
    vertx.cancelTimer(timer);
    census.stop();
    return evictor
        .close()
        .eventually(lease::release)
        .compose(
            v ->
                disk.run(
                    () -> {
                      recorder.close();
                      return null;
                    }));
  }
}
