package io.layover.upstream;

import io.layover.oci.Digest;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.security.MessageDigest;

/** Holds the end of what passes back until all of it is known to be right. */
final class Seal {
  private final String algorithm;
  private final MessageDigest hash;
  private Buffer held;

  /**
   * @param hash of all that precedes what will pass
   * @param held the last of that, if it has yet to go out
   */
  Seal(String algorithm, MessageDigest hash, Buffer held) {
    this.algorithm = algorithm;
    this.hash = hash;
    this.held = held.copy();
  }

  /** Takes a chunk, and gives what may go out in its place. */
  Buffer admit(Buffer chunk) {
    hash.update(((BufferInternal) chunk).getByteBuf().nioBuffer());
    held.appendBuffer(chunk);
    var free = (int) Math.max(0, held.length() - Fill.WITHHELD);
    var out = held.slice(0, free);
    held = held.getBuffer(free, held.length());
    return out;
  }

  /** The digest of all that has passed. */
  Digest digest() {
    return Digest.of(algorithm, hash.digest());
  }

  /** The end of it, for when the digest is right. */
  Buffer held() {
    return held;
  }
}
