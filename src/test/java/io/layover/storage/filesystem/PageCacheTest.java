package io.layover.storage.filesystem;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EnabledOnOs(OS.LINUX)
class PageCacheTest {
  private static final byte[] CONTENT = new byte[300_000];

  static {
    new Random(1).nextBytes(CONTENT);
  }

  @TempDir private Path directory;

  private Path file(String name) throws IOException {
    return Files.write(directory.resolve(name), CONTENT);
  }

  private static PageCache open(Path file) {
    return Objects.requireNonNull(PageCache.open(file));
  }

  /** What was just written is in memory. */
  @ParameterizedTest
  @CsvSource({
    "0,      300000",
    "0,      1",
    "131072, 131072",
    "299999, 1",
    "4095,   4098",
  })
  void readsWhatIsInMemory(long position, int length) throws Exception {
    try (var cache = open(file("ünïcode name"))) {
      var target = ByteBuffer.allocateDirect(length);

      assertEquals(length, cache.reader().read(position, target));

      assertEquals(0, target.position());
      var read = new byte[length];
      target.get(read);
      assertArrayEquals(Arrays.copyOfRange(CONTENT, (int) position, (int) position + length), read);
    }
  }

  @Test
  void readsNoFurtherThanTheFileAndTheBuffer() throws Exception {
    try (var cache = open(file("file"))) {
      var reader = cache.reader();
      var target = ByteBuffer.allocateDirect(100);
      assertEquals(10, reader.read(CONTENT.length - 10, target));
      assertEquals(0, reader.read(CONTENT.length, target));
      assertEquals(0, reader.read(CONTENT.length + 1, target));

      target.put(0, new byte[100]).position(40).limit(50);
      assertEquals(10, reader.read(0, target));
      assertArrayEquals(Arrays.copyOf(CONTENT, 10), bytes(target, 40, 10));
      assertArrayEquals(new byte[40], bytes(target, 0, 40));
      assertArrayEquals(new byte[50], bytes(target.limit(100), 50, 50));
    }
  }

  private static byte[] bytes(ByteBuffer buffer, int from, int length) {
    var bytes = new byte[length];
    buffer.get(from, bytes);
    return bytes;
  }

  @Test
  void hasNothingOfAFileThatIsNotThere() {
    assertNull(PageCache.open(directory.resolve("none")));
  }

  @Test
  void givesItsDescriptorBack() throws Exception {
    var file = file("file");
    var cache = open(file);
    var reader = cache.reader();
    assertTrue(isOpen(file));

    cache.close();

    assertTrue(!isOpen(file));
    assertEquals(0, reader.read(0, ByteBuffer.allocateDirect(1)));
  }

  private static boolean isOpen(Path file) throws IOException {
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.anyMatch(one -> leadsTo(one, file));
    }
  }

  /** False for a descriptor that was closed meanwhile, too. */
  private static boolean leadsTo(Path descriptor, Path file) {
    try {
      return Files.readSymbolicLink(descriptor).equals(file.toRealPath());
    } catch (IOException e) {
      return false;
    }
  }
}
