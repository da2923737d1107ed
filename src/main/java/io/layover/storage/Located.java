package io.layover.storage;

import org.jspecify.annotations.Nullable;

/** A blob that a client may be sent to fetch from where it is stored. */
public interface Located extends Blob {
  /**
   * A URL under which anyone has the bytes for some minutes; null where clients are not sent there.
   */
  @Nullable String location();
}
