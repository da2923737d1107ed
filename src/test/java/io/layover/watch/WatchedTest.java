package io.layover.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class WatchedTest {
  private static final Duration NEVER = Duration.ofHours(1);
  private static final Duration OFTEN = Duration.ofMillis(50);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path folder;

  private final Logger logger = (Logger) LoggerFactory.getLogger(Watched.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final BlockingQueue<String> changes = new LinkedBlockingQueue<>();

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(lines);
  }

  private Watched<String> watched(FileWatch watch, Path... files) {
    var value = new Watched<>(watch, "the file", List.of(files), reader(files));
    value.onChange(changes::add);
    return value;
  }

  /** The contents one after the other; one that begins with {@code bad} is refused. */
  private static Supplier<String> reader(Path... files) {
    return () -> {
      var text = new StringBuilder();
      for (var file : files) {
        text.append(read(file));
      }
      if (text.toString().startsWith("bad")) {
        throw new IllegalArgumentException("file:1:2: it is bad\nfile:3:4: it is worse");
      }
      return text.toString();
    };
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  /** Replaces a file as editors do, and as certificates are renewed. */
  private void rename(String name, String text) throws IOException {
    Files.move(write(name + ".new", text), folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private void awaitChange(String text) throws InterruptedException {
    assertEquals(text, changes.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    var end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "in time");
      Thread.sleep(10);
    }
  }

  private List<String> lines() {
    return List.copyOf(lines.list).stream()
        .map(line -> line.getLevel() + " " + line.getFormattedMessage())
        .toList();
  }

  @Test
  void takesWhatIsWrittenInPlace() throws Exception {
    var file = write("a", "1");
    try (var watch = new FileWatch(NEVER, true);
        var value = watched(watch, file)) {
      assertEquals("1", value.get());

      write("a", "22");
      awaitChange("22");

      assertEquals("22", value.get());
      await(() -> lines().equals(List.of("INFO the file has changed and is in force")));
    }
  }

  @Test
  void takesWhatIsRenamedOverIt() throws Exception {
    var file = write("a", "1");
    try (var watch = new FileWatch(NEVER, true);
        var value = watched(watch, file)) {
      rename("a", "2");
      awaitChange("2");
      rename("a", "3");
      awaitChange("3");

      assertEquals("3", value.get());
    }
  }

  /** Events are not listened to between two looks; what changes then is seen all the same. */
  @Test
  void takesWhatIsWrittenBesideABusyLog() throws Exception {
    var file = write("a", "0");
    var log = folder.resolve("log");
    var isOver = new AtomicBoolean();
    var writer =
        Thread.ofVirtual()
            .start(
                () -> {
                  while (!isOver.get()) {
                    writeQuietly(log, "line");
                  }
                });
    try (var watch = new FileWatch(NEVER, true);
        var value = watched(watch, file)) {
      for (var i = 1; i <= 5; i++) {
        write("a", "0".repeat(i + 1));
        awaitChange("0".repeat(i + 1));
      }
      assertEquals("000000", value.get());
    } finally {
      isOver.set(true);
      writer.join();
    }
  }

  private static void writeQuietly(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@code a -> ..data/a}, {@code ..data -> ..1}: a new version is a rename of the middle link. */
  @Test
  void takesWhatKubernetesSwapsIn() throws Exception {
    mount("..1", "one");
    Files.createSymbolicLink(folder.resolve("a"), Path.of("..data", "a"));
    try (var watch = new FileWatch(NEVER, true);
        var value = watched(watch, folder.resolve("a"))) {
      assertEquals("one", value.get());

      mount("..2", "two");
      awaitChange("two");
      mount("..3", "three");
      awaitChange("three");

      assertEquals("three", value.get());
    }
  }

  private void mount(String version, String text) throws IOException {
    Files.createDirectory(folder.resolve(version));
    write(version + "/a", text);
    var link = Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of(version));
    Files.move(link, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void takesWhatTheTargetOfALinkBecomes() throws Exception {
    Files.createDirectory(folder.resolve("elsewhere"));
    var target = write("elsewhere/a", "1");
    var file = Files.createSymbolicLink(folder.resolve("a"), target);
    try (var watch = new FileWatch(NEVER, true);
        var value = watched(watch, file)) {
      write("elsewhere/a", "2");
      awaitChange("2");

      assertEquals("2", value.get());
    }
  }

  @Test
  void noticesWithoutEventsToo() throws Exception {
    var file = write("a", "1");
    try (var watch = new FileWatch(OFTEN, false);
        var value = watched(watch, file)) {
      rename("a", "2");
      awaitChange("2");

      assertEquals("2", value.get());
    }
  }

  /** As {@code cp -p} and {@code rsync -t} do, and file systems whose clock is coarse. */
  @Test
  void noticesWhatKeepsItsSizeAndTime() throws Exception {
    var file = write("a", "1");
    var time = FileTime.fromMillis(1_000_000_000_000L);
    Files.setLastModifiedTime(file, time);
    try (var watch = new FileWatch(OFTEN, false);
        var value = watched(watch, file)) {
      write("a", "2");
      Files.setLastModifiedTime(file, time);
      awaitChange("2");

      assertEquals("2", value.get());
    }
  }

  @Test
  void readsSeveralFilesAsOne() throws Exception {
    var certificate = write("certificate", "a");
    var key = write("key", "b");
    try (var watch = new FileWatch(NEVER, true);
        var value = watched(watch, certificate, key)) {
      rename("key", "d");
      rename("certificate", "c");
      await(() -> value.get().equals("cd"));
    }
  }

  @Test
  void keepsTheOldWhileTheNewIsBrokenAndSaysSoOnce() throws Exception {
    var file = write("a", "1");
    try (var watch = new FileWatch(OFTEN, false);
        var value = watched(watch, file)) {
      var broken =
          "WARN the file cannot be used; what was read before stays in force: file:1:2: it is bad;"
              + " file:3:4: it is worse";

      rename("a", "bad");
      await(() -> lines().equals(List.of(broken)));
      assertEquals("1", value.get());

      rename("a", "2");
      awaitChange("2");
      await(() -> lines().equals(List.of(broken, "INFO the file has changed and is in force")));
    }
  }

  @Test
  void keepsTheOldWhileThereIsNone() throws Exception {
    var file = write("a", "1");
    try (var watch = new FileWatch(OFTEN, false);
        var value = watched(watch, file)) {
      Files.delete(file);
      await(() -> !lines().isEmpty());
      assertEquals(
          List.of(
              "WARN the file cannot be used; what was read before stays in force: no such file or"
                  + " directory ("
                  + file
                  + ")"),
          lines());
      assertEquals("1", value.get());

      write("a", "2");
      awaitChange("2");
    }
  }

  @Test
  void saysNothingOfWhatComesToTheSame() throws Exception {
    var file = write("a", "1");
    var reads = new AtomicInteger();
    Supplier<String> counted =
        () -> {
          reads.incrementAndGet();
          return read(file);
        };
    try (var watch = new FileWatch(OFTEN, false);
        var value = new Watched<>(watch, "the file", List.of(file), counted)) {
      rename("a", "1");
      await(() -> reads.get() == 2);
      rename("a", "1");
      await(() -> reads.get() == 3);

      assertEquals(List.of(), lines());
      assertEquals("1", value.get());
    }
  }

  @Test
  void startsOnlyWithGoodFiles() throws Exception {
    var file = write("a", "bad");
    try (var watch = new FileWatch(OFTEN, false)) {
      assertThrows(IllegalArgumentException.class, () -> watched(watch, file));
      assertThrows(UncheckedIOException.class, () -> watched(watch, folder.resolve("none")));
    }
  }

  @Test
  void tellsNobodyAfterItIsClosed() throws Exception {
    var file = write("a", "1");
    var other = write("b", "1");
    try (var watch = new FileWatch(OFTEN, false)) {
      var value = watched(watch, file);
      value.close();
      rename("a", "2");
      try (var still = new Watched<>(watch, "the other", List.of(other), reader(other))) {
        still.onChange(changes::add);
        rename("b", "3");
        awaitChange("3");
      }
      assertEquals("1", value.get());
    }
  }
}
