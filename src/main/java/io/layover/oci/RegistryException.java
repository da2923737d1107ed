package io.layover.oci;

import org.jspecify.annotations.Nullable;

/**
 * A failure that a client is told of: a code of the specification, a sentence and a detail. The
 * cause goes to the log only.
 */
public class RegistryException extends RuntimeException {
  private final ErrorCode code;
  private final @Nullable Object detail;

  public RegistryException(ErrorCode code) {
    this(code, code.message(), null);
  }

  public RegistryException(ErrorCode code, String message) {
    this(code, message, null);
  }

  public RegistryException(ErrorCode code, String message, @Nullable Object detail) {
    this(code, message, detail, null);
  }

  public RegistryException(
      ErrorCode code, String message, @Nullable Object detail, @Nullable Throwable cause) {
    // No stack trace: these are answers, thrown on hot paths, and their cause carries its own.
    super(message, cause, false, false);
    this.code = code;
    this.detail = detail;
  }

  public ErrorCode code() {
    return code;
  }

  /** What the message is about, as JSON will show it. */
  public @Nullable Object detail() {
    return detail;
  }
}
