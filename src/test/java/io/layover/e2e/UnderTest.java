package io.layover.e2e;

import io.layover.parts.LayoverProcess;
import io.layover.parts.RealRegistry;
import io.layover.parts.Registry;
import org.junit.jupiter.api.Assumptions;

/**
 * The program that a test is about: Layover; or with {@code -Dlayover.e2e=registry} distribution,
 * which shows that a test that fails is not at fault itself.
 */
final class UnderTest {
  private static final boolean LAYOVER = !"registry".equals(System.getProperty("layover.e2e"));

  private UnderTest() {}

  static Registry mirror(String upstream) {
    return LAYOVER ? LayoverProcess.mirror(upstream).start() : RealRegistry.proxy(upstream).start();
  }

  static Registry plain() {
    return LAYOVER ? LayoverProcess.create().start() : RealRegistry.plain().start();
  }

  /** Distribution stores after it has answered, and is given time for that; Layover needs none. */
  static void settle() throws InterruptedException {
    if (!LAYOVER) {
      Thread.sleep(1500);
    }
  }

  /** Leaves out what distribution does not do. */
  static void isLayover() {
    Assumptions.assumeTrue(LAYOVER, "only Layover does this");
  }
}
