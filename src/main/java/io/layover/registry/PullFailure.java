package io.layover.registry;

import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import org.jspecify.annotations.Nullable;

/** A pull that an upstream did not let succeed, and how that came about. */
public final class PullFailure extends RegistryException {
  private final Outcome outcome;

  public PullFailure(
      ErrorCode code,
      String message,
      @Nullable Object detail,
      @Nullable Throwable cause,
      Outcome outcome) {
    super(code, message, detail, cause);
    this.outcome = outcome;
  }

  public Outcome outcome() {
    return outcome;
  }
}
