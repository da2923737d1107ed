package io.layover.standin;

import io.layover.oci.Digest;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Bytes that can be read at any place, however many they are, without being held in memory. */
public interface Content {
  int STEP = 1 << 16;

  long size();

  /** The {@code length} bytes from {@code offset}. */
  Buffer read(long offset, int length);

  /** The SHA-256 digest, computed by reading everything. */
  default Digest digest() {
    var hasher = Digest.hasher("sha256");
    for (long at = 0; at < size(); at += STEP) {
      hasher.update(read(at, (int) Math.min(STEP, size() - at)).getBytes());
    }
    return Digest.of("sha256", hasher.digest());
  }

  static Content of(byte[] bytes) {
    return of(Buffer.buffer(bytes));
  }

  static Content of(String text) {
    return of(Buffer.buffer(text));
  }

  static Content of(Buffer bytes) {
    return new Held(bytes);
  }

  /** Incompressible bytes, the same for the same seed. */
  static Content random(long seed, long size) {
    return new Generated(seed, size);
  }

  /**
   * A tar archive of exactly {@code size} bytes with one random file in it; plain random bytes
   * where an archive does not fit.
   */
  static Content layer(long seed, long size) {
    return size < Tar.SMALLEST ? random(seed, size) : new Tar(seed, size);
  }

  /** A body of {@code size} blanks, or for <code>{</code> a JSON object of that many bytes. */
  static Content blank(char first, long size) {
    return new Blank(first, size);
  }

  /** See {@link #blank}. */
  record Blank(char first, long size) implements Content {
    @Override
    public Buffer read(long offset, int length) {
      var part = Buffer.buffer(" ".repeat(length));
      if (first == '{' && offset == 0) {
        part.setByte(0, (byte) '{');
      }
      if (first == '{' && offset + length == size) {
        part.setByte(length - 1, (byte) '}');
      }
      return part;
    }
  }

  /** Bytes in memory. */
  record Held(Buffer bytes) implements Content {
    @Override
    public long size() {
      return bytes.length();
    }

    @Override
    public Buffer read(long offset, int length) {
      return bytes.getBuffer((int) offset, (int) offset + length);
    }
  }

  /** Bytes computed from their position, so that any part can be had without what precedes it. */
  record Generated(long seed, long size) implements Content {
    private static final Map<Content, Digest> DIGESTS = new ConcurrentHashMap<>();

    @Override
    public Buffer read(long offset, int length) {
      var words = Buffer.buffer(length + 16);
      for (long word = offset >> 3; word << 3 < offset + length; word++) {
        words.appendLong(mix(seed * 0x5851f42d4c957f2dL + word));
      }
      int skip = (int) (offset & 7);
      return words.getBuffer(skip, skip + length);
    }

    @Override
    public Digest digest() {
      return DIGESTS.computeIfAbsent(this, content -> Content.super.digest());
    }

    private static long mix(long n) {
      n += 0x9e3779b97f4a7c15L;
      n = (n ^ (n >>> 30)) * 0xbf58476d1ce4e5b9L;
      n = (n ^ (n >>> 27)) * 0x94d049bb133111ebL;
      return n ^ (n >>> 31);
    }
  }
}
