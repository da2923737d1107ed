package io.layover.eviction;

import io.layover.log.Reason;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a journal of the ledger: of each link that changed since the last time its state, once. The
 * journal is written anew when most of it is outdated. Methods block, but never with the ledger in
 * their hands.
 */
final class Recorder implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);

  /** A journal grows by this and once its size before it is written anew. */
  private static final long SLACK = 4 << 20;

  private static final int FIRST = 0;

  private final Ledger ledger;
  private final Path file;
  private final ByteBuffer block = ByteBuffer.allocate(Journal.LARGEST);
  private final AtomicLong compactions = new AtomicLong();

  /** Absent until the first one is written. */
  private @Nullable Journal journal;

  private long written;

  /** How many names this journal can refer to, as this process numbers them. */
  private int declared;

  /** True if something is missing in the journal that only a new one will have. */
  private boolean spoilt;

  private Recorder(Ledger ledger, Path file, @Nullable Journal journal) {
    this.ledger = ledger;
    this.file = file;
    this.journal = journal;
    this.written = journal == null ? 0 : journal.size();
  }

  /** Reads the journal into an empty ledger, as far as it is intact, and goes on with it. */
  static Recorder open(Ledger ledger, Path file) {
    synchronized (ledger) {
      var journal = read(ledger, file);
      arrange(ledger);
      return new Recorder(ledger, file, journal);
    }
  }

  /** What is not in the journal is found in the storage, so that nothing of it can fail a start. */
  private static @Nullable Journal read(Ledger ledger, Path file) {
    try {
      return Journal.open(file, new Records.Reader(ledger));
    } catch (IOException e) {
      LOG.warn("the eviction books in {} could not be read: {}", file, Reason.of(e));
      return null;
    }
  }

  /** Puts all links into their lists in the order of their last use. */
  private static void arrange(Ledger ledger) {
    for (var blob = 0; blob < ledger.blobs.end(); blob++) {
      if (ledger.blobs.firstLink(blob) == Ledger.NONE) {
        ledger.resize(blob, BlobTable.ABSENT);
      }
    }
    var first = ledger.recency.lists();
    var stamps = new long[ledger.links.end() - first];
    for (var i = 0; i < stamps.length; i++) {
      stamps[i] = ledger.links.stamp(first + i);
    }
    for (var position : Order.of(stamps)) {
      var link = first + position;
      if (ledger.links.isUsed(link)) {
        ledger.list(link, Ledger.used(ledger.owner(link)));
      }
    }
  }

  /** Appends what has changed. */
  synchronized void flush() throws IOException {
    var current = journal;
    if (current == null || spoilt || current.size() > 2 * written + SLACK) {
      journal = rewrite();
      return;
    }
    spoilt = true;
    appendNames(current);
    appendGone(current);
    for (var next = FIRST; next != Ledger.NONE; ) {
      next = takeChanged(next);
      appendBlock(current);
    }
    spoilt = false;
  }

  private void appendNames(Journal to) throws IOException {
    int end;
    synchronized (ledger) {
      end = ledger.names.size();
    }
    for (; declared < end; declared++) {
      synchronized (ledger) {
        Records.name(block, declared, ledger.names.get(declared));
      }
      appendBlockIfFull(to);
    }
    appendBlock(to);
  }

  private void appendGone(Journal to) throws IOException {
    for (var gone : takeGone()) {
      Records.gone(block, gone);
      appendBlockIfFull(to);
    }
    appendBlock(to);
  }

  private List<Ledger.Gone> takeGone() {
    synchronized (ledger) {
      var taken = ledger.takeGone();
      taken.removeIf(gone -> gone.repository() >= declared || isBack(gone));
      return taken;
    }
  }

  /** What went and came back meanwhile is told of as it is now. */
  private boolean isBack(Ledger.Gone gone) {
    var link = ledger.find(ledger.names.get(gone.repository()), gone.kind(), gone.digest());
    if (link == Ledger.NONE) {
      return false;
    }
    ledger.changed.set(link);
    return true;
  }

  /** Fills the block from a slot on, and tells the slot to go on from, or that there is none. */
  private int takeChanged(int from) {
    synchronized (ledger) {
      var link = ledger.changed.nextSetBit(from);
      for (; link >= 0 && hasRoom(); link = ledger.changed.nextSetBit(link + 1)) {
        write(link);
      }
      return link;
    }
  }

  private int takeAny(int from) {
    synchronized (ledger) {
      var link = from;
      for (; link < ledger.links.end() && hasRoom(); link++) {
        if (ledger.links.isUsed(link) && !ledger.isHosted(link)) {
          write(link);
        }
      }
      return link < ledger.links.end() ? link : Ledger.NONE;
    }
  }

  private void write(int link) {
    // A repository that is newer than the names in the journal has to wait for the next time.
    if (ledger.links.repository(link) < declared) {
      Records.link(block, ledger, link);
      ledger.changed.clear(link);
    }
  }

  /** Writes the whole ledger into a new journal, which takes the place of the one there is. */
  private Journal rewrite() throws IOException {
    spoilt = true;
    declared = 0;
    block.clear();
    synchronized (ledger) {
      ledger.takeGone();
    }
    Files.createDirectories(file.toAbsolutePath().getParent());
    var next = Journal.create(file.resolveSibling(file.getFileName() + ".new"));
    try {
      appendNames(next);
      for (var slot = ledger.recency.lists(); slot != Ledger.NONE; ) {
        slot = takeAny(slot);
        appendBlock(next);
      }
      next.moveTo(file);
    } catch (IOException e) {
      next.close();
      throw e;
    }
    if (journal != null) {
      journal.close();
      compactions.incrementAndGet();
    }
    written = next.size();
    spoilt = false;
    return next;
  }

  private boolean hasRoom() {
    return block.remaining() >= Records.LARGEST;
  }

  private void appendBlockIfFull(Journal to) throws IOException {
    if (!hasRoom()) {
      appendBlock(to);
    }
  }

  private void appendBlock(Journal to) throws IOException {
    block.flip();
    if (block.hasRemaining()) {
      to.append(block);
    }
    block.clear();
  }

  /** The size of the journal. */
  synchronized long size() {
    return journal == null ? 0 : journal.size();
  }

  /** How often the journal was written anew. */
  long compactions() {
    return compactions.get();
  }

  /** Writes what has changed, waits for the disk, and ends. */
  @Override
  public synchronized void close() throws IOException {
    try {
      flush();
    } finally {
      if (journal != null) {
        journal.sync();
        journal.close();
      }
    }
  }
}
