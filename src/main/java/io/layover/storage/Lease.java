package io.layover.storage;

import io.vertx.core.Future;

/** The right to do what only one of those who share a storage does at a time. */
public interface Lease {
  /** Of a storage that nobody shares. */
  Lease ALONE =
      new Lease() {
        @Override
        public Future<Boolean> take() {
          return Future.succeededFuture(true);
        }

        @Override
        public boolean isHeld() {
          return true;
        }

        @Override
        public Future<Void> release() {
          return Future.succeededFuture();
        }
      };

  /** Takes it, unless another has it; then it is held until it is released or lost. */
  Future<Boolean> take();

  /** False as soon as another may have it. */
  boolean isHeld();

  /** Leaves it to others. */
  Future<Void> release();
}
