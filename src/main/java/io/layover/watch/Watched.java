package io.layover.watch;

import io.layover.log.Reason;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What some files say. When they change they are read again; while they cannot be, what was read
 * before stays in force, and the log says so once for every change.
 */
public final class Watched<T> implements Supplier<T>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watched.class);

  private final String what;
  private final Supplier<T> reader;
  private final List<Consumer<T>> listeners = new CopyOnWriteArrayList<>();
  private final FileWatch.Subscription subscription;
  private volatile T value;

  /**
   * Reads the files, and starts to watch them.
   *
   * @param what the files by a name for the log, such as {@code the configuration of tokens}
   * @param reader reads them all, and throws if they are not good; it may block, and is called from
   *     a thread of its own later
   */
  public Watched(FileWatch watch, String what, List<Path> files, Supplier<T> reader) {
    this.what = what;
    this.reader = reader;
    // First, so that a change while they are read is not missed.
    subscription = watch.subscribe(files, this::reread);
    synchronized (listeners) {
      value = first();
    }
  }

  private T first() {
    try {
      return reader.get();
    } catch (RuntimeException e) {
      subscription.close();
      throw e;
    }
  }

  /** What was last read and is good. */
  @Override
  public T get() {
    return value;
  }

  /** Has every new value from now on given to {@code listener}, on the thread that reads. */
  public void onChange(Consumer<T> listener) {
    listeners.add(listener);
  }

  /** Ends the watch; the value stays. */
  @Override
  public void close() {
    subscription.close();
  }

  private void reread() {
    try {
      // The first reading may still go on.
      synchronized (listeners) {
        accept(reader.get());
      }
    } catch (RuntimeException e) {
      LOG.warn("{} cannot be used; what was read before stays in force: {}", what, reason(e));
    }
  }

  private void accept(T read) {
    if (!Objects.equals(read, value)) {
      value = read;
      listeners.forEach(listener -> listener.accept(read));
      LOG.info("{} has changed and is in force", what);
    }
  }

  /** A message of several lines tells of several places in a file. */
  private static String reason(RuntimeException e) {
    return e.getMessage() == null || e instanceof UncheckedIOException
        ? Reason.of(e)
        : e.getMessage().lines().collect(Collectors.joining("; "));
  }
}
