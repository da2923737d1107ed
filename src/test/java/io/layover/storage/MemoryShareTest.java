package io.layover.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class MemoryShareTest {
  private final MemoryShare memory = new MemoryShare(1000, 20, 300);

  @Test
  void oneAloneHasTheMost() {
    assertEquals(300, memory.enter());
    assertEquals(300, memory.share());
  }

  @Test
  void manyShareEvenly() {
    for (var i = 0; i < 10; i++) {
      memory.enter();
    }
    assertEquals(100, memory.share());
    memory.leave();
    memory.leave();
    assertEquals(125, memory.share());
  }

  @Test
  void eachHasTheLeast() {
    for (var i = 0; i < 1000; i++) {
      memory.enter();
    }
    assertEquals(20, memory.share());
  }
}
