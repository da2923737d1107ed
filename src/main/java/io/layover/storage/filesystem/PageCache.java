package io.layover.storage.filesystem;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Reads what the kernel has of a file in memory, and never waits for the disk, so that an event
 * loop may do it. Where a body does not leave by {@code sendfile}, handing each piece of it to a
 * disk thread and back would cost as much as encrypting it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/preadv2.2.html">preadv2(2), RWF_NOWAIT</a>
 */
final class PageCache implements AutoCloseable {
  /** Of Linux, as the numbers below are; null elsewhere. */
  private static final @Nullable Calls CALLS = Calls.find();

  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int RWF_NOWAIT = 8;

  private final Calls calls;
  private final int descriptor;
  private volatile boolean closed;

  private record Calls(MethodHandle open, MethodHandle close, MethodHandle preadv2) {
    @SuppressWarnings("restricted") // The signatures are those of the manual.
    static @Nullable Calls find() {
      if (!System.getProperty("os.name").equals("Linux") || ADDRESS.byteSize() != Long.BYTES) {
        return null;
      }
      var linker = Linker.nativeLinker();
      var symbols = linker.defaultLookup();
      var open = symbols.find("open");
      var close = symbols.find("close");
      var preadv2 = symbols.find("preadv2");
      if (open.isEmpty() || close.isEmpty() || preadv2.isEmpty()) {
        return null;
      }
      return new Calls(
          linker.downcallHandle(
              open.get(),
              FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
              Linker.Option.firstVariadicArg(2)),
          linker.downcallHandle(close.get(), FunctionDescriptor.of(JAVA_INT, JAVA_INT)),
          linker.downcallHandle(
              preadv2.get(),
              FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG, JAVA_INT)));
    }
  }

  private PageCache(Calls calls, int descriptor) {
    this.calls = calls;
    this.descriptor = descriptor;
  }

  /** Opens a file; null if that, or such reading, is not possible here. */
  static @Nullable PageCache open(Path path) {
    var calls = CALLS;
    if (calls == null) {
      return null;
    }
    try (var arena = Arena.ofConfined()) {
      var name = arena.allocateFrom(path.toString());
      var descriptor = (int) calls.open.invokeExact(name, O_RDONLY_CLOEXEC);
      return descriptor < 0 ? null : new PageCache(calls, descriptor);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      var failed = (int) calls.close.invokeExact(descriptor);
      assert failed == 0 : "the descriptor was open";
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** For one thread at a time, which reads nothing any more when the file is closed. */
  Reader reader() {
    return new Reader(Arena.ofAuto().allocate(ADDRESS.byteSize() * 2, ADDRESS.byteAlignment()));
  }

  /** Reads for one body. */
  final class Reader {
    /** Where to read to, and how much: what the kernel calls an {@code iovec}. */
    private final MemorySegment vector;

    private Reader(MemorySegment vector) {
      this.vector = vector;
    }

    /**
     * Reads into memory outside of the heap what is there from {@code position} on, without moving
     * the buffer's position.
     *
     * @return how many bytes; 0 or less if a disk thread has to look
     */
    int read(long position, ByteBuffer target) {
      if (closed) {
        // The kernel gives the descriptor's number to the next file.
        return 0;
      }
      var memory = MemorySegment.ofBuffer(target);
      vector.set(ADDRESS, 0, memory);
      vector.set(JAVA_LONG, ADDRESS.byteSize(), memory.byteSize());
      try {
        return (int) (long) calls.preadv2.invokeExact(descriptor, vector, 1, position, RWF_NOWAIT);
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      } finally {
        Reference.reachabilityFence(target);
      }
    }
  }
}
