package io.layover.watch;

import io.layover.log.Reason;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that files have changed: written, replaced by a rename, or reached by links that lead
 * elsewhere now, as Kubernetes swaps them. It looks when the system tells of a change in their
 * directories, and every few seconds because some file systems never tell; and it waits until they
 * have been quiet, so that nobody reads half a file.
 */
public final class FileWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FileWatch.class);
  private static final Duration SLOW = Duration.ofSeconds(10);
  private static final Duration QUIET = Duration.ofMillis(200);

  private final Duration pause;
  private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();
  private final @Nullable WatchService events;
  private final Thread thread;
  private volatile boolean closed;

  /** Starts without files; most of what changes is noticed in less than a second. */
  public FileWatch() {
    this(SLOW, true);
  }

  FileWatch(Duration pause, boolean withEvents) {
    this.pause = pause;
    events = withEvents ? events() : null;
    thread = Thread.ofPlatform().daemon().name("files").start(this::run);
  }

  private static @Nullable WatchService events() {
    try {
      return FileSystems.getDefault().newWatchService();
    } catch (IOException e) {
      LOG.warn("changes of files are noticed late, as the system tells none: {}", Reason.of(e));
      return null;
    }
  }

  /** Files that are watched together. */
  public final class Subscription implements AutoCloseable {
    private final List<Path> files;
    private final Runnable changed;
    private List<FileState> known;
    private List<FileState> seen;

    private Subscription(List<Path> files, Runnable changed) {
      this.files = List.copyOf(files);
      this.changed = changed;
      known = states();
      seen = known;
    }

    private List<FileState> states() {
      return files.stream().map(FileState::of).toList();
    }

    /** Looks at the files, and tells if they have changed and are quiet; true if they are not. */
    private boolean look() {
      var now = states();
      var isQuiet = now.equals(seen);
      seen = now;
      if (isQuiet && !now.equals(known)) {
        known = now;
        tell();
      }
      return !isQuiet;
    }

    private void tell() {
      try {
        changed.run();
      } catch (RuntimeException e) {
        LOG.error("a change of {} was not taken in", files, e);
      }
    }

    /** Ends it; a call that is under way may still be seen. */
    @Override
    public void close() {
      subscriptions.remove(this);
    }
  }

  /** Has {@code changed} called on this watch's thread, after every change of one of the files. */
  Subscription subscribe(List<Path> files, Runnable changed) {
    var subscription = new Subscription(files, changed);
    subscriptions.add(subscription);
    register(subscription);
    return subscription;
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    if (events != null) {
      try {
        events.close();
      } catch (IOException e) {
        LOG.debug("closing the watch of files", e);
      }
    }
  }

  private void run() {
    try {
      var isMoving = false;
      while (!closed) {
        await(isMoving);
        isMoving = false;
        for (var subscription : subscriptions) {
          // First, so that no change falls between the two.
          register(subscription);
          isMoving |= subscription.look();
        }
      }
    } catch (InterruptedException | ClosedWatchServiceException e) {
      LOG.trace("the watch of files ends", e);
    }
  }

  /** Returns when it is time to look: soon while a file moves or a directory has changed. */
  private void await(boolean isMoving) throws InterruptedException {
    if (events == null) {
      Thread.sleep(isMoving ? QUIET : pause);
      return;
    }
    var key = isMoving ? events.poll() : events.poll(pause.toMillis(), TimeUnit.MILLISECONDS);
    var hasChanged = key != null;
    for (; key != null; key = events.poll()) {
      // Until the next look: a log in the same directory would tell of each of its lines.
      key.cancel();
    }
    if (hasChanged || isMoving) {
      Thread.sleep(QUIET);
    }
  }

  /** Asks for events of the directories; for one that has them already it changes nothing. */
  private void register(Subscription subscription) {
    if (events != null) {
      directories(subscription.files).forEach(directory -> register(events, directory));
    }
  }

  private static void register(WatchService events, Path directory) {
    try {
      directory.register(
          events,
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_MODIFY,
          StandardWatchEventKinds.ENTRY_DELETE);
    } catch (IOException e) {
      LOG.debug("{} is looked at every few seconds only", directory, e);
    }
  }

  /** Where the files' names stand, and where the files do that they lead to. */
  private static Set<Path> directories(List<Path> files) {
    var directories = new HashSet<Path>();
    for (var file : files) {
      directories.add(parent(file.toAbsolutePath()));
      try {
        directories.add(parent(file.toRealPath()));
      } catch (IOException e) {
        LOG.trace("{} is not there", file, e);
      }
    }
    return directories;
  }

  private static Path parent(Path file) {
    var parent = file.getParent();
    return parent == null ? file : parent;
  }
}
