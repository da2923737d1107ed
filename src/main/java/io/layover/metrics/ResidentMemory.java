package io.layover.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The memory that the whole process takes, as Linux counts it; not a number elsewhere. */
final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String KEY = "VmRSS:";

  private ResidentMemory() {}

  static void watch(MeterRegistry meters) {
    Gauge.builder("layover.process.resident", ResidentMemory::bytes)
        .description("Memory of the process: heap, direct memory, code and stacks.")
        .baseUnit("bytes")
        .register(meters);
  }

  private static double bytes() {
    try {
      for (var line : Files.readAllLines(STATUS)) {
        if (line.startsWith(KEY)) {
          return Double.parseDouble(line.replaceAll("[^0-9]", "")) * 1024;
        }
      }
    } catch (IOException e) {
      return Double.NaN;
    }
    return Double.NaN;
  }
}
