package io.layover.config;

/** Text that is never shown: its {@code toString} is a mask. */
public record Secret(String reveal) {
  static final String MASK = "********";

  @Override
  public String toString() {
    return MASK;
  }
}
