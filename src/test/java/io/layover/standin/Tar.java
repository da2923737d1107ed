package io.layover.standin;

import io.layover.oci.Digest;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A tar archive with one file, {@code random-SEED}, which fills it. */
record Tar(long seed, long size) implements Content {
  private static final int BLOCK = 512;

  /** A header, a block of content and the two empty blocks that end an archive. */
  static final long SMALLEST = 4 * BLOCK;

  private static final Map<Content, Digest> DIGESTS = new ConcurrentHashMap<>();

  @Override
  public Buffer read(long offset, int length) {
    var file = new Generated(seed, (size - 3 * BLOCK) / BLOCK * BLOCK);
    long trailer = BLOCK + file.size();
    var part = Buffer.buffer(length);
    for (long at = offset, left = length; left > 0; left = offset + length - at) {
      if (at < BLOCK) {
        int n = (int) Math.min(left, BLOCK - at);
        part.appendBuffer(header(file.size()).getBuffer((int) at, (int) at + n));
        at += n;
      } else if (at < trailer) {
        int n = (int) Math.min(left, trailer - at);
        part.appendBuffer(file.read(at - BLOCK, n));
        at += n;
      } else {
        part.appendBytes(new byte[(int) left]);
        at += left;
      }
    }
    return part;
  }

  @Override
  public Digest digest() {
    return DIGESTS.computeIfAbsent(this, content -> Content.super.digest());
  }

  private Buffer header(long fileSize) {
    var header = Buffer.buffer(new byte[BLOCK]);
    header.setString(0, "random-" + seed);
    header.setString(100, "0000644\0" + "0000000\0" + "0000000\0");
    header.setString(124, "%011o\0".formatted(fileSize) + "00000000000\0" + "        " + "0");
    header.setString(257, "ustar\0" + "00");
    int sum = 0;
    for (byte b : header.getBytes()) {
      sum += b & 0xff;
    }
    header.setString(148, "%06o\0 ".formatted(sum));
    return header;
  }
}
