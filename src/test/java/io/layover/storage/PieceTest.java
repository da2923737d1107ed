package io.layover.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class PieceTest {
  @Test
  void isUsedAgainOnceAllOfItIsGivenBack() {
    var piece = Piece.take();
    var address = piece.memoryAddress();
    piece.writeZero(Piece.SIZE);
    var first = BufferInternal.buffer(piece.readRetainedSlice(100));
    var second = BufferInternal.buffer(piece.readSlice(50));

    Piece.release(first);
    assertEquals(1, piece.refCnt());
    Piece.release(second);
    assertEquals(0, piece.refCnt());

    var again = new HashSet<Long>();
    for (var i = 0; i < 100; i++) {
      again.add(Piece.take().memoryAddress());
    }
    assertEquals(100, again.size());
    assertTrue(again.contains(address));
  }

  @Test
  void isEmptyAndOfOneSize() {
    var piece = Piece.take();
    assertEquals(0, piece.readableBytes());
    assertEquals(Piece.SIZE, piece.writableBytes());
    assertEquals(Piece.SIZE, piece.maxCapacity());
  }

  @Test
  void leavesOtherMemoryAlone() {
    var buffer = Buffer.buffer("text");
    Piece.release(buffer);
    assertEquals("text", buffer.toString());
  }
}
